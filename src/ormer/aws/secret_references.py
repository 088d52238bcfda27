"""References to secrets in texts: an id, or an ARN with its own colons, and parts behind it.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env.secrets-manager
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
"""

from __future__ import annotations

import json
import re

ARN = re.compile(r"(arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::(.*))?")


def parts(reference: str, count: int) -> list[str]:
    """The secret's id or ARN, and `count` parts behind it, "" where they are left out."""
    found = ARN.fullmatch(reference)
    secret, rest = (found[1], found[2] or "") if found else (reference.partition(":")[0], reference.partition(":")[2])
    return [secret, *(rest.split(":") + [""] * count)[:count]]


def member(text: str, key: str) -> str:
    """One member of a secret that is a JSON object. Raises ValueError with a text for people."""
    try:
        found = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"its value is no JSON object with the key {key}") from None
    return found if isinstance(found, str) else json.dumps(found)
