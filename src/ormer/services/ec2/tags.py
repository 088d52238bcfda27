"""Tags of networks."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.ec2 import filters
from ormer.services.ec2.kinds import invalid, paged, writes
from ormer.services.ec2.nouns import KINDS, kind_of
from ormer.stores import tagging
from ormer.stores.nouns import tags_of, unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
RESERVED = "aws:"
PATHS = {"key": "Key", "resource-id": "ResourceId", "resource-type": "ResourceType", "value": "Value"}


@writes
def create_tags(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace tags of resources. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html

    Errors: InvalidID, InvalidParameterValue, and the not-found error of the kind an id is of.
    """
    pairs = unique_tags({"Key": one.get("Key", ""), "Value": one.get("Value", "")} for one in request["Tags"])
    if any(one["Key"].startswith(RESERVED) for one in pairs):
        raise invalid(f"Tag keys starting with '{RESERVED}' are reserved for internal use")
    with call.write() as tx:
        for identifier in request["Resources"]:
            tagging.put(tx, _tagged(call, identifier).arn, pairs)
    return {}


@writes
def delete_tags(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags; all of them where none is named. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html

    A tag given with a value goes only while it has that value. Errors: InvalidID, and the not-found error of the kind.
    """
    with call.write() as tx:
        for identifier in request["Resources"]:
            arn = _tagged(call, identifier).arn
            before = tagging.of(tx, arn)
            wanted = request.get("Tags") or [{"Key": key} for key in before]
            keys = [one["Key"] for one in wanted if "Value" not in one or before.get(one["Key"]) == one["Value"]]
            tagging.remove(tx, arn, keys)
    return {}


def describe_tags(call: Call, request: JsonDict) -> JsonDict:
    """List the tags of every resource. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html

    Errors: InvalidParameterValue.
    """
    found = [
        {**pair, "ResourceId": row.name, "ResourceType": kind.resource}
        for kind in KINDS
        for row in kind.rows(call)
        for pair in tags_of(call, row.arn)
    ]
    asked = request.get("Filters") or ()
    return paged(request, "Tags", [one for one in found if filters.matches(one, asked, PATHS)])


def _tagged(call: Call, identifier: str) -> Row:
    kind = kind_of(identifier)
    if kind is None:
        raise AwsError("InvalidID", f"The ID '{identifier}' is not valid: ormer keeps no resources of this kind.")
    return kind.get(call, identifier)
