"""kill -9 at every commit point of a project of trivial jobs: it ends with the documents of an undisturbed run.

A point is a commit, before or after it. By default a sample drawn by ORMER_CRASH_SEED is killed for at most
ORMER_CRASH_SECONDS; ORMER_CRASH_ALL=1 kills every one. Every second story loses a second server while the first
crash is being recovered from.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import psutil
import pytest
from tests.crash.documents import JsonDict, differences, digest, documents, jobs, starts
from tests.crash.lives import Patient, lives
from tests.crash.project import BUCKET, Told, tell

STORIES_AT_ONCE = 2
# Commits of a recovery among which the second crash is drawn; a start alone makes three.
RECOVERY_COMMITS = 40


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_a_project_ends_the_same_whichever_commit_the_server_is_killed_at(
    new_home: Callable[[str], Path],
    everything: bool,
    budget_seconds: float,
    seed: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _story(new_home("warm"), [])  # builds the runtime, which no later story does
    commits, wanted, _ = _story(new_home("undisturbed"), [])
    points, began = _points(commits, seed), time.monotonic()
    told = faults = killed = 0
    broken: list[str] = []

    def more() -> bool:
        return everything or time.monotonic() - began < budget_seconds

    def one(number: int, kills: list[str]) -> tuple[list[str], int, str]:
        home = new_home(f"story-{number}")
        try:
            _, found, deaths = _story(home, kills)
        except Exception as error:  # a story that breaks must not hide the others
            return kills, 0, f"{type(error).__name__}: {error} (home kept in {home})"
        fault = differences(wanted, found)
        if not fault:
            shutil.rmtree(home)
        return kills, deaths, fault and f"{fault}\n(home kept in {home})"

    with ThreadPoolExecutor(STORIES_AT_ONCE) as pool:
        for kills, deaths, fault in _as_long_as(pool, one, points, more):
            told, killed = told + 1, killed + deaths
            if fault:
                faults += 1
                broken.append(f"killed {' then '.join(kills)}: {fault}")
    with capsys.disabled():
        print(
            f"\n{told} stories of {2 * commits} points ({commits} commits), {killed} kills,"
            f" {faults} ended differently, {time.monotonic() - began:.0f} s, seed {seed}"
        )
    # A run may make a commit less than the undisturbed one, so that a late point is never reached.
    assert killed > told // 2
    assert not broken, "\n\n".join(broken)


@pytest.mark.crash
def test_a_step_that_has_just_succeeded_keeps_its_lineage(new_home: Callable[[str], Path]) -> None:
    succeeded = "SELECT 1 FROM pipeline_steps WHERE name = 'Beside' AND status = 'Succeeded'"
    _, found, killed = _story(new_home("home"), [f"when:{succeeded}"])
    assert killed == 1
    tied = [json.loads(line) for line in found["lineage"]]
    to_execution = Counter(kind for kind, _, _, name, _ in tied if name == "trivial-EXECUTION")
    # Three jobs; a model and a model package.
    assert to_execution == {"ExperimentTrialComponent": 3, "Action": 2}


def _points(commits: int, seed: int) -> Iterator[list[str]]:
    chance = random.Random(seed)
    points = [f"{side}:{number}" for number in range(1, commits + 1) for side in ("before", "after")]
    chance.shuffle(points)
    for number, point in enumerate(points):
        yield [point, f"after:{chance.randint(1, RECOVERY_COMMITS)}"] if number % 2 else [point]


def _as_long_as(
    pool: ThreadPoolExecutor,
    one: Callable[[int, list[str]], tuple[list[str], int, str]],
    points: Iterator[list[str]],
    more: Callable[[], bool],
) -> Iterator[tuple[list[str], int, str]]:
    """Results of stories, a few at once, new ones begun while there may be more."""
    running: set[Future[tuple[list[str], int, str]]] = set()
    numbered = enumerate(points)
    while True:
        while len(running) < STORIES_AT_ONCE and more() and (following := next(numbered, None)) is not None:
            running.add(pool.submit(one, *following))
        if not running:
            return
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()


def _story(home: Path, kills: Sequence[str]) -> tuple[int, JsonDict, int]:
    """(commits of the last server, the final documents, how many servers were killed) of one story."""
    with lives(home, kills) as servers:
        client = Patient(servers)
        told = tell(client)
        assert told.status == "Succeeded", client.call(
            "sagemaker", "list_pipeline_execution_steps", PipelineExecutionArn=told.execution
        )
        servers.await_rest()
        _promises_are_kept(client, told)
        _nothing_is_left_running(home)
    started = starts(home)
    assert set(started) == jobs(home) and set(started.values()) == {1}, started
    return servers.commits, documents(home, told.execution), servers.killed


def _promises_are_kept(client: Patient, told: Told) -> None:
    """Every acknowledged object is there and whole, and so is every object a job has written."""
    listed = client.call("s3", "list_objects_v2", Bucket=BUCKET)["Contents"]
    assert told.promised.keys() <= {item["Key"] for item in listed}
    for item in listed:
        body = client.call("s3", "get_object", Bucket=BUCKET, Key=item["Key"])["Body"].read()
        assert len(body) == item["Size"] and digest(body) == item["ETag"].strip('"'), item["Key"]
        assert told.promised.get(item["Key"], digest(body)) == digest(body), item["Key"]
    version = client.call(
        "sagemaker",
        "describe_model_package",
        ModelPackageName="arn:aws:sagemaker:us-east-1:123456789012:model-package/trivial/1",
    )
    assert (version["ModelApprovalStatus"], version["ApprovalDescription"]) == ("Approved", "it survived")


def _nothing_is_left_running(home: Path) -> None:
    """No supervisor outlives its job, and no job leaves its folder."""
    folder = str(home / "jobs")
    _, left = psutil.wait_procs([each for each in psutil.process_iter() if _belongs(each, folder)], timeout=20)
    assert not left, [each.cmdline() for each in left]


def _belongs(process: psutil.Process, folder: str) -> bool:
    try:
        words = process.cmdline()
        where = process.cwd()
    except psutil.Error:
        return False
    return where.startswith(folder) or any(folder in word for word in words)
