"""Clients of one shared server, under both names of the service."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def codeconnections(shared_server: Any) -> Any:
    return shared_server.client("codeconnections")


@pytest.fixture(scope="session")
def codestar_connections(shared_server: Any) -> Any:
    return shared_server.client("codestar-connections")


@pytest.fixture
def unique() -> Callable[[str], str]:
    """`unique("hub")` is a name that no other test uses."""
    return lambda prefix: f"{prefix}-{uuid.uuid4().hex[:10]}"
