"""The rules that look at events, compiled once for each version of a rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from ormer.aws.patterns import Pattern
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

DISABLED = "DISABLED"
# Asked at every look at the outbox: built once.
VERSIONS = sa.select(table.c.arn, table.c.version).where(
    table.c.kind == "Rule", table.c.service == "events", table.c.status == ""
)
Place = tuple[str, str, str]


@dataclass(frozen=True)
class Rule:
    """An enabled rule with a pattern. since: the number of the last event it does not see."""

    arn: str
    place: Place
    pattern: Pattern
    since: int


@dataclass
class Rulebook:
    """Every such rule by account, region and bus; `refresh` reads what has changed."""

    _versions: dict[str, int] = field(default_factory=dict)
    _rules: dict[str, Rule] = field(default_factory=dict)
    _by_place: dict[Place, list[Rule]] = field(default_factory=dict)

    def refresh(self, tx: Tx) -> None:
        """Read rules that are new or have changed, forget those that are gone."""
        now = {row["arn"]: row["version"] for row in tx.all(VERSIONS)}
        if now == self._versions:
            return
        for arn in self._versions.keys() - now.keys():
            self._rules.pop(arn, None)
        for arn in [arn for arn, version in now.items() if self._versions.get(arn) != version]:
            row = resources.get(tx, arn)
            compiled = None if row is None else _compiled(row)
            self._rules.pop(arn, None)
            if compiled is not None:
                self._rules[arn] = compiled
        self._versions = now
        places: dict[Place, list[Rule]] = defaultdict(list)
        for rule in self._rules.values():
            places[rule.place].append(rule)
        self._by_place = dict(places)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def at(self, place: Place) -> list[Rule]:
        """The rules of an account, region and bus."""
        return self._by_place.get(place, [])

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def only(self, name: str) -> set[str] | None:
        """The only texts of a top-level field that any rule looks for; None when one takes others too."""
        found: set[str] = set()
        for rule in self:
            exact = rule.pattern.exact(name)
            if exact is None:
                return None
            found |= exact
        return found


def _compiled(row: Row) -> Rule | None:
    text = row.document.get("EventPattern")
    if not text or row.document["State"] == DISABLED:
        return None
    return Rule(row.arn, (row.account, row.region, row.parent), Pattern(text), row.facts["since"])
