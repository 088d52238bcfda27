"""Products as somebody may launch them: the built-in templates, and those that portfolios open to the caller.

https://docs.aws.amazon.com/servicecatalog/latest/userguide/end-user-console.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ormer.aws.identities import Identity
from ormer.stores import catalogs, products, projects
from ormer.stores.database import Tx
from ormer.stores.products import Product
from ormer.stores.resources import Row


@dataclass(frozen=True)
class Offer:
    """A product. versions: those that can be launched, oldest first; for its owner all. paths: {id: the portfolio's
    name} by which it is launched. row: None for a built-in template. roles: {path id: the role that launches}."""

    versions: tuple[Product, ...]
    paths: Mapping[str, str]
    roles: Mapping[str, str | None]
    row: Row | None = None

    @property
    def product(self) -> Product:
        """The version made last."""
        return self.versions[-1]

    def version(self, artifact_id: str | None, name: str | None = None) -> Product | None:
        """The version of this id and name; the newest when neither is asked for."""
        meant = [one for one in self.versions if artifact_id in (None, one.artifact_id) and name in (None, one.version)]
        return meant[-1] if meant else None

    def launched_by(self, version: Product, path_id: str | None) -> Product | None:
        """A version as a path launches it, by the first path when none is named; None for a path that is not there."""
        chosen = path_id or next(iter(self.paths), None)
        if chosen is None or chosen not in self.paths:
            return None
        return replace(version, path_id=chosen, launch_role=self.roles[chosen])


def built_in() -> list[Offer]:
    """The templates that come with ormer, in their order."""
    return [
        Offer((one,), {one.path_id: products.LAUNCH_PATH}, {one.path_id: one.launch_role})
        for one in products.products()
    ]


def offers(tx: Tx, identity: Identity, region: str, owner: bool = False) -> list[Offer]:
    """What a caller may launch; to an `owner` all that the account has, whoever may launch it."""
    account = identity.account
    switched_off = projects.portfolio_status(tx, account, region) == projects.DISABLED
    found = [] if switched_off else built_in()
    for row in catalogs.listed(tx, catalogs.PRODUCT, account, region):
        one = of_row(tx, row, identity, owner)
        if one is not None:
            found.append(one)
    return found


def find(tx: Tx, identity: Identity, region: str, identifier: str, owner: bool = False) -> Offer | None:
    """The offer of a product id, whether or not the built-in templates are switched off."""
    for one in built_in():
        if one.product.product_id == identifier:
            return one
    row = catalogs.find(tx, catalogs.PRODUCT, identity.account, region, identifier)
    return of_row(tx, row, identity, owner) if row is not None else None


def of_row(tx: Tx, row: Row, identity: Identity, owner: bool) -> Offer | None:
    """A product of the account's own; None when the caller has no way to launch it."""
    holding = catalogs.paths(tx, identity, row.region, row.name)
    versions = row.document[catalogs.VERSIONS] if owner else catalogs.active(row)
    if not versions or not (holding or owner):
        return None
    ids = {catalogs.path_id(portfolio.name, row.name): portfolio for portfolio in holding}
    return Offer(
        tuple(catalogs.launchable(tx, row, next(iter(holding), None), one) for one in versions),
        {key: str(portfolio.document["DisplayName"]) for key, portfolio in ids.items()},
        {key: catalogs.launch_role(tx, portfolio, row.name) for key, portfolio in ids.items()},
        row,
    )
