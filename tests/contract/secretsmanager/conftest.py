"""Clients of one shared server."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def secretsmanager(shared_server: Any) -> Any:
    return shared_server.client("secretsmanager")
