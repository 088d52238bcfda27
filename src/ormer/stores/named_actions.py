"""What requests to Parameter Store, Secrets Manager and SQS are about, as policies name it, and their condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws import arns, queue_urls
from ormer.stores import parameter_versions, secret_versions
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.queues import queues

JsonDict = dict[str, Any]
SERVICES = ("ssm", "secretsmanager", "sqs")
# Batches are authorised as what they do to each of their entries.
SINGLE = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
NAMES_OF_PARAMETERS = ("Name", "ResourceId", "Path")
# Members of requests that conditions of the service may look at.
CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "ssm": ("Overwrite", "Recursive", "Policies"),
    "secretsmanager": (
        "Name",
        "SecretId",
        "VersionId",
        "VersionStage",
        "Description",
        "KmsKeyId",
        "RecoveryWindowInDays",
        "ForceDeleteWithoutRecovery",
        "BlockPublicPolicy",
        "RotationLambdaARN",
    ),
}
# What an ARN of a secret that is yet to be made ends in, as policies expect it.
UNMADE = "-000000"


def targets(call: Call, operation: str, params: Mapping[str, Any]) -> list[str]:
    """The ARNs a request is about, `["*"]` where it names none."""
    if call.service == "ssm":
        return _parameters(call, params)
    with call.read() as tx:
        return _secrets(tx, call, operation, params) if call.service == "secretsmanager" else _queues(call, params)


def conditions(tx: Tx, action: str, target: str, params: Mapping[str, Any]) -> JsonDict:
    """The service's own condition keys of a request."""
    service = action.partition(":")[0]
    found: JsonDict = {f"{service}:{name}": params[name] for name in CONDITIONS.get(service, ()) if name in params}
    if service == "secretsmanager" and secret_versions.secret(tx, "", "", target) is not None:
        found["secretsmanager:SecretId"] = target
    return found


def _parameters(call: Call, params: Mapping[str, Any]) -> list[str]:
    given = [params[name] for name in NAMES_OF_PARAMETERS if params.get(name)] + list(params.get("Names") or ())
    return [_parameter(call, one) for one in dict.fromkeys(given)] or ["*"]


def _parameter(call: Call, given: str) -> str:
    """A parameter's ARN, whatever version of it is asked for."""
    if arns.is_arn(given):
        parts = arns.parse(given)
        return str(parts._replace(resource=parts.resource.partition(":")[0]))
    return parameter_versions.arn_of(call.account, call.region, given.partition(":")[0])


def _secrets(tx: Tx, call: Call, operation: str, params: Mapping[str, Any]) -> list[str]:
    if operation == "CreateSecret":
        return [arns.arn(secret_versions.SERVICE, call.region, call.account, f"secret:{params['Name']}{UNMADE}")]
    given = params.get("SecretId")
    if not given:
        # Several values are authorised one by one, by the operation itself.
        return ["*"]
    row = secret_versions.secret(tx, call.account, call.region, given)
    if row is not None:
        return [row.arn]
    if arns.is_arn(given):
        return [given]
    return [arns.arn(secret_versions.SERVICE, call.region, call.account, f"secret:{given}{UNMADE}")]


def _queues(call: Call, params: Mapping[str, Any]) -> list[str]:
    if params.get("SourceArn"):
        given = [params["SourceArn"], *([params["DestinationArn"]] if params.get("DestinationArn") else [])]
        return list(given)
    place = queue_urls.parse(params.get("QueueUrl") or params.get("QueueName") or "")
    if place is None:
        return ["*"]
    owner = place.account or params.get("QueueOwnerAWSAccountId") or call.account
    return [queues.arn_of(call.region, owner, place.name)]
