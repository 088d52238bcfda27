"""Filters of lists of parameters.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import tagging
from ormer.stores.parameter_versions import Version
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
MEMBERS = {"Type": "Type", "KeyId": "KeyId", "Tier": "Tier", "DataType": "DataType"}
EQUALS, BEGINS, CONTAINS = "Equals", "BeginsWith", "Contains"
ONE_LEVEL, RECURSIVE = "OneLevel", "Recursive"


def translated(older: Iterable[JsonDict]) -> list[JsonDict]:
    """Filters of the older form: names by how they begin, all else as it is."""
    return [{**one, "Option": BEGINS if one["Key"] == "Name" else EQUALS} for one in older]


def kept(call: Call, rows: Sequence[Row], newest: Mapping[str, Version], given: Sequence[JsonDict]) -> list[Row]:
    """The parameters that meet every filter. Raises InvalidFilterKey, InvalidFilterOption, InvalidFilterValue."""
    for one in given:
        _check(one)
    with call.read() as tx:
        return [row for row in rows if all(_meets(one, row, newest[row.arn], tagging.of(tx, row.arn)) for one in given)]


def _check(one: JsonDict) -> None:
    key, option = one["Key"], one.get("Option", EQUALS)
    if key not in ("Name", "Path", *MEMBERS) and not key.startswith("tag:"):
        raise AwsError("InvalidFilterKey", f"The filter key {key} is not valid here.")
    options = {"Path": (ONE_LEVEL, RECURSIVE, EQUALS), "Name": (EQUALS, BEGINS, CONTAINS)}.get(key, (EQUALS, BEGINS))
    if option not in options:
        raise AwsError("InvalidFilterOption", f"The filter option {option} is not valid for {key}: use {options}.")
    if not one.get("Values") and not key.startswith("tag:"):
        raise AwsError("InvalidFilterValue", f"The filter {key} needs values.")
    if key == "Path" and not all(value.startswith("/") for value in one["Values"]):
        raise AwsError("InvalidFilterValue", 'A path begins with "/".')


def _meets(one: JsonDict, row: Row, version: Version, tags: Mapping[str, str]) -> bool:
    key, wanted = one["Key"], one.get("Values", [])
    option = one.get("Option", EQUALS)
    if key == "Path":
        return any(_below(row.name, path, option) for path in wanted)
    if key.startswith("tag:"):
        value = tags.get(key.removeprefix("tag:"))
        return value is not None and (not wanted or value in wanted)
    found = row.name if key == "Name" else str(version.document.get(MEMBERS[key], ""))
    if key == "Name":
        found, wanted = found.removeprefix("/"), [each.removeprefix("/") for each in wanted]
    if option == BEGINS:
        return any(found.startswith(each) for each in wanted)
    if option == CONTAINS:
        return any(each in found for each in wanted)
    return found in wanted


def _below(name: str, path: str, option: str) -> bool:
    prefix = path if path.endswith("/") else f"{path}/"
    if not name.startswith(prefix):
        return False
    return option == RECURSIVE or "/" not in name[len(prefix) :]
