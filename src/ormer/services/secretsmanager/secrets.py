"""Secrets: made, described, changed, marked for deletion and brought back."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.secretsmanager import naming, values
from ormer.stores import events, resources, secret_versions, tasks
from ormer.stores.database import Tx
from ormer.stores.nouns import tags_of, unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.secret_versions import CURRENT, DELETION_TASK, KIND

JsonDict = dict[str, Any]
DAY_SECONDS = 86_400.0
WINDOW_DAYS = range(7, 31)
DEFAULT_WINDOW_DAYS = 30
SHOWN = (
    "Description",
    "KmsKeyId",
    "RotationEnabled",
    "RotationLambdaARN",
    "RotationRules",
    "LastRotatedDate",
    "LastChangedDate",
    "LastAccessedDate",
    "DeletedDate",
    "NextRotationDate",
)


def create_secret(call: Call, request: JsonDict) -> JsonDict:
    """Make a secret, with its first version if a value is given. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html

    Differs: no replicas in other regions. Errors: ResourceExistsException, InvalidRequestException, and what the key
    refuses.
    """
    name = request["Name"]
    naming.check(name)
    if request.get("AddReplicaRegions"):
        text = "Secrets are not replicated here: make the secret in each region that needs it."
        raise AwsError("InvalidParameterException", text)
    with call.write() as tx:
        row = secret_versions.secret(tx, call.account, call.region, name)
        if row is not None and not _is_repeated(tx, row, request):
            raise _taken(row)
        if row is None:
            row = _created(tx, call, request)
        id_ = values.write(tx, call, row, request, [CURRENT]) if values.given(request) else None
    return {"ARN": row.arn, "Name": name, **({"VersionId": id_} if id_ else {})}


def describe_secret(call: Call, request: JsonDict) -> JsonDict:
    """What a secret is, without its value. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html"""
    row = naming.get(call, request["SecretId"], deleted=True)
    with call.read() as tx:
        versions = secret_versions.of(tx, row.arn)
    stages = secret_versions.stages_by_version(versions)
    return {**described(call, row), **({"VersionIdsToStages": stages} if stages else {})}


def update_secret(call: Call, request: JsonDict) -> JsonDict:
    """Change a secret's description or key, or write a new current version. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html"""
    change = {key: request[key] for key in ("Description", "KmsKeyId") if key in request}
    with call.write() as tx:
        row = naming.get(call, request["SecretId"])
        row = resources.save(tx, row, {**change, "LastChangedDate": call.now}, now=call.now)
        id_ = values.write(tx, call, row, request, [CURRENT]) if values.given(request) else None
    return {"ARN": row.arn, "Name": row.name, **({"VersionId": id_} if id_ else {})}


def delete_secret(call: Call, request: JsonDict) -> JsonDict:
    """Mark a secret for deletion; it goes when its recovery window is over, or at once.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    Errors: InvalidParameterException, ResourceNotFoundException unless it is to go at once.
    """
    forced = bool(request.get("ForceDeleteWithoutRecovery", False))
    days = request.get("RecoveryWindowInDays")
    if forced and days is not None:
        text = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
        raise AwsError("InvalidParameterException", text)
    if days is not None and days not in WINDOW_DAYS:
        text = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        raise AwsError("InvalidParameterException", text)
    with call.write() as tx:
        row = secret_versions.secret(tx, call.account, call.region, request["SecretId"])
        if row is None and forced:
            return {"Name": request["SecretId"], "DeletionDate": call.now}
        row = naming.get(call, request["SecretId"], deleted=forced)
        if forced:
            secret_versions.remove(tx, row.arn)
            _tell(tx, call, row, "DeleteSecret")
            return {"ARN": row.arn, "Name": row.name, "DeletionDate": call.now}
        at = call.now + (days or DEFAULT_WINDOW_DAYS) * DAY_SECONDS
        resources.save(tx, row, {"DeletedDate": at}, now=call.now)
        tasks.schedule(tx, DELETION_TASK, row.arn, at)
        _tell(tx, call, row, "DeleteSecret")
    return {"ARN": row.arn, "Name": row.name, "DeletionDate": at}


def restore_secret(call: Call, request: JsonDict) -> JsonDict:
    """Keep a secret that was marked for deletion. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html"""
    with call.write() as tx:
        row = naming.get(call, request["SecretId"], deleted=True)
        resources.save(tx, row, {}, now=call.now, drop=("DeletedDate",))
    return {"ARN": row.arn, "Name": row.name}


def described(call: Call, row: Row) -> JsonDict:
    """A secret's words, as DescribeSecret and ListSecrets answer them."""
    words = {key: row.document[key] for key in SHOWN if key in row.document}
    return {"ARN": row.arn, "Name": row.name, "CreatedDate": row.created, "Tags": tags_of(call, row.arn), **words}


def _created(tx: Tx, call: Call, request: JsonDict) -> Row:
    words = {key: request[key] for key in ("Description", "KmsKeyId") if key in request}
    row = resources.create(
        tx,
        arn=naming.new_arn(call, request["Name"]),
        kind=KIND,
        name=request["Name"],
        document={**words, "LastChangedDate": call.now},
        now=call.now,
        tag_list=unique_tags(request.get("Tags", ())),
        actor=call.identity.arn,
    )
    assert row is not None, "the name was looked up in this transaction"
    _tell(tx, call, row, "CreateSecret")
    return row


def _is_repeated(tx: Tx, row: Row, request: JsonDict) -> bool:
    """Whether a request made this secret before: its token is that of the secret's first version."""
    token = request.get("ClientRequestToken")
    versions = secret_versions.of(tx, row.arn)
    return bool(token and versions and versions[0].id == token and "DeletedDate" not in row.document)


def _taken(row: Row) -> AwsError:
    if "DeletedDate" in row.document:
        return AwsError(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
    return AwsError("ResourceExistsException", f"The operation failed because the secret {row.name} already exists.")


def _tell(tx: Tx, call: Call, row: Row, operation: str) -> None:
    """The change, as CloudTrail tells EventBridge of it; never with a value."""
    detail = {
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": operation,
        "awsRegion": row.region,
        "userIdentity": {"arn": call.identity.arn, "accountId": call.account},
        "requestParameters": {"secretId": row.arn, "name": row.name},
    }
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source="aws.secretsmanager",
        detail_type="AWS API Call via CloudTrail",
        detail=detail,
        resources=[row.arn],
        now=call.now,
        actor=call.identity.arn,
    )
