"""Random requests that AWS's model allows are answered or refused in AWS's words, never with an error of ours."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.services.registry import Services

SAMPLES = 12
OPERATIONS = [
    name for name in Models().service("codecommit").operation_names if Services().find("codecommit", name) is not None
]
ODD = ("", "/", "..", "a//b", "ünïcødé ☃", "two\nlines", "x" * 300, "refs/heads/main", "HEAD", "0" * 40, "-1", "\0")


class Requests:
    """Requests of one seed; half of their names are of things that are there."""

    def __init__(self, seed: int, known: Mapping[str, list[str]]) -> None:
        self._random = random.Random(seed)
        self._known = known

    def structure(self, shape: StructureShape) -> dict[str, Any]:
        return {
            name: self.value(name, member)
            for name, member in shape.members.items()
            if name in shape.required_members or self._random.random() < 0.4
        }

    def value(self, name: str, shape: Shape) -> Any:
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape):
            return [self.value(name, shape.member) for _ in range(self._random.randint(0, 3))]
        if isinstance(shape, MapShape):
            return {f"key{at}": self.value(name, shape.value) for at in range(self._random.randint(0, 2))}
        if shape.metadata.get("enum"):
            return self._random.choice(shape.metadata["enum"])
        if shape.type_name == "string":
            return self._text(name)
        numbers = (0, 1, 2, 99, -1, 2**31 - 1)
        plain = {"boolean": (True, False), "blob": (b"", b"text\n", b"\0\xff"), "timestamp": (0.0, 1.7e9)}
        return self._random.choice(plain.get(shape.type_name, numbers))

    def _text(self, name: str) -> str:
        kind = next((kind for kind in self._known if kind.lower() in name.lower()), None)
        if kind is not None and self._random.random() < 0.7:
            return self._random.choice(self._known[kind])
        return self._random.choice(ODD)


@pytest.fixture
def known(codecommit, filled, head, put) -> dict[str, list[str]]:
    """Names of things that are there, by what members are called."""
    first = head(filled)
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=first)
    put(filled, "side", "code/train.py", b"other\n")
    put(filled, "main", "code/train.py", b"main\n")
    asked = codecommit.create_pull_request(title="x", targets=[{"repositoryName": filled, "sourceReference": "side"}])[
        "pullRequest"
    ]
    comment = codecommit.post_comment_for_compared_commit(repositoryName=filled, afterCommitId=first, content="x")[
        "comment"
    ]
    commits = [first, head(filled), head(filled, "side")]
    return {
        "repositoryName": [filled],
        "oldName": [filled],
        "branchName": ["main", "side", "new"],
        "targetBranch": ["main", "side"],
        "reference": ["main", "side", "refs/heads/side"],
        "specifier": ["main", "side", "HEAD", *commits],
        "commitId": commits,
        "blobId": [codecommit.get_file(repositoryName=filled, filePath="README.md")["blobId"]],
        "path": ["README.md", "code", "code/train.py", "/new/file"],
        "pullRequestId": [asked["pullRequestId"]],
        "revisionId": [asked["revisionId"]],
        "commentId": [comment["commentId"]],
        "inReplyTo": [comment["commentId"]],
        "resourceArn": [codecommit.get_repository(repositoryName=filled)["repositoryMetadata"]["Arn"]],
        "approvalRuleName": ["rule"],
        "Content": ['{"Version": "2018-11-08", "Statements": [{"Type": "Approvers", "NumberOfApprovalsNeeded": 1}]}'],
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_breaks_an_operation(operation, shared_server, known):
    api = shared_server.api()
    shape = Models().operation("codecommit", operation).input_shape
    broken = []
    for seed in range(SAMPLES):
        params = Requests(seed, known).structure(shape)
        try:
            api("codecommit", operation, params)
        except AwsError as error:
            if error.status >= 500:
                broken.append((params, error))
    assert broken == []
