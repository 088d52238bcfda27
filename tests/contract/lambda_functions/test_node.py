"""Functions in Node.js run: modules of both kinds, promises and callbacks, errors in AWS's shape, logs, the SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import zipped

ANSWER = "exports.handler = async (event) => event;\n"


@pytest.fixture
def node(function) -> Callable[..., str]:
    """Create a function in Node.js of the text of its index.js, or of `files`. Returns its name."""

    def create(text: str = "", files: dict[str, str] | None = None, **more: Any) -> str:
        code = {"ZipFile": zipped(files or {"index.js": text})}
        return function("", Code=code, **{"Runtime": "nodejs22.x", "Timeout": 30, **more})

    return create


def test_a_function_answers_what_its_handler_returns(node, functions):
    name = node("exports.handler = async (event) => ({ twice: event.number * 2 });\n")
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"number": 21}))
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"twice": 42}
