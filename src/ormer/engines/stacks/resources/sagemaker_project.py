"""AWS::SageMaker::Project: made while the stack waits for what its template provisions."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Site, pick, without
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE, creating, described, noun

JsonDict = dict[str, Any]
NAME, TEMPLATES, CATALOG = "ProjectName", "TemplateProviderDetails", "ServiceCatalogProvisioningDetails"
ANSWERED = ("ProjectId", "ProjectStatus", "CreationTime")
CREATE = creating("Project", NAME, "ProjectArn", ANSWERED)


def _create(site: Site, properties: JsonDict) -> Made:
    request = without(properties, TEMPLATES, "ServiceCatalogProvisionedProductDetails")
    if TEMPLATES in properties:
        # CloudFormation says CfnTemplateProviderDetail where the operation says CfnTemplateProvider.
        request["TemplateProviders"] = [
            {name.removesuffix("Detail"): value for name, value in each.items()} for each in properties[TEMPLATES]
        ]
    return CREATE(site, request)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    change = pick(properties, ("ServiceCatalogProvisioningUpdateDetails",))
    site.make(SERVICE, "UpdateProject", {NAME: held.attributes[NAME], **change})
    return Made(held.physical_id, held.attributes, held.arn)


def _settled(site: Site, held: Held, properties: JsonDict) -> Made:
    ids = {NAME: held.attributes[NAME], "ProjectArn": held.arn}
    return described(site, "Project", ids, "ProjectArn", ANSWERED)


TYPE = noun(
    "Project",
    NAME,
    f"ProjectDescription ServiceCatalogProvisionedProductDetails {CATALOG} {TEMPLATES}",
    attributes=" ".join(ANSWERED),
    create=_create,
    update=_update,
    replaces=f"ProjectDescription {CATALOG} {TEMPLATES}",
    required=NAME,
    failed=frozenset({"CreateFailed", "UpdateFailed"}),
    gone=frozenset({"DeleteCompleted"}),
    settled=_settled,
    waits=True,
)
