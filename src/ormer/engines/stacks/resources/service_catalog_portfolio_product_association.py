"""AWS::ServiceCatalog::PortfolioProductAssociation: a product in a portfolio."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "servicecatalog"
NAMED = ("PortfolioId", "ProductId")


def _create(site: Site, properties: JsonDict) -> Made:
    site.make(SERVICE, "AssociateProductWithPortfolio", pick(properties, (*NAMED, "SourcePortfolioId")))
    return Made(site.name())


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DisassociateProductFromPortfolio", pick(held.properties, NAMED))


TYPE = ResourceType(
    "AWS::ServiceCatalog::PortfolioProductAssociation",
    _create,
    _delete,
    words("AcceptLanguage SourcePortfolioId", *NAMED),
    required=NAMED,
    taggable=False,
)
