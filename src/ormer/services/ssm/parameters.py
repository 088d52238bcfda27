"""Parameters: put and deleted."""

from __future__ import annotations

import base64
from typing import Any

import regex

from ormer.aws.errors import AwsError, validation
from ormer.services.ssm import naming, policies
from ormer.stores import events, parameter_versions, resources, sealed, tasks
from ormer.stores.database import Tx
from ormer.stores.nouns import unique_tags
from ormer.stores.parameter_versions import EXPIRY_TASK, KIND, SECURE, Version
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
STANDARD, ADVANCED, INTELLIGENT = "Standard", "Advanced", "Intelligent-Tiering"
BYTES_MAX = {STANDARD: 4096, ADVANCED: 8192}
VERSIONS_MAX = 100
DEFAULT_KEY = "alias/aws/ssm"
PATTERN_SECONDS_MAX = 1.0
# What a new version takes over from the one before unless the request says otherwise.
KEPT = ("Description", "AllowedPattern", "DataType", "KeyId")


def put_parameter(call: Call, request: JsonDict) -> JsonDict:
    """Make a parameter, or a new version of one. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html

    Differs: policies of type Expiration only; values of data type aws:ec2:image are not looked up. Errors:
    ParameterAlreadyExists, ValidationException, HierarchyTypeMismatchException, ParameterMaxVersionLimitExceeded,
    ParameterPatternMismatchException, InvalidKeyId.
    """
    name = naming.whole(call, request["Name"])
    naming.check(call, name)
    if request.get("Overwrite") and request.get("Tags"):
        raise validation(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource."
        )
    with call.write() as tx:
        row = naming.row_of(call, name)
        if row is not None and not request.get("Overwrite"):
            raise AwsError(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to "
                "true.",
            )
        before = parameter_versions.of(tx, row.arn) if row is not None else ()
        made = _version(call, request, name, before[-1] if before else None)
        if row is None:
            row = _created(tx, call, request, name)
        else:
            _make_room(tx, before)
            row = resources.save(tx, row, {}, now=call.now)
        parameter_versions.add(tx, made)
        _expire(tx, call, row, made)
        tell(tx, call, row, "Update" if before else "Create", made)
    return {"Version": made.number, "Tier": made.document["Tier"]}


def delete_parameter(call: Call, request: JsonDict) -> JsonDict:
    """Delete a parameter. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html

    Errors: ParameterNotFound.
    """
    with call.write() as tx:
        _remove(tx, call, naming.get(call, request["Name"]))
    return {}


def delete_parameters(call: Call, request: JsonDict) -> JsonDict:
    """Delete up to ten parameters; answers which were there. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html"""
    deleted, invalid = [], []
    with call.write() as tx:
        for name in dict.fromkeys(request["Names"]):
            row = naming.row_of(call, naming.whole(call, name))
            if row is None:
                invalid.append(name)
                continue
            _remove(tx, call, row)
            deleted.append(name)
    return {"DeletedParameters": deleted, "InvalidParameters": invalid}


def tell(tx: Tx, call: Call, row: Row, operation: str, version: Version, **more: Any) -> None:
    """The event of a change. It never carries the value.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
    """
    detail = {"operation": operation, "name": row.name, "type": version.document["Type"], **more}
    if version.document.get("Description"):
        detail["description"] = version.document["Description"]
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source="aws.ssm",
        detail_type="Parameter Store Change",
        detail=detail,
        resources=[row.arn],
        now=call.now,
        actor=call.identity.arn,
    )


def _remove(tx: Tx, call: Call, row: Row) -> None:
    last = parameter_versions.of(tx, row.arn)[-1]
    parameter_versions.forget(tx, row.arn)
    resources.delete(tx, row.arn)
    tell(tx, call, row, "Delete", last)


def _created(tx: Tx, call: Call, request: JsonDict, name: str) -> Row:
    arn = parameter_versions.arn_of(call.account, call.region, name)
    row = resources.create(
        tx,
        arn=arn,
        kind=KIND,
        name=name,
        document={"Name": name, "ARN": arn},
        now=call.now,
        tag_list=unique_tags(request.get("Tags", ())),
        actor=call.identity.arn,
    )
    if row is None:
        # `/a` and `a` have the same ARN.
        raise AwsError("ParameterAlreadyExists", f"A parameter with the ARN {arn} exists under another name.")
    return row


def _version(call: Call, request: JsonDict, name: str, last: Version | None) -> Version:
    """The version that a request makes, checked and sealed."""
    kind = request.get("Type") or (last.document["Type"] if last is not None else None)
    if kind is None:
        raise validation("A parameter type is required when you create a parameter.")
    if last is not None and last.document["Type"] != kind:
        raise AwsError(
            "HierarchyTypeMismatchException",
            f"The parameter {name} is a {last.document['Type']} and cannot become a {kind}: delete it first, or put "
            "the value under another name.",
        )
    if request.get("KeyId") and kind != SECURE:
        raise validation("KeyId is required for SecureString type parameter only.")
    kept = {key: last.document[key] for key in KEPT if last is not None and key in last.document}
    given = {key: request[key] for key in KEPT if key in request}
    expires = policies.parse(request.get("Policies"))
    document = {"DataType": "text", **kept, **given, "Type": kind, "LastModifiedUser": call.identity.arn}
    document |= {"Tier": _tier(request, last, bool(expires)), "Policies": expires}
    _check_value(request["Value"], kind, document)
    arn = parameter_versions.arn_of(call.account, call.region, name)
    value = request["Value"]
    if kind == SECURE:
        document.setdefault("KeyId", DEFAULT_KEY)
        value = _sealed(call, document["KeyId"], value, arn)
    return Version(arn, last.number + 1 if last is not None else 1, value, [], call.now, document)


def _sealed(call: Call, key_id: str, value: str, arn: str) -> str:
    try:
        return base64.b64encode(sealed.seal(call, key_id, value, {"PARAMETER_ARN": arn})).decode()
    except AwsError as error:
        if error.status == 403:
            raise
        raise AwsError("InvalidKeyId", f"The key {key_id} cannot be used: {error.message}") from error


def _tier(request: JsonDict, last: Version | None, has_policies: bool) -> str:
    """The tier a version is of. Raises ValidationException where the asked one does not do."""
    asked = request.get("Tier") or (last.document["Tier"] if last is not None else STANDARD)
    size = len(request["Value"].encode())
    needs_more = size > BYTES_MAX[STANDARD] or has_policies
    if last is not None and last.document["Tier"] == ADVANCED and asked == STANDARD:
        raise validation(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. Delete it and make it anew instead."
        )
    tier = (ADVANCED if needs_more else STANDARD) if asked == INTELLIGENT else asked
    if tier == STANDARD and has_policies:
        raise validation("Policies are for parameters of the advanced-parameter tier: give Tier=Advanced.")
    if size > BYTES_MAX[tier]:
        hint = " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier."
        raise validation(
            f"{tier} tier parameters support a maximum parameter value of {BYTES_MAX[tier]} characters."
            + (hint if tier == STANDARD else "")
        )
    return str(tier)


def _check_value(value: str, kind: str, document: JsonDict) -> None:
    if not value:
        raise validation("Parameter value: can't be empty.")
    pattern = document.get("AllowedPattern")
    if not pattern:
        return
    try:
        compiled = regex.compile(pattern)
        parts = value.split(",") if kind == "StringList" else [value]
        fits = all(compiled.search(part, timeout=PATTERN_SECONDS_MAX) is not None for part in parts)
    except regex.error:
        raise AwsError("InvalidAllowedPatternException", f"{pattern} is not a valid regular expression.") from None
    except TimeoutError:
        text = "The pattern takes too long; write it without nested repetition."
        raise AwsError("InvalidAllowedPatternException", text) from None
    if not fits:
        text = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
        raise AwsError("ParameterPatternMismatchException", text)


def _make_room(tx: Tx, versions: Any) -> None:
    """Forget the oldest version when there would be too many; one that bears a label is kept, and the put refused."""
    if len(versions) < VERSIONS_MAX:
        return
    oldest = versions[0]
    if oldest.labels:
        raise AwsError(
            "ParameterMaxVersionLimitExceeded",
            f"You attempted to create a new version by calling PutParameter with the overwrite flag. Version "
            f"{oldest.number}, the oldest version, can't be deleted because it has a label associated with it. Move "
            "the label to another version of the parameter, and try again.",
        )
    parameter_versions.forget(tx, oldest.arn, oldest.number)


def _expire(tx: Tx, call: Call, row: Row, version: Version) -> None:
    at = policies.expiry(version.document["Policies"])
    resources.save(tx, row, {}, now=call.now, facts={"expires": at})
    if at is not None:
        tasks.schedule(tx, EXPIRY_TASK, row.arn, at)
