"""Values of a template's parameters that stand in Parameter Store: read anew at every request.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ormer.engines.stacks.language.faults import TemplateFault
from ormer.engines.stacks.language.parameters import STORED_AT
from ormer.engines.stacks.language.templates import Template
from ormer.stores.parameter_versions import SECURE
from ormer.stores.port import Call

PUBLIC = "/aws/service/"
HINT = (
    " ormer has none of the parameters that AWS publishes: put the value that you need under a name of your own, and "
    "give that name."
)


def read(call: Call, template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """{parameter: its stored value} of those that are stored, and where each stands. Raises TemplateFault."""
    at = {name: values[name] for name, one in template.parameters.items() if one.is_stored}
    wanted = list(dict.fromkeys(at.values()))
    found: dict[str, str] = {}
    for name in wanted:
        for one in call.api("ssm", "GetParameters", {"Names": [name]})["Parameters"]:
            if one["Type"] == SECURE:
                text = f"Parameters [{name}] referenced by template have types not supported by CloudFormation."
                raise TemplateFault(text)
            found[name] = one["Value"]
    missing = [name for name in wanted if name not in found]
    if missing:
        text = f"Unable to fetch parameters [{', '.join(missing)}] from parameter store for this account."
        raise TemplateFault(text + (HINT if any(name.startswith(PUBLIC) for name in missing) else ""))
    return {name: found[key] for name, key in at.items()} | {STORED_AT + name: key for name, key in at.items()}
