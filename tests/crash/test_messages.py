"""kill -9 at the commits of messages and secrets: what was acknowledged is there, what was sent twice is there once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.crash.lives import Patient, lives

JsonDict = dict[str, Any]
SAMPLE = 6
COUNT = 6


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_no_message_and_no_secret_is_lost_or_doubled_whichever_commit_the_server_is_killed_at(
    killed_at_commits: Callable[..., None],
) -> None:
    killed_at_commits(_story, "messages and secrets", SAMPLE)


def _story(home: Path, kills: Sequence[str]) -> tuple[int, int]:
    """(commits of the last server, how many were killed) of one story."""
    with lives(home, kills) as servers:
        client = Patient(servers)
        _tell(client)
    return servers.commits, servers.killed


def _tell(client: Patient) -> None:
    words = {"FifoQueue": "true", "VisibilityTimeout": "0"}
    url = client.call("sqs", "create_queue", QueueName="kept.fifo", Attributes=words)["QueueUrl"]
    for number in range(COUNT):
        # A client that was not answered sends the same message again.
        own = {"MessageGroupId": "g", "MessageDeduplicationId": str(number)}
        client.call("sqs", "send_message", QueueUrl=url, MessageBody=str(number), **own)
    tokens = [str(uuid.uuid4()) for _ in range(3)]
    client.call("secretsmanager", "create_secret", Name="kept", SecretString="0", ClientRequestToken=tokens[0])
    for number, token in enumerate(tokens[1:], 1):
        own = {"SecretId": "kept", "SecretString": str(number), "ClientRequestToken": token}
        client.call("secretsmanager", "put_secret_value", **own)
    found = client.call("sqs", "receive_message", QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [one["Body"] for one in found] == [str(number) for number in range(COUNT)]
    versions = client.call("secretsmanager", "list_secret_version_ids", SecretId="kept", IncludeDeprecated=True)
    stages = {one["VersionId"]: one["VersionStages"] for one in versions["Versions"]}
    assert stages == {tokens[0]: [], tokens[1]: ["AWSPREVIOUS"], tokens[2]: ["AWSCURRENT"]}, json.dumps(stages)
