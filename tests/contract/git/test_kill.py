"""kill -9 in the middle of a push: what was acknowledged stays, nothing is left broken, no event is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from ormer.aws.clock import WallClock
from ormer.config import Config
from ormer.stores import events
from ormer.stores.repositories import processes
from ormer.stores.repositories.commands import Command
from ormer.stores.stores import open_stores

from .conftest import Git, environment_of

PROGRAM = Path(__file__).with_name("serve_alone.py")
LARGE_BYTES = 48 * 1024 * 1024
SECONDS_MAX = 60


class Mortal:
    """A server in a process, and a git client of it; `again` starts the next one in the same home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.port = 0
        self.again()

    def again(self) -> None:
        words = [sys.executable, str(PROGRAM), str(self.home), str(self.port)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        port, tls_port, self.key_id, self.secret = self.process.stdout.readline().split()
        self.port = int(port)
        self.config = Config(home=self.home, port=self.port, tls_port=int(tls_port))
        keys = {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}
        self.git = Git(self.folder, environment_of(self.folder, self.config, **keys))

    def client(self) -> Any:
        return boto3.client(
            "codecommit",
            endpoint_url=self.config.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def told(self) -> list[dict[str, Any]]:
        stores = open_stores(self.home, self.home / "ormer.db", WallClock())
        with stores.database.read() as tx:
            found = [event["detail"] for event in events.after(tx, 0) if event["source"] == "aws.codecommit"]
        stores.close()
        return found

    def repository(self) -> Path:
        (found,) = (self.home / "repositories").glob("*.git")
        return found


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mortal]:
    made = Mortal(tmp_path)
    yield made
    made.kill()


def work_in(mortal: Mortal) -> Git:
    url = mortal.client().create_repository(repositoryName="large")["repositoryMetadata"]["cloneUrlHttp"]
    mortal.git("clone", "-q", url, "work")
    work = mortal.git.at("work")
    work("symbolic-ref", "HEAD", "refs/heads/main")
    work.commit("First", a_txt="one\n")
    work("push", "-q", "origin", "main")
    return work


def until(happens: Any) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not happens():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def fsck(mortal: Mortal) -> str:
    done = subprocess.run(
        ["git", "fsck", "--full", "--strict", "--no-dangling"], cwd=mortal.repository(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_kill_in_the_middle_of_a_pack_leaves_a_sound_repository_that_takes_the_push_again(mortal: Mortal) -> None:
    work = work_in(mortal)
    commit = work.commit("Large", large_bin=os.urandom(LARGE_BYTES))
    push = subprocess.Popen(
        ["git", "push", "-q", "origin", "main"],
        cwd=work.folder,
        env=work.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def is_under_way() -> bool:
        torn = mortal.repository().glob("objects/tmp_objdir-incoming-*/pack/tmp_pack_*")
        return sum(file.stat().st_size for file in torn) > LARGE_BYTES // 8

    until(is_under_way)
    mortal.kill()
    assert push.wait(SECONDS_MAX) != 0
    fsck(mortal)
    mortal.again()
    assert not list(mortal.repository().glob("objects/tmp_objdir-incoming-*"))
    assert len(mortal.told()) == 1
    work("push", "-q", "origin", "main")
    fsck(mortal)
    assert [event["commitId"] for event in mortal.told()][1:] == [commit]
    assert "".join(mortal.git("ls-remote", f"{mortal.config.endpoint}/v1/repos/large", "main").split()[:1]) == commit


def test_a_ref_that_moved_before_the_kill_is_told_of_at_the_next_start(mortal: Mortal) -> None:
    """The server dies between git's update of the ref and the event: exactly what a change's row is for."""
    work = work_in(mortal)
    commit = work.commit("Second", a_txt="two\n")
    work("push", "-q", "origin", "main:side")
    mortal.kill()
    stores = open_stores(mortal.home, mortal.home / "ormer.db", WallClock())

    repository = mortal.repository().name.removesuffix(".git")
    actor = "arn:aws:iam::123456789012:user/ada"
    change = stores.repositories.changes.enter(repository, actor, [Command("refs/heads/main", commit, {})])
    processes.run(mortal.repository(), "update-ref", "refs/heads/main", commit)
    (mortal.repository() / "refs" / "heads" / "side.lock").write_text("")
    change.lock.close()
    stores.close()
    count = len(mortal.told())
    mortal.again()
    (event,) = mortal.told()[count:]
    assert (event["event"], event["commitId"], event["callerUserArn"]) == ("referenceUpdated", commit, actor)
    # The lock file of a killed git is gone too.
    work.commit("Third", a_txt="three\n")
    work("push", "-q", "origin", "main:side")
    mortal.kill()
    mortal.again()
    assert len(mortal.told()) == count + 2


def test_a_git_that_outlives_the_server_is_waited_for(mortal: Mortal) -> None:
    work = work_in(mortal)
    commit = work.commit("Second", a_txt="two\n")
    work("push", "-q", "origin", "main:side")
    mortal.kill()
    stores = open_stores(mortal.home, mortal.home / "ormer.db", WallClock())

    repository = mortal.repository().name.removesuffix(".git")
    change = stores.repositories.changes.enter(repository, "someone", [Command("refs/heads/main", commit, {})])
    # It moves the ref only when it is told to, as a git does that still checks a large pack.
    slow = subprocess.Popen(
        ["sh", "-c", f"read go; git update-ref refs/heads/main {commit}"],
        cwd=mortal.repository(),
        stdin=subprocess.PIPE,
        pass_fds=(change.lock.fileno(),),
    )
    change.lock.close()
    stores.close()
    count = len(mortal.told())
    mortal.again()
    assert len(mortal.told()) == count
    slow.communicate(b"\n")
    until(lambda: len(mortal.told()) == count + 1)
    assert mortal.told()[-1]["commitId"] == commit


def test_a_large_pack_is_never_held_in_memory(mortal: Mortal) -> None:
    work = work_in(mortal)
    work.commit("Large", large_bin=os.urandom(LARGE_BYTES))
    server = psutil.Process(mortal.process.pid)
    before = server.memory_info().rss
    work("push", "-q", "origin", "main")
    mortal.git("clone", "-q", f"{mortal.config.endpoint}/v1/repos/large", "again")
    assert (mortal.folder / "again" / "large.bin").stat().st_size == LARGE_BYTES
    peak = _peak_bytes(mortal.process.pid)
    assert peak - before < LARGE_BYTES // 2


def _peak_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024
