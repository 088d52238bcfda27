"""What a request to CodeCommit is about, for the authorisation gate: always repositories, whatever it names.

https://docs.aws.amazon.com/codecommit/latest/userguide/auth-and-access-control-permissions-reference.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ormer.aws import arns

if TYPE_CHECKING:
    from ormer.stores.port import Call


def targets(call: Call, params: Mapping[str, Any]) -> list[str]:
    """The ARNs of the repositories a request is about; `["*"]` where it names none."""
    if "resourceArn" in params:
        return [str(params["resourceArn"])]
    names = [params[member] for member in ("repositoryName", "oldName") if isinstance(params.get(member), str)]
    names += [name for name in params.get("repositoryNames", ()) if isinstance(name, str)]
    names += [target["repositoryName"] for target in params.get("targets", ()) if isinstance(target, dict)]
    found = [arns.arn("codecommit", call.region, call.account, name) for name in names]
    return list(dict.fromkeys(found)) or ["*"]
