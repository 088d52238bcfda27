"""A client of Lambda on a shared server, and functions made of a few lines."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

ROLE = "service-role/AmazonSageMakerProjectsLambdaRole"


@pytest.fixture(scope="session", autouse=True)
def kept_runtimes(shared_server, runtimes: Path) -> None:
    """The built environment is kept between sessions where one asks for it."""
    place = shared_server.config.home / "runtimes"
    if not place.exists():
        os.symlink(runtimes, place)


@pytest.fixture(scope="session")
def functions(shared_server) -> Any:
    return shared_server.client("lambda")


@pytest.fixture(scope="session")
def role(shared_server) -> str:
    return f"arn:aws:iam::{shared_server.config.account}:role/{ROLE}"


@pytest.fixture(scope="session")
def names() -> Iterator[str]:
    return (f"function-{number}" for number in count())


@pytest.fixture
def function(functions, role, names) -> Callable[..., str]:
    """Create a function of the text of its index.py. Returns its name."""

    def create(text: str, **more: Any) -> str:
        name = next(names)
        request = {
            "Runtime": "python3.11",
            "Role": role,
            "Handler": "index.handler",
            "Code": {"ZipFile": zipped({"index.py": text})},
            **more,
        }
        functions.create_function(FunctionName=name, **request)
        return name

    return create


@pytest.fixture
def ask(functions) -> Callable[..., Any]:
    """Invoke a function and read its answer."""

    def invoke(name: str, event: Any = None, **more: Any) -> Any:
        return json.loads(functions.invoke(FunctionName=name, Payload=json.dumps(event), **more)["Payload"].read())

    return invoke


@pytest.fixture
def lines(shared_server) -> Callable[[str], list[str]]:
    """What stands in a function's log, the oldest first; [] while there is none."""
    logs = shared_server.client("logs")

    def read(name: str) -> list[str]:
        try:
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [one["message"] for one in found]

    return read


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
