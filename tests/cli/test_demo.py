"""The demo's parts that need no story: its commit, and what it shows while it waits."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console
from tests.conftest import Live

from ormer import templates
from ormer.cli import demo_commit
from ormer.cli.demo_board import Line, watch

SEED = Path(templates.__path__[0]) / "seeds" / "model-building-workflow"
REPOSITORY = "sagemaker-abalone-p-1-modelbuild"


def rounds(server: Live) -> str:
    """The line of the repository's newest commit that says for how many rounds to train."""
    answer = server.client("codecommit").get_file(repositoryName=REPOSITORY, filePath=demo_commit.FILE)
    (line,) = [line for line in answer["fileContent"].decode().splitlines() if '"num_round"' in line]
    return line.strip()


def test_every_push_of_the_demo_changes_the_rounds_of_the_repository(server: Live) -> None:
    codecommit = server.client("codecommit")
    codecommit.create_repository(repositoryName=REPOSITORY)
    file = {"filePath": demo_commit.FILE, "fileContent": (SEED / demo_commit.FILE).read_bytes()}
    codecommit.create_commit(repositoryName=REPOSITORY, branchName="main", putFiles=[file])
    assert rounds(server) == '"num_round": 50,'

    commit, message = demo_commit.push(server.config, REPOSITORY)

    assert rounds(server) == '"num_round": 70,'
    found = codecommit.get_commit(repositoryName=REPOSITORY, commitId=commit)["commit"]
    assert found["message"].strip() == message == "Train for 70 rounds instead of 50"
    branch = codecommit.get_branch(repositoryName=REPOSITORY, branchName="main")["branch"]
    assert branch["commitId"] == commit
    demo_commit.push(server.config, REPOSITORY)
    assert rounds(server) == '"num_round": 90,'


@pytest.mark.parametrize("now", [1, 50, 70, 90, 149, 150, 5000])
def test_another_number_of_rounds_is_never_the_same_and_never_runs_away(now: int) -> None:
    assert demo_commit.next_rounds(now) != now
    assert 50 <= demo_commit.next_rounds(now) < 200


def test_without_a_terminal_each_line_is_told_once_when_it_has_ended() -> None:
    page = io.StringIO()
    looks = iter(
        [
            ([Line("Build", "InProgress", 10.0)], False),
            ([Line("Build", "Succeeded", 10.0, 12.5)], False),
            ([Line("Build", "Succeeded", 10.0, 12.5), Line("Test", "Failed", 13.0, 14.0)], True),
        ]
    )
    watch(Console(file=page, width=100), lambda: next(looks))
    told = page.getvalue().splitlines()
    assert [line.split() for line in told] == [["✓", "Build", "2.5", "s"], ["✕", "Test", "1.0", "s"]]
