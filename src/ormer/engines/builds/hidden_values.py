"""Variables of a build whose values stand in Parameter Store or Secrets Manager, and how its log hides them.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ormer.aws import secret_references
from ormer.aws.errors import AwsError
from ormer.engines.builds.buildspecs import Buildspec
from ormer.engines.builds.folders import BuildFolder
from ormer.engines.builds.sources import SourceError
from ormer.stores.port import Api
from ormer.stores.resources import Row
from ormer.stores.secrets import Vault

JsonDict = dict[str, Any]
MASK = "***"
# A text as short as this stands in every log by chance.
CHARACTERS_MIN = 3
FILE = "hidden"


def values(api: Api, row: Row, spec: Buildspec) -> dict[str, str]:
    """{variable: value}, read as whoever `api` stands for. Raises SourceError.

    The project's variables, which the caller of StartBuild may have replaced, come before the buildspec's.
    """
    parameters, secrets = dict(spec.parameters), dict(spec.secrets)
    for each in row.document["environment"].get("environmentVariables", []):
        if each.get("type") == "PARAMETER_STORE":
            parameters[each["name"]] = each["value"]
        elif each.get("type") == "SECRETS_MANAGER":
            secrets[each["name"]] = each["value"]
    found = {}
    try:
        for name, place in parameters.items():
            answer = api("ssm", "GetParameter", {"Name": place, "WithDecryption": True})
            found[name] = str(answer["Parameter"]["Value"])
        for name, place in secrets.items():
            found[name] = _of_secret(api, place)
    except (AwsError, ValueError) as error:
        said = error.message if isinstance(error, AwsError) else str(error)
        raise SourceError(f"CLIENT_ERROR: the variable {name} cannot be read from {place}: {said}") from error
    return found


def _of_secret(api: Api, place: str) -> str:
    """`secret-id:json-key:version-stage:version-id`, of which all but the first may be left out."""
    secret, key, stage, version = secret_references.parts(place, 3)
    request = {"SecretId": secret}
    if stage:
        request["VersionStage"] = stage
    if version:
        request["VersionId"] = version
    answer = api("secretsmanager", "GetSecretValue", request)
    if "SecretString" not in answer:
        raise ValueError("it is binary")
    return secret_references.member(answer["SecretString"], key) if key else str(answer["SecretString"])


def keep(folder: BuildFolder, vault: Vault, arn: str, found: Iterable[str]) -> None:
    """Remember what the log must hide, sealed, where the build cannot change it."""
    lines = {line for value in found for line in value.splitlines() if len(line) >= CHARACTERS_MIN}
    # What is a part of another is hidden after it.
    ordered = sorted(lines, key=len, reverse=True)
    (folder.path / FILE).write_bytes(vault.seal(json.dumps(ordered), arn))


def kept(folder: BuildFolder, vault: Vault, arn: str) -> tuple[str, ...]:
    """What the log must hide, the longest first."""
    try:
        return tuple(json.loads(vault.open((folder.path / FILE).read_bytes(), arn)))
    except FileNotFoundError:
        return ()


def masked(value: Any, texts: tuple[str, ...]) -> Any:
    """A value of JSON with these texts hidden."""
    if isinstance(value, dict):
        return {key: masked(inner, texts) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner, texts) for inner in value]
    if isinstance(value, str):
        for text in texts:
            value = value.replace(text, MASK)
    return value
