"""Clients of one shared server."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def groups(shared_server: Any) -> Any:
    return shared_server.client("resource-groups")


@pytest.fixture(scope="session")
def tagging(shared_server: Any) -> Any:
    return shared_server.client("resourcegroupstaggingapi")


@pytest.fixture(scope="session")
def sagemaker(shared_server: Any) -> Any:
    return shared_server.client("sagemaker")
