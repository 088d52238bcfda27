"""A delivery pipeline's declaration as the engine reads it: it was checked when it was stored."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

JsonDict = dict[str, Any]
DEFAULT_ORDER = 1


@dataclass(frozen=True)
class Stage:
    """One stage. groups: its actions' declarations, those that run together in one list, in their order."""

    name: str
    groups: list[list[JsonDict]]

    @property
    def actions(self) -> dict[str, JsonDict]:
        """{name: declaration}."""
        return {action["name"]: action for group in self.groups for action in group}


def stages_of(declaration: JsonDict) -> list[Stage]:
    """The stages in their order."""
    return [Stage(one["name"], _groups(one["actions"])) for one in declaration["stages"]]


def _groups(actions: list[JsonDict]) -> list[list[JsonDict]]:
    ordered = sorted(actions, key=_order)
    return [list(group) for _, group in groupby(ordered, key=_order)]


def _order(action: JsonDict) -> int:
    return int(action.get("runOrder") or DEFAULT_ORDER)


def bucket_of(declaration: JsonDict, region: str) -> str:
    """The bucket that artifacts lie in."""
    store = declaration.get("artifactStores", {}).get(region) or declaration.get("artifactStore", {})
    return str(store.get("location", ""))
