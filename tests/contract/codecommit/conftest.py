"""A client of one shared server, and repositories of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ormer.stores import events


@pytest.fixture(scope="session")
def codecommit(shared_server: Any) -> Any:
    return shared_server.client("codecommit")


@pytest.fixture
def empty(codecommit: Any, unique: Callable[[str], str]) -> str:
    """The name of an empty repository."""
    return codecommit.create_repository(repositoryName=unique("empty"))["repositoryMetadata"]["repositoryName"]


@pytest.fixture
def filled(codecommit: Any, empty: str) -> str:
    """The name of a repository whose branch `main` has README.md, code/train.py and code/run.sh."""
    codecommit.create_commit(
        repositoryName=empty,
        branchName="main",
        authorName="Ada",
        email="ada@example.com",
        commitMessage="First",
        putFiles=[
            {"filePath": "README.md", "fileContent": b"# Abalone\n"},
            {"filePath": "code/train.py", "fileContent": b"one\ntwo\nthree\nfour\nfive\n"},
            {"filePath": "code/run.sh", "fileContent": b"#!/bin/sh\n", "fileMode": "EXECUTABLE"},
        ],
    )
    return empty


@pytest.fixture
def head(codecommit: Any) -> Callable[..., str]:
    """`head(repository, branch)` is the branch's newest commit."""

    def newest(repository: str, branch: str = "main") -> str:
        return codecommit.get_branch(repositoryName=repository, branchName=branch)["branch"]["commitId"]

    return newest


@pytest.fixture
def put(codecommit: Any, head: Callable[..., str]) -> Callable[..., str]:
    """`put(repository, branch, path, content)` commits one file; returns the commit's id."""

    def commit(repository: str, branch: str, path: str, content: bytes) -> str:
        return codecommit.put_file(
            repositoryName=repository,
            branchName=branch,
            filePath=path,
            fileContent=content,
            parentCommitId=head(repository, branch),
        )["commitId"]

    return commit


@pytest.fixture
def told(shared_server: Any, codecommit: Any) -> Callable[..., list[dict[str, Any]]]:
    """`told(repository)` are the details of all events about it, oldest first; of one type where that is given."""

    def details(repository: str, detail_type: str = "CodeCommit Repository State Change") -> list[dict[str, Any]]:
        arn = codecommit.get_repository(repositoryName=repository)["repositoryMetadata"]["Arn"]
        with shared_server.house.stores.database.read() as tx:
            found = [event for event in events.about(tx, arn) if event["detail_type"] == detail_type]
        assert all(event["source"] == "aws.codecommit" for event in found)
        return [event["detail"] for event in reversed(found)]

    return details
