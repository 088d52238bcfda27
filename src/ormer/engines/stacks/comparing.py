"""What a new template changes about a resource, and whether the change needs another physical one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ormer.engines.stacks.contracts import ResourceType
from ormer.engines.stacks.language.values import plain

JsonDict = dict[str, Any]
TagList = list[dict[str, str]]


@dataclass(frozen=True)
class Changed:
    """A property that differs; replaces: whether its change needs another physical resource."""

    name: str
    replaces: bool


def changed(kind: ResourceType, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Changed]:
    """The properties that differ, by name; `1` and "1" do not."""
    found = []
    for name in sorted({*before, *after}):
        if plain(before.get(name)) != plain(after.get(name)):
            found.append(Changed(name, _replaces(kind, name, before, after)))
    return found


def _replaces(kind: ResourceType, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if kind.update is None or name in kind.replaces:
        return True
    inner = [path.split(".") for path in kind.replaces if path.startswith(f"{name}.")]
    return any(plain(_at(before, path)) != plain(_at(after, path)) for path in inner)


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def tag_list(value: Any) -> TagList:
    """A Tags property, a list of pairs or a map, as pairs. Raises ValueError for anything else."""
    if isinstance(value, Mapping):
        return [{"Key": key, "Value": str(plain(inner))} for key, inner in value.items()]
    if not isinstance(value, list):
        raise ValueError("Tags must be a list of Key and Value")
    pairs = []
    for each in value:
        if not isinstance(each, Mapping) or not {"Key", "Value"} >= set(each) or "Key" not in each:
            raise ValueError("Tags must be a list of Key and Value")
        pairs.append({"Key": str(plain(each["Key"])), "Value": str(plain(each.get("Value", "")))})
    return pairs


def merged_tags(stack: TagList, own: TagList) -> TagList:
    """A resource's tags by key: the stack's, and its own before them."""
    merged = {pair["Key"]: pair["Value"] for pair in [*stack, *own]}
    return [{"Key": key, "Value": merged[key]} for key in sorted(merged)]
