"""When steps begin and end, as a client reads it."""

from __future__ import annotations

import pytest

from ormer.aws.clock import ManualClock

from .conftest import Bench, condition, equals, processing


class MovingClock(ManualClock):
    """A calendar that moves by a millisecond whenever somebody looks at it, as real time does."""

    def now(self) -> float:
        self.advance(0.001)
        return super().now()


@pytest.fixture
def clock() -> ManualClock:
    return MovingClock()


def test_a_step_begins_after_the_end_of_the_step_it_waited_for(bench: Bench) -> None:
    ended = bench.run([processing("First"), processing("Second", depends=("First",))])
    assert ended.status == "Succeeded"
    assert ended.steps["Second"]["StartTime"] > ended.steps["First"]["EndTime"]


def test_a_branch_begins_after_its_condition_was_decided(bench: Bench) -> None:
    ended = bench.run([condition("Choice", [equals(1, 1)], [processing("Then")], [])])
    assert ended.status == "Succeeded"
    assert ended.steps["Then"]["StartTime"] > ended.steps["Choice"]["EndTime"]
