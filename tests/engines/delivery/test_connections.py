"""Sources behind code connections: repositories of ours, folders, and addresses that ask for a password."""

from __future__ import annotations

import base64
import io
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ormer.engines.delivery.pushes import Pushes
from ormer.stores import connections
from ormer.stores.connections import EVERY, Remote, Unusable

from .conftest import ACCOUNT, ROLE, STORE, Bench, action, ask, stage

NOBODYS = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/bin:/bin:/usr/local/bin"}


@pytest.fixture
def hub(bench: Bench) -> str:
    """The ARN of a connection behind which nothing stands."""
    given = {"ProviderType": "GitHub", "ConnectionName": "hub"}
    return str(bench.api("codeconnections", "CreateConnection", given)["ConnectionArn"])


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A bare repository elsewhere, with two commits on `main`."""
    work, bare = tmp_path / "work", tmp_path / "elsewhere.git"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(work))
    for number in ("one", "two"):
        (work / "index.html").write_text(number)
        git(work, "add", ".")
        git(work, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", number)
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(bare))
    git(bare, "update-server-info")
    return bare


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=NOBODYS, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def use(bench: Bench, repository_id: str, remote: Remote) -> None:
    stores = bench.house.stores
    with stores.database.write() as tx:
        row = connections.find(tx, ACCOUNT, "us-east-1", "hub")
        assert row is not None
        connections.use(tx, row, stores.vault, repository_id, remote, stores.clock.now())


def declaration(name: str, arn: str, **configuration: str) -> dict[str, Any]:
    given = {"ConnectionArn": arn, "FullRepositoryId": "me/churn", "BranchName": "main", **configuration}
    source = action("Code", "Source", "CodeStarSourceConnection", given, outputArtifacts=[{"name": "Code"}])
    store = {"type": "S3", "location": STORE}
    return {"name": name, "roleArn": ROLE, "artifactStore": store, "stages": [stage("Source", source), ask()]}


def create(bench: Bench, arn: str, **configuration: str) -> str:
    """Make the pipeline `web`; returns its first execution."""
    bench("CreatePipeline", pipeline=declaration("web", arn, **configuration))
    return bench.newest("web")


def artifact(bench: Bench) -> zipfile.ZipFile:
    """What the source has made."""
    bench.until(lambda: bench.action("web", "Source", "Code").get("status") == "Succeeded")
    (run,) = [one for one in runs(bench) if one["actionName"] == "Code"]
    place = run["output"]["outputArtifacts"][0]["s3location"]
    return zipfile.ZipFile(io.BytesIO(bench.content(place["key"], place["bucket"])))


def runs(bench: Bench) -> list[dict[str, Any]]:
    return list(bench("ListActionExecutions", pipelineName="web")["actionExecutionDetails"])


def failure(bench: Bench, execution: str) -> str:
    assert bench.ended("web", execution) == "Failed"
    return str(runs(bench)[-1]["output"]["executionResult"]["errorDetails"]["message"])


def test_a_connection_behind_which_nothing_stands_says_who_can_change_that(bench: Bench, hub: str) -> None:
    text = failure(bench, create(bench, hub))
    assert "ormer connection use hub --full-repository-id me/churn --url ADDRESS" in text
    assert (
        bench.api("codeconnections", "GetConnection", {"ConnectionArn": hub})["Connection"]["ConnectionStatus"]
        == "PENDING"
    )


def test_a_folder_elsewhere_is_a_source(bench: Bench, hub: str, elsewhere: Path) -> None:
    use(bench, EVERY, Remote(url=f"file://{elsewhere}"))
    first = create(bench, hub)
    with artifact(bench) as found:
        assert found.namelist() == ["index.html"] and found.read("index.html") == b"two"
    revision = bench.execution("web", first)["artifactRevisions"][0]
    assert revision["revisionId"] == git(elsewhere, "rev-parse", "main") and revision["revisionSummary"] == "two"
    (run,) = [one for one in runs(bench) if one["actionName"] == "Code"]
    variables = run["output"]["outputVariables"]
    assert (variables["AuthorDisplayName"], variables["FullRepositoryName"]) == ("Ada", "me/churn")
    described = bench.api("codeconnections", "GetConnection", {"ConnectionArn": hub})["Connection"]
    assert described["ConnectionStatus"] == "AVAILABLE"
    assert list((bench.house.stores.home / "clones").glob("*")) == []


def test_an_earlier_commit_is_taken_when_the_execution_is_started_with_it(
    bench: Bench, hub: str, elsewhere: Path
) -> None:
    use(bench, "me/churn", Remote(url=f"file://{elsewhere}"))
    first = create(bench, hub)
    bench.answer("web", bench.token("web"), "Rejected")
    assert bench.ended("web", first) == "Failed"
    earlier = git(elsewhere, "rev-parse", "main~1")
    revision = {"actionName": "Code", "revisionType": "COMMIT_ID", "revisionValue": earlier}
    second = bench.start("web", sourceRevisions=[revision])
    bench.until(lambda: bool(bench.execution("web", second)["artifactRevisions"]))
    assert bench.execution("web", second)["artifactRevisions"][0]["revisionId"] == earlier


def test_with_its_history_git_works_where_the_artifact_is_unpacked(
    bench: Bench, hub: str, elsewhere: Path, tmp_path: Path
) -> None:
    use(bench, EVERY, Remote(url=f"file://{elsewhere}"))
    create(bench, hub, OutputArtifactFormat="CODEBUILD_CLONE_REF")
    unpacked = tmp_path / "unpacked"
    with artifact(bench) as found:
        found.extractall(unpacked)
    assert git(unpacked, "log", "--format=%s") == "two\none"
    assert git(unpacked, "status", "--porcelain") == ""
    assert git(unpacked, "rev-parse", "--abbrev-ref", "HEAD") == "main"


@contextmanager
def guarded(folder: Path, user: str) -> Iterator[str]:
    """A Git host that answers only who knows the password; yields where it listens."""
    wanted = "Basic " + base64.b64encode(user.encode()).decode()

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/away/"):
                self.send_response(302)
                self.send_header("Location", self.path.removeprefix("/away"))
                self.end_headers()
                return
            file = folder / self.path.partition("?")[0].removeprefix("/me/churn.git/")
            status = 401 if self.headers.get("Authorization") != wanted else 200 if file.is_file() else 404
            self.send_response(status)
            self.end_headers()
            if status == 200:
                self.wfile.write(file.read_bytes())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_password_in_an_address_is_used_and_nowhere_to_be_seen(bench: Bench, hub: str, elsewhere: Path) -> None:
    with guarded(elsewhere, "ada:s3cret word") as host:
        use(bench, EVERY, Remote(url=f"http://ada:s3cret%20word@{host}/{{repository}}.git"))
        # A host that only serves files cannot send the newest commit alone.
        create(bench, hub, OutputArtifactFormat="CODEBUILD_CLONE_REF")
        with artifact(bench) as found:
            assert found.read("index.html") == b"two"
            assert b"s3cret" not in found.read(".git/config")
    details = str(runs(bench))
    stores = bench.house.stores
    with stores.database.read() as tx:
        row = connections.find(tx, ACCOUNT, "us-east-1", "hub")
    assert row is not None
    assert row.facts["uses"]["*"]["url"] == f"http://{host}/{{repository}}.git"
    assert "s3cret" not in str(row.facts) and "s3cret" not in details
    assert connections.remote_of(row, stores.vault, "me/churn") == Remote(
        url=f"http://{host}/me/churn.git", user="ada:s3cret word"
    )


def test_a_redirect_leads_nowhere(bench: Bench, hub: str, elsewhere: Path) -> None:
    with guarded(elsewhere, "ada:x") as host:
        use(bench, EVERY, Remote(url=f"http://ada:x@{host}/away/{{repository}}.git"))
        assert "cannot be cloned" in failure(bench, create(bench, hub))


@pytest.mark.parametrize("identifier", ["../secret", "a/../../b", "a", "-x/y", "a//b", "a/b c"])
def test_an_id_that_leads_out_of_its_place_is_refused(bench: Bench, hub: str, identifier: str) -> None:
    use(bench, EVERY, Remote(url="file:///srv/git/{repository}"))
    text = failure(bench, create(bench, hub, FullRepositoryId=identifier))
    assert "is no repository id" in text


@pytest.mark.parametrize(
    "url", ["ssh://host/x", "ext::sh -c id", "git://host/x", "file://host/x", "https:///x", "http://{repository}/x"]
)
def test_an_address_that_cannot_stand_behind_a_connection_is_refused(bench: Bench, hub: str, url: str) -> None:
    with pytest.raises(Unusable):
        use(bench, EVERY, Remote(url=url))


def test_a_role_that_may_not_use_the_connection_is_refused(bench: Bench, hub: str, elsewhere: Path) -> None:
    use(bench, EVERY, Remote(url=f"file://{elsewhere}"))
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"code*:UseConnection","Resource":"*"}]}'
    bench.api("iam", "PutRolePolicy", {"RoleName": "delivery", "PolicyName": "no", "PolicyDocument": deny})
    first = create(bench, hub)
    assert bench.ended("web", first) == "Failed"
    error = runs(bench)[-1]["output"]["executionResult"]["errorDetails"]
    assert error["code"] == "PermissionError" and "UseConnection" in error["message"]


def test_a_push_to_a_repository_of_ours_starts_the_pipeline_behind_a_connection(bench: Bench, hub: str) -> None:
    stores = bench.house.stores
    bench.api("codecommit", "CreateRepository", {"repositoryName": "churn"})
    repository = stores.repositories.named(ACCOUNT, "us-east-1", "churn")
    assert repository is not None
    stores.repositories.seed(repository, "main", {"a.txt": b"one"}, "first")
    use(bench, "me/churn", Remote(repository="churn"))
    pushes = Pushes(stores)
    create(bench, hub)
    with artifact(bench) as found:
        assert found.namelist() == ["a.txt"]
    while pushes.step():
        pass
    assert len(bench.executions("web")) == 1
    stores.repositories.seed(repository, "main", {"a.txt": b"two"}, "second")
    pushes.step()
    newest = bench.executions("web")[0]
    assert newest["trigger"] == {"triggerType": "WebhookV2", "triggerDetail": hub}
    quiet = declaration("web", hub, DetectChanges="false")
    bench("UpdatePipeline", pipeline=quiet)
    stores.repositories.seed(repository, "main", {"a.txt": b"three"}, "third")
    pushes.step()
    assert len(bench.executions("web")) == 2
