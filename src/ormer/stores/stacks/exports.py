"""Values that stacks export under names of their region, and who imports them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from ormer.stores.database import Tx, insert_or_ignore
from ormer.stores.resources import Row
from ormer.stores.stacks.tables import exports, imports


class ExportFault(Exception):
    """An export that cannot be made, changed or taken away; the text says why."""


def value(tx: Tx, account: str, region: str, name: str) -> str | None:
    """What is exported under a name, None when nothing is."""
    c = exports.c
    found = tx.one(sa.select(c.value).where(c.account == account, c.region == region, c.name == name))
    return str(found["value"]) if found else None


def listed(tx: Tx, account: str, region: str) -> list[dict[str, str]]:
    """Every export of a region in AWS's words, by name."""
    c = exports.c
    rows = tx.all(sa.select(exports).where(c.account == account, c.region == region).order_by(c.name))
    return [{"ExportingStackId": row["stack_arn"], "Name": row["name"], "Value": row["value"]} for row in rows]


def importers(tx: Tx, account: str, region: str, name: str) -> list[str]:
    """The ids of the stacks that import a name."""
    c = imports.c
    found = tx.all(sa.select(c.stack_arn).where(c.account == account, c.region == region, c.name == name))
    return [row["stack_arn"] for row in found]


def put(tx: Tx, stack: Row, wanted: Mapping[str, str]) -> None:
    """Make `wanted` ({name: value}) a stack's exports. Raises ExportFault for one in use or of another stack."""
    before = _of(tx, stack)
    for name in before:
        if wanted.get(name) != before[name]:
            _refuse_in_use(tx, stack, name, "updated" if name in wanted else "deleted")
    tx.execute(sa.delete(exports).where(exports.c.stack_arn == stack.arn))
    for name, text in wanted.items():
        values = {"account": stack.account, "region": stack.region, "name": name, "stack_arn": stack.arn, "value": text}
        if not tx.execute(insert_or_ignore(tx, exports), values).rowcount:
            raise ExportFault(f"Export with name {name} is already exported by stack {_owner(tx, stack, name)}.")


def check_unused(tx: Tx, stack: Row) -> None:
    """Raise ExportFault when another stack imports what this one exports."""
    for name in _of(tx, stack):
        _refuse_in_use(tx, stack, name, "deleted")


def forget(tx: Tx, stack: Row) -> None:
    """Take away a stack's exports and imports."""
    tx.execute(sa.delete(exports).where(exports.c.stack_arn == stack.arn))
    put_imports(tx, stack, ())


def put_imports(tx: Tx, stack: Row, names: tuple[str, ...]) -> None:
    """Note what a stack imports."""
    tx.execute(sa.delete(imports).where(imports.c.stack_arn == stack.arn))
    for name in names:
        values = {"stack_arn": stack.arn, "name": name, "account": stack.account, "region": stack.region}
        tx.execute(sa.insert(imports), values)


def _of(tx: Tx, stack: Row) -> dict[str, str]:
    found = tx.all(sa.select(exports).where(exports.c.stack_arn == stack.arn).order_by(exports.c.name))
    return {row["name"]: row["value"] for row in found}


def _refuse_in_use(tx: Tx, stack: Row, name: str, verb: str) -> None:
    users = [arn.split("/")[1] for arn in importers(tx, stack.account, stack.region, name) if arn != stack.arn]
    if users:
        raise ExportFault(f"Export {name} cannot be {verb} as it is in use by {' and '.join(sorted(users))}")


def _owner(tx: Tx, stack: Row, name: str) -> str:
    c = exports.c
    found = tx.one(sa.select(c.stack_arn).where(c.account == stack.account, c.region == stack.region, c.name == name))
    return str(found["stack_arn"]).split("/")[1] if found else "another"
