"""Clients of one shared server, under both names of the service."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def codeconnections(shared_server: Any) -> Any:
    return shared_server.client("codeconnections")


@pytest.fixture(scope="session")
def codestar_connections(shared_server: Any) -> Any:
    return shared_server.client("codestar-connections")
