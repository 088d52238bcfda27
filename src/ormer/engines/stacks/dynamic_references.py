"""Dynamic references: `{{resolve:ssm:…}}`, `{{resolve:ssm-secure:…}}` and `{{resolve:secretsmanager:…}}` in properties.

They are replaced when a resource is made or changed, by whoever the stack acts for. What a stack remembers of its
resources holds the reference, never the value.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.stacks.contracts import Refused
from ormer.stores.port import Api

JsonDict = dict[str, Any]
REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")
SECRET_ARN = re.compile(r"(arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::(.*))?")
STRING = "SecretString"
SECURE = "SecureString"


def resolved(api: Api, value: Any) -> Any:
    """A value with every reference replaced. Raises Refused for one that leads nowhere, AwsError as the services do."""
    if isinstance(value, dict):
        return {key: resolved(api, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(api, inner) for inner in value]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value
    return REFERENCE.sub(lambda match: _value(api, match.group(1), match.group(2)), value)


def _value(api: Api, service: str, reference: str) -> str:
    if service == "secretsmanager":
        return _of_secret(api, reference)
    parameter = api("ssm", "GetParameter", {"Name": reference, "WithDecryption": service == "ssm-secure"})["Parameter"]
    if service == "ssm" and parameter["Type"] == SECURE:
        raise Refused(f"{reference} is a {SECURE}: refer to it by resolve:ssm-secure, not by resolve:ssm.")
    return str(parameter["Value"])


def _of_secret(api: Api, reference: str) -> str:
    """`secret-id:SecretString:json-key:version-stage:version-id`, of which all but the first may be left out."""
    found = SECRET_ARN.fullmatch(reference)
    secret, _, rest = (found[1], "", found[2] or "") if found else reference.partition(":")
    kind, key, stage, version = (*rest.split(":"), "", "", "", "")[:4]
    if kind not in ("", STRING):
        raise Refused(f"The dynamic reference {reference} must ask for {STRING}, not for {kind}.")
    request = {"SecretId": secret}
    if stage:
        request["VersionStage"] = stage
    if version:
        request["VersionId"] = version
    try:
        text = str(api("secretsmanager", "GetSecretValue", request).get(STRING, ""))
    except AwsError as error:
        raise Refused(f"The secret {secret} cannot be read: {error.message}") from error
    return member(text, key, secret) if key else text


def member(text: str, key: str, secret: str) -> str:
    """One member of a secret that is a JSON object. Raises Refused."""
    try:
        found = json.loads(text)[key]
    except (ValueError, KeyError, TypeError):
        raise Refused(f"Could not find a value associated with JSONKey {key} in SecretString of {secret}.") from None
    return found if isinstance(found, str) else json.dumps(found)
