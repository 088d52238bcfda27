"""Clients of one shared server, and queues of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def sqs(shared_server: Any) -> Any:
    return shared_server.client("sqs")


@pytest.fixture
def queue(sqs: Any, unique: Callable[[str], str]) -> Callable[..., str]:
    """Make a queue of these attributes; returns its URL."""

    def make(**attributes: str) -> str:
        ending = ".fifo" if attributes.get("FifoQueue") == "true" else ""
        made: str = sqs.create_queue(QueueName=unique("queue") + ending, Attributes=attributes)["QueueUrl"]
        return made

    return make
