"""Clients of one shared server, and names of a test's own."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def events(shared_server: Any) -> Any:
    return shared_server.client("events")
