"""AWS::ServiceCatalog::PortfolioPrincipalAssociation: who may launch what a portfolio holds."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "servicecatalog"
NAMED = ("PortfolioId", "PrincipalARN", "PrincipalType")


def _create(site: Site, properties: JsonDict) -> Made:
    site.make(SERVICE, "AssociatePrincipalWithPortfolio", pick(properties, NAMED))
    return Made(site.name())


def _delete(site: Site, held: Held) -> None:
    site.make(SERVICE, "DisassociatePrincipalFromPortfolio", pick(held.properties, NAMED))


TYPE = ResourceType(
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
    _create,
    _delete,
    words("AcceptLanguage", *NAMED),
    required=NAMED,
    taggable=False,
)
