"""AWS's own prefix lists: by them route tables name the services that gateway endpoints lead to."""

from __future__ import annotations

import hashlib
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.ec2 import filters
from ormer.services.ec2.kinds import SERVICE, paged
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# What has endpoints of the gateway kind. https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
WITH_GATEWAYS = ("dynamodb", "s3")
ID_LETTERS = 8
PATHS = {"prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName", "owner-id": "OwnerId"}


def prefix_list(region: str, service: str) -> str:
    """The id of a service's list, the same in every account of a region.

    Differs: it is not the one that AWS has.
    """
    return "pl-" + hashlib.sha256(f"{region} {service}".encode()).hexdigest()[:ID_LETTERS]


def describe_managed_prefix_lists(call: Call, request: JsonDict) -> JsonDict:
    """List prefix lists. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html

    Differs: AWS's two of services with gateway endpoints. Errors: InvalidPrefixListID.NotFound, InvalidParameterValue.
    """
    found = [
        {
            "AddressFamily": "IPv4",
            "OwnerId": "AWS",
            "PrefixListArn": arns.arn(SERVICE, call.region, "aws", f"prefix-list/{identifier}"),
            "PrefixListId": identifier,
            "PrefixListName": name,
            "State": "create-complete",
            "Tags": [],
        }
        for identifier, name in _lists(call)
    ]
    return _listed(request, found)


def describe_prefix_lists(call: Call, request: JsonDict) -> JsonDict:
    """List AWS's prefix lists. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html

    Differs: they hold no addresses. Errors: InvalidPrefixListID.NotFound, InvalidParameterValue.
    """
    return _listed(
        request,
        [{"Cidrs": [], "PrefixListId": identifier, "PrefixListName": name} for identifier, name in _lists(call)],
    )


def _lists(call: Call) -> list[tuple[str, str]]:
    return [(prefix_list(call.region, one), f"com.amazonaws.{call.region}.{one}") for one in WITH_GATEWAYS]


def _listed(request: JsonDict, found: list[JsonDict]) -> JsonDict:
    wanted = request.get("PrefixListIds") or [one["PrefixListId"] for one in found]
    missing = [one for one in wanted if one not in {each["PrefixListId"] for each in found}]
    if missing:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{missing[0]}' does not exist")
    asked = request.get("Filters") or ()
    kept = [one for one in found if one["PrefixListId"] in wanted and filters.matches(one, asked, PATHS)]
    return paged(request, "PrefixLists", kept)
