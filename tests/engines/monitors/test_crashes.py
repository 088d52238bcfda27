"""A worker is killed before many of its commits: every hour still has exactly one run and one job."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from ormer.aws.clock import ManualClock

from .conftest import BUCKET, HOUR, NOON, Bench, bench_in
from .mortal_worker import HOURS
from .test_runs import STATUS_EVENT

WORKER = Path(__file__).with_name("mortal_worker.py")
ROUNDS_MAX = 20


def prepared(home: Path) -> Bench:
    bench = bench_in(home, ManualClock(NOON), started=False)
    bench.api("s3", "CreateBucket", {"Bucket": BUCKET})
    bench.endpoint()
    bench.define()
    bench.schedule()
    for hour in range(HOURS - 1):
        bench.capture(NOON + hour * HOUR)
    return bench


def worked(home: Path, kill_at: int) -> int:
    command = [sys.executable, str(WORKER), str(home), str(kill_at)]
    return subprocess.run(command, stdout=subprocess.DEVNULL, timeout=120).returncode


def test_every_hour_has_one_run_whenever_the_worker_is_killed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    prepared(home).house.stores.close()
    kills = 0
    for number in range(ROUNDS_MAX):
        ended = worked(home, 2 + (number * 5) % 7)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        kills += 1
    assert worked(home, 0) == 0
    bench = bench_in(home, ManualClock(NOON + HOURS * HOUR), started=False)
    try:
        runs = bench.runs()
        assert [run["ScheduledTime"] for run in runs] == [NOON + hour * HOUR for hour in range(HOURS, 0, -1)]
        assert [run["MonitoringExecutionStatus"] for run in runs] == ["Failed"] + ["Completed"] * (HOURS - 1)
        assert len(bench.jobs("data-quality-monitoring")) == HOURS - 1
        told = [event["detail"] for event in bench.events(STATUS_EVENT)]
        ends = [one["ScheduledTime"] for one in told if one["MonitoringExecutionStatus"] in ("Completed", "Failed")]
        assert len(ends) == len(set(ends)) == HOURS, "every end is told once"
        assert kills > 3
    finally:
        bench.house.stores.close()
