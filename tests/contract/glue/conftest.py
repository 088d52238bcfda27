"""A client of Glue and a database of a test's own."""

from __future__ import annotations

import uuid
from typing import Any

import pytest


@pytest.fixture(scope="session")
def glue(shared_server: Any) -> Any:
    return shared_server.client("glue")


@pytest.fixture
def database(glue: Any) -> str:
    name = f"shop_{uuid.uuid4().hex[:10]}"
    glue.create_database(DatabaseInput={"Name": name, "Description": "a shop's"})
    return name
