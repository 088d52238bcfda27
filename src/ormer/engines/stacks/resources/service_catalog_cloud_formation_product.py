"""AWS::ServiceCatalog::CloudFormationProduct: Ref gives its id. Other versions are added and left as they stand."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick, without
from ormer.engines.stacks.language.values import plain
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "servicecatalog"
SAID = ("Name", "Owner", "Description", "Distributor", "SupportDescription", "SupportEmail", "SupportUrl")
VERSIONS = "ProvisioningArtifactParameters"


def _create(site: Site, properties: JsonDict) -> Made:
    first, *others = properties[VERSIONS]
    made = site.make(
        SERVICE,
        "CreateProduct",
        pick(properties, SAID),
        ProductType="CLOUD_FORMATION_TEMPLATE",
        ProvisioningArtifactParameters=_version(site, first),
        Tags=site.tags,
        IdempotencyToken=site.token(),
    )
    product = made["ProductViewDetail"]
    identifier = product["ProductViewSummary"]["ProductId"]
    ids = [made["ProvisioningArtifactDetail"]["Id"], *(_add(site, identifier, one) for one in others)]
    return Made(identifier, _attributes(properties, ids), product["ProductARN"])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    cleared = {"Description": "", "Distributor": "", "SupportDescription": "", **pick(properties, SAID)}
    site.make(SERVICE, "UpdateProduct", cleared, Id=held.physical_id)
    before, ids = held.properties[VERSIONS], held.attributes["ProvisioningArtifactIds"].split(",")
    wanted = []
    for position, one in enumerate(properties[VERSIONS]):
        stays = position < len(before) and plain(before[position]) == plain(one)
        wanted.append(ids[position] if stays else _add(site, held.physical_id, one))
    # Taken away last, so that a product never is without a version.
    for gone in set(ids) - set(wanted):
        site.call(
            SERVICE, "DeleteProvisioningArtifact", {"ProductId": held.physical_id, "ProvisioningArtifactId": gone}
        )
    return Made(held.physical_id, _attributes(properties, wanted), held.arn)


def _add(site: Site, product: str, version: JsonDict) -> str:
    parameters = {"ProductId": product, "Parameters": _version(site, version), "IdempotencyToken": site.token()}
    made = site.call(SERVICE, "CreateProvisioningArtifact", parameters)
    return str(made["ProvisioningArtifactDetail"]["Id"])


def _version(site: Site, declared: JsonDict) -> JsonDict:
    fitted = site.fitted(SERVICE, "CreateProvisioningArtifact", {"Parameters": without(declared, "Type")})
    return {**fitted["Parameters"], "Type": declared.get("Type", "CLOUD_FORMATION_TEMPLATE")}


def _attributes(properties: JsonDict, ids: list[str]) -> JsonDict:
    names = [str(one.get("Name", "v1.0")) for one in properties[VERSIONS]]
    return {
        "ProductName": properties["Name"],
        "ProvisioningArtifactIds": ",".join(ids),
        "ProvisioningArtifactNames": ",".join(names),
    }


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteProduct", {"Id": held.physical_id})


TYPE = ResourceType(
    "AWS::ServiceCatalog::CloudFormationProduct",
    _create,
    _delete,
    words("AcceptLanguage ReplaceProvisioningArtifacts", VERSIONS, *SAID),
    _update,
    required=("Name", "Owner", VERSIONS),
    attributes=words("ProductName ProvisioningArtifactIds ProvisioningArtifactNames"),
)
