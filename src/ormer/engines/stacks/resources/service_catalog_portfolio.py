"""AWS::ServiceCatalog::Portfolio: Ref gives its id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick, without
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "servicecatalog"
SAID = ("DisplayName", "Description", "ProviderName")


def _create(site: Site, properties: JsonDict) -> Made:
    given = without(properties, "AcceptLanguage", "Tags")
    made = site.make(SERVICE, "CreatePortfolio", given, Tags=site.tags, IdempotencyToken=site.token())
    detail = made["PortfolioDetail"]
    return Made(detail["Id"], {"PortfolioName": detail["DisplayName"]}, detail["ARN"])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    site.make(SERVICE, "UpdatePortfolio", {"Description": "", **pick(properties, SAID)}, Id=held.physical_id)
    return Made(held.physical_id, {"PortfolioName": properties["DisplayName"]}, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeletePortfolio", {"Id": held.physical_id})


TYPE = ResourceType(
    "AWS::ServiceCatalog::Portfolio",
    _create,
    _delete,
    words("AcceptLanguage", *SAID),
    _update,
    required=("DisplayName", "ProviderName"),
    attributes=words("PortfolioName"),
)
