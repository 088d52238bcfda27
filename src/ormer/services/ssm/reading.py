"""Parameters: read by name, by path and through time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ormer.aws import arns
from ormer.aws.clock import iso
from ormer.aws.errors import AwsError, validation
from ormer.services.ssm import filters, naming, policies
from ormer.stores import parameter_versions, resources, sealed
from ormer.stores.nouns import page_of
from ormer.stores.parameter_versions import KIND, SERVICE, Version
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SECRETS = "/aws/reference/secretsmanager/"
PATH_PAGE, LIST_PAGE = 10, 50


def get_parameter(call: Call, request: JsonDict) -> JsonDict:
    """Answer a parameter's value. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html

    The name may be an ARN and may end in `:version` or `:label`; `/aws/reference/secretsmanager/<secret>` answers a
    secret. Differs: the parameters that AWS publishes under /aws/service are not there.
    Errors: ParameterNotFound, ParameterVersionNotFound.
    """
    name = request["Name"]
    decrypts = bool(request.get("WithDecryption", False))
    if name.startswith(SECRETS):
        return {"Parameter": _secret(call, name, decrypts)}
    plain, selector = naming.wanted(call, name)
    row = naming.row_of(call, plain)
    if row is None:
        raise naming.missing(name)
    version = naming.selected(call, row, selector)
    if version is None:
        text = f"Systems Manager could not find version {selector[1:]} of {row.name}. Verify the version and try again."
        raise AwsError("ParameterVersionNotFound", text)
    return {"Parameter": _shown(call, row, version, decrypts, selector)}


def get_parameters(call: Call, request: JsonDict) -> JsonDict:
    """Answer up to ten parameters, and which names have none. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html"""
    if len(set(request["Names"])) < len(request["Names"]):
        raise validation("Duplicate names are not allowed in a call to GetParameters: give each once.")
    found, invalid = [], []
    for name in request["Names"]:
        asked = {"Name": name, "WithDecryption": request.get("WithDecryption", False)}
        try:
            found.append(get_parameter(call, asked)["Parameter"])
        except AwsError as error:
            if error.code not in ("ParameterNotFound", "ParameterVersionNotFound"):
                raise
            invalid.append(name)
    return {"Parameters": found, "InvalidParameters": invalid}


def get_parameters_by_path(call: Call, request: JsonDict) -> JsonDict:
    """Page through what lies below a path. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html

    Errors: ValidationException for a path that does not begin with a slash.
    """
    path = request["Path"]
    if not path.startswith("/"):
        raise validation(f'The parameter path {path} must begin with "/".')
    below = path if path.endswith("/") else f"{path}/"
    given = request.get("ParameterFilters", ())
    with call.read() as tx:
        rows = _rows(call, table.c.name.startswith(below, autoescape=True))
        if not request.get("Recursive"):
            rows = [row for row in rows if "/" not in row.name[len(below) :]]
        newest = parameter_versions.newest(tx, (row.arn for row in rows))
    label = next((one for one in given if one["Key"] == "Label"), None)
    kept = filters.kept(call, rows, newest, [one for one in given if one["Key"] != "Label"])
    versions = _labelled(call, kept, label["Values"]) if label is not None else [(row, newest[row.arn]) for row in kept]
    page, token = page_of(versions, request.get("NextToken"), int(request.get("MaxResults", PATH_PAGE)))
    decrypts = bool(request.get("WithDecryption", False))
    shown = [_shown(call, row, version, decrypts, "") for row, version in page]
    return {"Parameters": shown, **({"NextToken": token} if token else {})}


def get_parameter_history(call: Call, request: JsonDict) -> JsonDict:
    """Page through a parameter's versions, oldest first. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html

    Errors: ParameterNotFound.
    """
    row = naming.get(call, request["Name"])
    with call.read() as tx:
        versions = parameter_versions.of(tx, row.arn)
    page, token = page_of(versions, request.get("NextToken"), int(request.get("MaxResults", LIST_PAGE)))
    decrypts = bool(request.get("WithDecryption", False))
    shown = [
        {**_words(row, one), "Value": _value(call, row, one, decrypts), "Labels": one.labels, "Version": one.number}
        for one in page
    ]
    return {"Parameters": shown, **({"NextToken": token} if token else {})}


def describe_parameters(call: Call, request: JsonDict) -> JsonDict:
    """Page through parameters without their values. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html

    Errors: ValidationException, InvalidFilterKey, InvalidFilterValue.
    """
    if request.get("Filters") and request.get("ParameterFilters"):
        raise validation("You can use either Filters or ParameterFilters in a single request.")
    given = [*request.get("ParameterFilters", ()), *filters.translated(request.get("Filters", ()))]
    with call.read() as tx:
        rows = _rows(call)
        newest = parameter_versions.newest(tx, (row.arn for row in rows))
    kept = filters.kept(call, rows, newest, given)
    page, token = page_of(kept, request.get("NextToken"), int(request.get("MaxResults", LIST_PAGE)))
    shown = [{**_words(row, newest[row.arn]), "ARN": row.arn, "Version": newest[row.arn].number} for row in page]
    return {"Parameters": shown, **({"NextToken": token} if token else {})}


def _rows(call: Call, *conditions: Any) -> list[Row]:
    c = table.c
    where = (c.account == call.account, c.region == call.region, c.service == SERVICE, c.kind == KIND)
    with call.read() as tx:
        return resources.select(tx, *where, *conditions, order=c.name)


def _labelled(call: Call, rows: Iterable[Row], labels: Sequence[str]) -> list[tuple[Row, Version]]:
    with call.read() as tx:
        return [
            (row, version)
            for row in rows
            for version in parameter_versions.of(tx, row.arn)
            if not set(labels).isdisjoint(version.labels)
        ]


def _words(row: Row, version: Version) -> JsonDict:
    """A version's words without its value."""
    words = {key: value for key, value in version.document.items() if key != "Policies"}
    shown = policies.shown(version.document["Policies"])
    return {"Name": row.name, **words, "Policies": shown, "LastModifiedDate": version.modified}


def _shown(call: Call, row: Row, version: Version, decrypts: bool, selector: str) -> JsonDict:
    return {
        "Name": row.name,
        "Type": version.document["Type"],
        "Value": _value(call, row, version, decrypts),
        "Version": version.number,
        "LastModifiedDate": version.modified,
        "ARN": row.arn,
        "DataType": version.document["DataType"],
        **({"Selector": selector} if selector else {}),
    }


def _value(call: Call, row: Row, version: Version, decrypts: bool) -> str:
    """The value; of a SecureString in the clear only for who asks so and may use its key."""
    if not (version.is_secure and decrypts):
        return version.value
    return sealed.unseal(call, version.document["KeyId"], version.sealed, {"PARAMETER_ARN": row.arn})


def _secret(call: Call, name: str, decrypts: bool) -> JsonDict:
    """A secret in a parameter's form.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
    """
    if not decrypts:
        raise validation("WithDecryption flag must be True for retrieving a Secret Manager secret.")
    wanted, selector = name.removeprefix(SECRETS), ""
    if ":" in wanted:
        wanted, _, selector = wanted.partition(":")
    request = {"SecretId": wanted}
    if selector:
        # Versions of secrets are called by ids of 32 characters and more, stages by words.
        request["VersionId" if len(selector) >= 32 else "VersionStage"] = selector
    try:
        found = call.api("secretsmanager", "GetSecretValue", request)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        text = f"An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {name} not found."
        raise AwsError("ParameterNotFound", text) from error
    told = {key: value for key, value in found.items() if key not in ("SecretString", "SecretBinary")}
    told["CreatedDate"] = iso(found["CreatedDate"])
    return {
        "Name": name,
        "Type": parameter_versions.SECURE,
        "Value": found.get("SecretString", ""),
        "Version": 0,
        "SourceResult": json.dumps(told),
        "LastModifiedDate": found["CreatedDate"],
        "ARN": arns.arn(SERVICE, call.region, call.account, f"parameter{name}"),
        "DataType": "text",
        **({"Selector": f":{selector}"} if selector else {}),
    }
