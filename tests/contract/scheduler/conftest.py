"""Clients of one shared server, and names of a test's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def scheduler(shared_server: Any) -> Any:
    return shared_server.client("scheduler")


@pytest.fixture
def unique() -> Callable[[str], str]:
    """`unique("name")` is a name that no other test uses."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:10]}"
