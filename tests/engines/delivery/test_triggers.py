"""Triggers: which branches, tags, files and pull requests start a pipeline behind a connection, and with what."""

from __future__ import annotations

from typing import Any

import pytest

from ormer.aws.errors import AwsError
from ormer.engines.delivery import triggers
from ormer.engines.delivery.pushes import Pushes
from ormer.engines.delivery.triggers import Moved
from ormer.stores import connections
from ormer.stores.connections import Remote

from .conftest import ACCOUNT, ROLE, STORE, Bench, action, ask, stage


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("main", "main", True),
        ("main", "mainly", False),
        ("feature-*", "feature-x", True),
        ("feature/*", "feature/x/y", False),
        ("feature/**", "feature/x/y", True),
        ("**/README.md", "README.md", True),
        ("**/README.md", "docs/a/README.md", True),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/a/b.py", False),
        ("v?.[0-9]", "v1.2", True),
        ("v?.[!0-9]", "v1.2", False),
        ("{dev,test}-*", "test-1", True),
        ("a.b", "aXb", False),
    ],
)
def test_globs_fit_as_at_codepipeline(pattern: str, name: str, fits: bool) -> None:
    assert triggers.matches(pattern, name) is fits


def test_excludes_win_and_alone_let_all_else_through() -> None:
    only_not = {"push": [{"branches": {"excludes": ["wip-*"]}}]}
    assert triggers.start(only_not, Moved("c", branch="main"))
    assert not triggers.start(only_not, Moved("c", branch="wip-1"))
    both = {"push": [{"branches": {"includes": ["*"], "excludes": ["main"]}}]}
    assert not triggers.start(both, Moved("c", branch="main"))


def test_a_filter_needs_branch_and_files_to_fit_and_any_filter_is_enough() -> None:
    given = {
        "push": [
            {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]}},
            {"tags": {"includes": ["v*"]}},
        ]
    }
    assert triggers.start(given, Moved("c", branch="main", paths=["src/a.py", "src/README.md"]))
    assert not triggers.start(given, Moved("c", branch="main", paths=["src/README.md", "docs/a"]))
    assert not triggers.start(given, Moved("c", branch="other", paths=["src/a.py"]))
    assert triggers.start(given, Moved("c", tag="v1"))
    assert not triggers.start(given, Moved("c", tag="w1"))


@pytest.fixture
def hub(bench: Bench) -> str:
    """A connection behind which the repository `churn` of ours stands."""
    given = {"ProviderType": "GitHub", "ConnectionName": "hub"}
    arn = str(bench.api("codeconnections", "CreateConnection", given)["ConnectionArn"])
    bench.api("codecommit", "CreateRepository", {"repositoryName": "churn"})
    stores = bench.house.stores
    with stores.database.write() as tx:
        row = connections.find(tx, ACCOUNT, "us-east-1", "hub")
        assert row is not None
        connections.use(tx, row, stores.vault, "me/churn", Remote(repository="churn"), stores.clock.now())
    return arn


@pytest.fixture
def repository(bench: Bench, hub: str) -> str:
    found = bench.house.stores.repositories.named(ACCOUNT, "us-east-1", "churn")
    assert found is not None
    bench.house.stores.repositories.seed(found, "main", {"a.txt": b"one"}, "first")
    return found


def declaration(hub: str, **configuration: Any) -> dict[str, Any]:
    given = {"ConnectionArn": hub, "FullRepositoryId": "me/churn", "BranchName": "main", "DetectChanges": "false"}
    source = action("Code", "Source", "CodeStarSourceConnection", given, outputArtifacts=[{"name": "Code"}])
    trigger = {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Code", **configuration},
    }
    return {
        "name": "web",
        "roleArn": ROLE,
        "pipelineType": "V2",
        "executionMode": "QUEUED",
        "artifactStore": {"type": "S3", "location": STORE},
        "stages": [stage("Source", source), ask()],
        "triggers": [trigger],
    }


def begun(bench: Bench, pushes: Pushes) -> int:
    """How many executions there are once every push was looked at."""
    while pushes.step():
        pass
    return len(bench.executions("web"))


def test_a_push_starts_the_pipeline_with_its_branch_and_commit(bench: Bench, hub: str, repository: str) -> None:
    repositories, pushes = bench.house.stores.repositories, Pushes(bench.house.stores)
    filters = [
        {"branches": {"includes": ["release/**"]}, "filePaths": {"includes": ["src/**"]}},
        {"tags": {"includes": ["v*"]}},
    ]
    bench("CreatePipeline", pipeline=declaration(hub, push=filters))
    assert begun(bench, pushes) == 1
    repositories.seed(repository, "main", {"src/a.py": b"1"}, "on main")
    repositories.seed(repository, "release/1", {"docs/a.md": b"1"}, "no source")
    assert begun(bench, pushes) == 1
    commit = repositories.seed(repository, "release/1", {"src/b.py": b"2"}, "a source")
    assert begun(bench, pushes) == 2
    newest = bench.executions("web")[0]
    assert newest["trigger"] == {"triggerType": "WebhookV2", "triggerDetail": hub}

    def revision() -> str:
        found = bench.execution("web", bench.newest("web"))["artifactRevisions"]
        return str(found[0]["revisionId"]) if found else ""

    bench.until(lambda: revision() == commit)
    runs = bench("ListActionExecutions", pipelineName="web")["actionExecutionDetails"]
    names = [one["output"]["outputVariables"]["BranchName"] for one in runs if one["actionName"] == "Code"]
    assert names[0] == "release/1"
    repositories.move(repository, "refs/tags/v1", commit, None, "")
    repositories.move(repository, "refs/tags/nightly", commit, None, "")
    assert begun(bench, pushes) == 3


def test_a_pull_request_starts_the_pipeline_with_its_source(bench: Bench, hub: str, repository: str) -> None:
    repositories, pushes = bench.house.stores.repositories, Pushes(bench.house.stores)
    pulls = [{"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main"]}}]
    bench("CreatePipeline", pipeline=declaration(hub, pullRequest=pulls))
    repositories.seed(repository, "feature", {"b.txt": b"1"}, "a feature")
    assert begun(bench, pushes) == 1
    target = {"repositoryName": "churn", "sourceReference": "feature", "destinationReference": "main"}
    bench.api("codecommit", "CreatePullRequest", {"title": "x", "targets": [target]})
    assert begun(bench, pushes) == 2
    commit = repositories.seed(repository, "feature", {"b.txt": b"2"}, "better")
    assert begun(bench, pushes) == 3
    bench.until(
        lambda: (
            [one["revisionId"] for one in bench.execution("web", bench.newest("web"))["artifactRevisions"]] == [commit]
        )
    )


def test_a_trigger_that_watches_nothing_is_refused(bench: Bench, hub: str) -> None:
    wrong = declaration(hub, push=[{"tags": {"includes": ["v*"]}, "branches": {"includes": ["main"]}}])
    with pytest.raises(AwsError, match="tags, or at branches"):
        bench("CreatePipeline", pipeline=wrong)
    wrong["triggers"][0]["gitConfiguration"] = {"sourceActionName": "Nobody"}
    with pytest.raises(AwsError, match="watches Nobody"):
        bench("CreatePipeline", pipeline=wrong)
