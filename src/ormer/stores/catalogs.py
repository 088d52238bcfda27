"""What an account's own people put into Service Catalog: portfolios, products with versions, and launch constraints.

A portfolio knows its products and who may launch them; a constraint says as which role. Ids are AWS's in form.
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/what-is_concepts.html
"""

from __future__ import annotations

import fnmatch
import json
import re
import secrets
import string
from collections.abc import Iterable
from typing import Any

from ormer.aws import arns
from ormer.aws.identities import Identity
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.products import LAST, Product
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SERVICE = "catalog"
PORTFOLIO, PRODUCT, CONSTRAINT = "CatalogPortfolio", "CatalogProduct", "CatalogConstraint"
PREFIXES = {PORTFOLIO: "port", PRODUCT: "prod", CONSTRAINT: "cons"}
RESOURCES = {PORTFOLIO: "portfolio", PRODUCT: "product", CONSTRAINT: "constraint"}
ID_LETTERS = string.ascii_lowercase + "234567"
LAUNCH = "LAUNCH"
IAM_PATTERN = "IAM_PATTERN"
VERSIONS, TEMPLATES = "ProvisioningArtifacts", "templates"
PRODUCTS, PRINCIPALS = "products", "principals"
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_constraints_launch.html
LAUNCH_TAG = "servicecatalog:provisioning=true"


def new_id(prefix: str) -> str:
    """An id such as AWS's: the prefix and thirteen letters."""
    return f"{prefix}-" + "".join(secrets.choice(ID_LETTERS) for _ in range(13))


def arn_of(kind: str, account: str, region: str, identifier: str) -> str:
    """The ARN of a portfolio, product or constraint."""
    return arns.arn(SERVICE, region, account, f"{RESOURCES[kind]}/{identifier}")


def find(tx: Tx, kind: str, account: str, region: str, identifier: str) -> Row | None:
    """The account's portfolio, product or constraint of this id."""
    return resources.find(tx, account, region, SERVICE, kind, identifier)


def listed(tx: Tx, kind: str, account: str, region: str) -> list[Row]:
    """All of a kind that an account has in a region, oldest first."""
    c = table.c
    return resources.select(tx, c.account == account, c.region == region, c.service == SERVICE, c.kind == kind)


def bucket_of(account: str, region: str) -> str:
    """The bucket that keeps the templates of an account's products."""
    return f"servicecatalog-templates-{account}-{region}"


# -- who may launch what ------------------------------------------------------------------------------------------


def paths(tx: Tx, identity: Identity, region: str, product_id: str) -> list[Row]:
    """The portfolios by which a caller may launch a product. The owner of the account may use each."""
    return [one for one in holding(tx, identity.account, region, product_id) if admits(one, identity)]


def holding(tx: Tx, account: str, region: str, product_id: str) -> list[Row]:
    """The portfolios that hold a product."""
    return [one for one in listed(tx, PORTFOLIO, account, region) if product_id in one.facts[PRODUCTS]]


def admits(portfolio: Row, identity: Identity) -> bool:
    """Whether a portfolio was opened to a caller: to its user, or to the role of its session."""
    if identity.is_root:
        return True
    own = identity.role_arn or identity.arn
    return any(_is_meant(one["PrincipalARN"], one["PrincipalType"], own) for one in portfolio.facts[PRINCIPALS])


def _is_meant(principal: str, kind: str, arn: str) -> bool:
    if kind != IAM_PATTERN:
        return principal == arn
    # A pattern names no account: `arn:aws:iam:::role/team-*`. Its stars and question marks are all that is special.
    service, resource = arns.parse(principal).service, arns.parse(principal).resource
    own = arns.parse(arn)
    literal = re.sub(r"\[", "[[]", resource)
    return service == own.service and fnmatch.fnmatchcase(own.resource, literal)


def launch_role(tx: Tx, portfolio: Row, product_id: str) -> str | None:
    """The role that a launch constraint names, as ARN or name; None when the caller launches."""
    for one in constraints(tx, portfolio, product_id):
        if one.document["Type"] == LAUNCH:
            given = json.loads(one.facts["parameters"])
            return str(given.get("RoleArn") or given["LocalRoleName"])
    return None


def constraints(tx: Tx, portfolio: Row, product_id: str | None = None) -> list[Row]:
    """The constraints of a portfolio, on one product when it is named."""
    found = resources.select(tx, table.c.parent == portfolio.arn, table.c.kind == CONSTRAINT)
    return [one for one in found if product_id in (None, one.document["ProductId"])]


# -- as what can be launched --------------------------------------------------------------------------------------


def launchable(tx: Tx, row: Row, path: Row | None, version: JsonDict) -> Product:
    """A product's version by a portfolio, as built-in templates are described too."""
    identifier = row.name
    return Product(
        id=identifier,
        title=row.document["Name"],
        description=row.document.get("ShortDescription", ""),
        order=LAST,
        document=row.facts[TEMPLATES].get(version["Id"], {}),
        key=key_of(identifier, version["Id"]),
        product_id=identifier,
        artifact_id=version["Id"],
        path_id=path_id(path.name, identifier) if path else "",
        version=version["Name"],
        created=version["CreatedTime"],
        bucket=bucket_of(row.account, row.region),
        launch_role=launch_role(tx, path, identifier) if path else None,
        own=row.document,
    )


def key_of(product_id: str, version_id: str) -> str:
    """Where a version's template lies in its account's bucket."""
    return f"{product_id}/{version_id}.template"


def path_id(portfolio_id: str, product_id: str) -> str:
    """The launch path of a product by a portfolio."""
    return f"lpv2-{portfolio_id.removeprefix('port-')}{product_id.removeprefix('prod-')}"


def active(row: Row) -> list[JsonDict]:
    """The versions that can be launched, oldest first."""
    return [one for one in row.document[VERSIONS] if one["Active"]]


def newest(versions: Iterable[JsonDict]) -> JsonDict | None:
    """The version made last."""
    return max(versions, key=lambda one: float(one["CreatedTime"]), default=None)
