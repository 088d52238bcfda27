"""A database of a test's own, on a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ormer.aws.clock import ManualClock
from ormer.stores.database import Database
from ormer.stores.stores import Stores, open_stores


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stores(tmp_path: Path, clock: ManualClock) -> Iterator[Stores]:
    made = open_stores(tmp_path / "home", tmp_path / "home" / "ormer.db", clock)
    yield made
    made.close()


@pytest.fixture
def database(stores: Stores) -> Database:
    return stores.database
