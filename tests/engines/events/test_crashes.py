"""kill -9 between any two commits, between match and delivery too: what was started is started once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ormer.aws.clock import ManualClock

from .conftest import START, bench_in

PROGRAM = Path(__file__).with_name("mortal_house.py")
LIVES_MAX = 200
ORDERS = 6


def lives(home: Path, kill_at: int, now: float) -> int:
    """Run houses that die before their n-th commit until one ends by itself. Returns how many were killed."""
    for killed in range(LIVES_MAX):
        command = [sys.executable, str(PROGRAM), str(home), str(kill_at), str(now)]
        code = subprocess.run(command, check=False, timeout=120).returncode
        if code == 0:
            return killed
        assert code == -signal.SIGKILL
    raise AssertionError(f"not ended after {LIVES_MAX} lives")


# Every life costs a start of Python, so that the short ones are left to the crash suite.
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kill_at", [23, pytest.param(8, marks=pytest.mark.crash)])
def test_houses_killed_again_and_again_start_each_pipeline_once(tmp_path: Path, kill_at: int) -> None:
    home = tmp_path / "home"
    bench = bench_in(home, ManualClock(START), started=False)
    bench.pipeline()
    rule = bench.rule("orders", {"source": ["shop"]}, bench.target("$.detail.n"), {**bench.target("two"), "Id": "two"})
    hourly = bench.events("PutRule", Name="hourly", ScheduleExpression="rate(1 hour)")["RuleArn"]
    bench.events("PutTargets", Rule="hourly", Targets=[bench.target("tick")])
    for number in range(ORDERS):
        bench.send({"n": str(number)})
    bench.house.stores.close()
    assert lives(home, kill_at, START + 3 * 3600 + 60) >= 2
    after = bench_in(home, ManualClock(START), started=False)
    started = sorted(after.starts())
    assert started == sorted([*map(str, range(ORDERS)), *["two"] * ORDERS, "tick"])
    assert [one.status for one in after.deliveries(rule)] == ["Delivered"] * 2 * ORDERS
    assert [one.event["time"] for one in after.deliveries(hourly) if one.event] == ["2023-11-15T01:13:20Z"]
    after.house.stores.close()
