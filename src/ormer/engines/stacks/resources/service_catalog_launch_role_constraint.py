"""AWS::ServiceCatalog::LaunchRoleConstraint: the role that launches a product of a portfolio. Ref gives its id."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "servicecatalog"
ROLES = ("RoleArn", "LocalRoleName")


def _create(site: Site, properties: JsonDict) -> Made:
    role = {name: text_of(properties[name]) for name in ROLES if name in properties}
    if len(role) != 1:
        raise Refused("Specify exactly one of RoleArn and LocalRoleName.")
    given = pick(properties, ("PortfolioId", "ProductId", "Description"))
    made = site.make(
        SERVICE,
        "CreateConstraint",
        given,
        Type="LAUNCH",
        Parameters=json.dumps(role),
        IdempotencyToken=site.token(),
    )
    return Made(made["ConstraintDetail"]["ConstraintId"])


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteConstraint", {"Id": held.physical_id})


TYPE = ResourceType(
    "AWS::ServiceCatalog::LaunchRoleConstraint",
    _create,
    _delete,
    words("AcceptLanguage Description PortfolioId ProductId", *ROLES),
    required=("PortfolioId", "ProductId"),
    taggable=False,
)
