"""Real git clients of a real server: each works in a folder of its own, as a caller of its own."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ormer.cli.env import git_variables
from ormer.config import Config
from ormer.first_run import root_key
from ormer.stores import events

SECONDS_MAX = 120


class Git:
    """Runs git in a folder; environment: what `ormer env` prints, and no settings of anybody else's."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)

    def __call__(self, *words: str, expect: int = 0, **more: str) -> str:
        """stdout and stderr of one command, which must end with `expect`."""
        done = self.run(*words, **more)
        assert done.returncode == expect, f"git {words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *words],
            cwd=self.folder,
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
        )

    def at(self, folder: str, **more: str) -> Git:
        """The same client in a folder below."""
        return Git(self.folder / folder, self.environment | more)

    def write(self, path: str, content: str | bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str, **files: str | bytes) -> str:
        """Commit files (`name_ext="…"` is name.ext); returns the commit's id."""
        for name, content in files.items():
            self.write(name.replace("_", "."), content)
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD").strip()


def environment_of(folder: Path, config: Config, **keys: str) -> dict[str, str]:
    """Variables of a shell after `eval "$(ormer env)"`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORMER_", "GIT_"))}
    return {
        **kept,
        **git_variables(config, {}),
        "ORMER_HOME": str(config.home),
        "HOME": str(folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_REGION": config.region,
        "AWS_DEFAULT_REGION": config.region,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        **keys,
    }


def keys_of(key: Any) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret}


@pytest.fixture(scope="session")
def codecommit(shared_server: Any) -> Any:
    return shared_server.client("codecommit")


@pytest.fixture
def git(tmp_path: Path, shared_server: Any) -> Git:
    """git as the root of the account."""
    key = root_key(shared_server.house.stores)
    return Git(tmp_path, environment_of(tmp_path, shared_server.config, **keys_of(key)))


@pytest.fixture
def url(codecommit: Any) -> str:
    """The clone URL of a new and empty repository."""
    made = codecommit.create_repository(repositoryName=f"repo-{uuid.uuid4().hex[:10]}")
    return made["repositoryMetadata"]["cloneUrlHttp"]


@pytest.fixture
def work(git: Git, url: str) -> Git:
    """A clone with one commit on `main` that is pushed."""
    git("clone", "-q", url, "work")
    work = git.at("work")
    work("symbolic-ref", "HEAD", "refs/heads/main")
    work.commit("First", a_txt="one\n")
    work("push", "-q", "origin", "main")
    return work


@pytest.fixture
def told(shared_server: Any) -> Callable[[str], list[dict[str, Any]]]:
    """`told(url)` are the details of all events about a repository, oldest first."""

    def details(url: str) -> list[dict[str, Any]]:
        arn = f"arn:aws:codecommit:us-east-1:123456789012:{name_of(url)}"
        with shared_server.house.stores.database.read() as tx:
            return [event["detail"] for event in reversed(events.about(tx, arn))]

    return details


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.fixture
def user(shared_server: Any, tmp_path: Path) -> Callable[..., Git]:
    """`user(*statements)` is git as a new IAM user with one policy of these statements."""

    def made(*statements: Mapping[str, Any]) -> Git:
        iam = shared_server.client("iam")
        name = f"user-{uuid.uuid4().hex[:10]}"
        iam.create_user(UserName=name)
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName=name, PolicyName="git", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        folder = tmp_path / name
        folder.mkdir()
        return Git(folder, environment_of(folder, shared_server.config, **keys))

    return made


@pytest.fixture
def authorization(git: Git) -> Callable[[str], dict[str, str]]:
    """`authorization(url)` are the headers of git's own requests, as the helper makes them."""

    def headers(url: str) -> dict[str, str]:
        _, _, host, path = url.split("/", 3)
        done = subprocess.run(
            [sys.executable, "-m", "ormer", "git-credential", "get"],
            input=f"protocol=http\nhost={host}\npath={path}\n\n",
            env=git.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
        encoded = base64.b64encode(f"{found['username']}:{found['password']}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"}

    return headers
