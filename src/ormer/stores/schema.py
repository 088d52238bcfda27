"""The whole schema: importing this module declares every table on `metadata`, each in the room that owns it."""

from __future__ import annotations

from ormer.stores import async_inferences
from ormer.stores import tables as core_tables
from ormer.stores.objects import tables as object_tables
from ormer.stores.runs import tables as run_tables

metadata = core_tables.metadata

__all__ = ["async_inferences", "core_tables", "metadata", "object_tables", "run_tables"]
