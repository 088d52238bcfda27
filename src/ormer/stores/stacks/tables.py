"""Tables of stacks: names in use, what was asked for, the resources of each stack, events, exports and imports."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# A deleted stack stays to be described by its id while its name is free again, so names in use stand apart.
names = sa.Table(
    "stack_names",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("arn", sa.Text, nullable=False),
)

# What a stack was asked to be: template, parameters, tags. A change set has its own before its stack takes it over.
requests = sa.Table(
    "stack_requests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("stack_arn", sa.Text, nullable=False),
    # As it came out of its macros; `original` is what was given, NULL where they are the same.
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("original", sa.Text),
    # {parameter: text}, defaults included.
    sa.Column("parameters", Document, nullable=False),
    sa.Column("tags", Document, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Index("ix_stack_requests_stack", "stack_arn"),
)

# One row a physical resource.
#   part  ""    it stands
#         new   made by the operation under way; stays when that succeeds, goes when it is rolled back
#         old   replaced or left out by the operation under way; goes when that succeeds, stays when it is rolled back
#         stray made by an operation that failed, and not wanted by the next; goes either way
#   todo  create | replace (create in place of another) | decide (whether the new template changes it) | update |
#         restore | delete, "" when nothing is left
#   waits whether the resource was asked to change and is not there yet
members = sa.Table(
    "stack_members",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("stack_arn", sa.Text, nullable=False),
    sa.Column("logical_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("physical_id", sa.Text, nullable=False, default=""),
    sa.Column("arn", sa.Text, nullable=False, default=""),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("part", sa.Text, nullable=False, default=""),
    sa.Column("todo", sa.Text, nullable=False, default=""),
    sa.Column("waits", sa.Boolean, nullable=False, default=False),
    sa.Column("status", sa.Text, nullable=False, default=""),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("modified", sa.Float, nullable=False),
    # Resolved properties and own tags as they were applied, and what Fn::GetAtt gives.
    sa.Column("properties", Document, nullable=False),
    sa.Column("tags", Document, nullable=False),
    sa.Column("attributes", Document, nullable=False),
    # Of the declaration: {"depends": [logical ids], "deletion": policy, "replace": policy, "metadata": {…},
    # "ignored": [members without effect]}.
    sa.Column("declared", Document, nullable=False),
    # What a rollback brings back: properties, tags and declaration as they were before the operation under way.
    sa.Column("before", Document),
    sqlite_autoincrement=True,
)
sa.Index("ix_stack_members_stack", members.c.stack_arn, members.c.position)
sa.Index("ix_stack_members_physical", members.c.physical_id)

journal = sa.Table(
    "stack_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("stack_arn", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("logical_id", sa.Text, nullable=False),
    sa.Column("physical_id", sa.Text, nullable=False, default=""),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("token", sa.Text, nullable=False, default=""),
    sa.Column("time", sa.Float, nullable=False),
    sa.Index("ix_stack_events_stack", "stack_arn", "id"),
    sqlite_autoincrement=True,
)

exports = sa.Table(
    "stack_exports",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("stack_arn", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("ix_stack_exports_stack", "stack_arn"),
)

imports = sa.Table(
    "stack_imports",
    metadata,
    sa.Column("stack_arn", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Index("ix_stack_imports_name", "account", "region", "name"),
)
