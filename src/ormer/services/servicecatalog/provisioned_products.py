"""Provisioned products: the projects made of built-in templates, as Service Catalog sees them.

https://docs.aws.amazon.com/servicecatalog/latest/userguide/enduser-viewstack.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import pages
from ormer.stores import offers, projects, resources, service_roles, tagging
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
DETAILS = "ServiceCatalogProvisioningDetails"
GONE = "DeleteCompleted"
STATUSES: Mapping[str, str] = {
    "CreateCompleted": "AVAILABLE",
    "UpdateCompleted": "AVAILABLE",
    "UpdateFailed": "TAINTED",
    "DeleteFailed": "TAINTED",
    "CreateFailed": "ERROR",
}


def search_provisioned_products(call: Call, request: JsonDict) -> JsonDict:
    """Page through the provisioned products, newest first; Filters: SearchQuery takes words and `name:`, `status:` …

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProvisionedProducts.html
    Differs: every level of access sees all of the account.
    """
    found = [_shown(call, row) for row in _rows(call)]
    for query in request.get("Filters", {}).get("SearchQuery", ()):
        found = [one for one in found if _meets(one, query)]
    if request.get("SortOrder") == "ASCENDING":
        found.reverse()
    shown, more = pages.page(found, request)
    return {"ProvisionedProducts": shown, "TotalResultsCount": len(found), **more}


def describe_provisioned_product(call: Call, request: JsonDict) -> JsonDict:
    """Answer a provisioned product by its id or name.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProvisionedProduct.html
    Errors: ResourceNotFoundException; InvalidParametersException without id and name.
    """
    identifier, name = request.get("Id"), request.get("Name")
    if not (identifier or name):
        raise AwsError("InvalidParametersException", "Give the provisioned product's id or its name.")
    for row in _rows(call):
        shown = _shown(call, row)
        if identifier in (None, shown["Id"]) and name in (None, shown["Name"]):
            role = service_roles.arn(call.account, service_roles.LAUNCH_ROLE)
            return {"ProvisionedProductDetail": {**shown, "LaunchRoleArn": role}, "CloudWatchDashboards": []}
    raise AwsError("ResourceNotFoundException", f"Provisioned product {identifier or name} not found.")


def _rows(call: Call) -> list[Row]:
    c = table.c
    where = (c.account == call.account, c.region == call.region, c.kind == projects.KIND, c.status != GONE)
    with call.read() as tx:
        found = resources.select(tx, *where, order=c.created.desc())
    return [row for row in found if DETAILS in row.document]


def _shown(call: Call, row: Row) -> JsonDict:
    details, provisioned = row.document[DETAILS], row.document[projects.CATALOG]
    identifier = provisioned["ProvisionedProductId"]
    with call.read() as tx:
        tags = tagging.listed(tx, row.arn)
        offer = offers.find(tx, call.identity, call.region, details["ProductId"], owner=True)
    version = offer.version(details["ProvisioningArtifactId"]) if offer else None
    return {
        "Name": f"{row.name}-{row.document['ProjectId']}",
        "Arn": arns.arn("servicecatalog", row.region, row.account, f"stack/{row.name}/{identifier}"),
        "Type": "CFN_STACK",
        "Id": identifier,
        "Status": STATUSES.get(row.status, "UNDER_CHANGE"),
        "StatusMessage": provisioned.get("ProvisionedProductStatusMessage", ""),
        "CreatedTime": row.created,
        "Tags": tags,
        "PhysicalId": row.facts.get("stack", ""),
        "ProductId": details["ProductId"],
        "ProductName": offer.product.title if offer else "",
        "ProvisioningArtifactId": details["ProvisioningArtifactId"],
        "ProvisioningArtifactName": version.version if version else "",
        "UserArn": row.document["CreatedBy"]["IamIdentity"]["Arn"],
    }


def _meets(shown: JsonDict, query: str) -> bool:
    """Whether a provisioned product meets `word`, or `member:value`."""
    member, separator, value = query.partition(":")
    if separator:
        texts = {name.lower(): str(text) for name, text in shown.items()}
        return texts.get(member.lower(), "").lower() == value.strip('"').lower()
    return query.lower() in f"{shown['Name']} {shown['Id']} {shown['Status']} {shown['ProductName']}".lower()
