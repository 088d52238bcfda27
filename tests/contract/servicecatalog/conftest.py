"""Clients of one shared server, and projects waited for."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="session")
def servicecatalog(shared_server: Any) -> Any:
    return shared_server.client("servicecatalog")


@pytest.fixture(scope="session")
def sagemaker(shared_server: Any) -> Any:
    return shared_server.client("sagemaker")
