"""A house whose calendar stands and whose worker does not run: tests look when they want."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ormer.app import House, build
from ormer.aws.clock import ManualClock
from ormer.aws.identities import root_identity
from ormer.stores.port import Api

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def still(config: Any, clock: ManualClock) -> Iterator[House]:
    made = build(config, clock, strict=True)
    yield made
    made.stores.close()


@pytest.fixture
def api(still: House) -> Api:
    return still.port.acting_as(root_identity(still.config.account), "us-east-1")
