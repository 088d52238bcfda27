"""Which training jobs are stopped early, and what a warm start takes over: pure functions."""

from __future__ import annotations

import pytest

from ormer.engines.tuning.parents import taken_over, within
from ormer.engines.tuning.scales import Parameter
from ormer.engines.tuning.searches import Seen
from ormer.engines.tuning.stopping import Band, falls_behind

BAND = Band(low=2, high=20)


def test_hyperbands_levels_are_three_times_as_long_each_and_jobs_take_turns_at_where_they_begin() -> None:
    assert [BAND.levels(number) for number in range(4)] == [[2, 6, 18], [6, 18], [18], [2, 6, 18]]
    assert Band(low=5, high=5).levels(0) == []


@pytest.mark.parametrize(
    ("number", "curve", "stops"),
    [
        (0, [9.0], False),
        (0, [9.0, 5.0], True),
        (0, [9.0, 1.0], False),
        (1, [9.0, 5.0], False),
        (0, [9.0, 1.0, 1.0, 1.0, 1.0, 5.0], True),
        (2, [9.0] * 20, False),
        (2, [9.0] * 21, True),
    ],
)
def test_a_job_goes_on_that_is_in_the_best_third_at_its_level(number: int, curve: list[float], stops: bool) -> None:
    others = [[8.0, 2.0, 2.0, 2.0, 2.0, 2.0], [8.0, 3.0, 3.0, 3.0, 3.0, 3.0], [8.0]]
    assert BAND.stops(number, curve, others) is stops


def test_the_first_job_at_a_level_goes_on() -> None:
    assert not BAND.stops(0, [9.0, 9.0], [])


def test_a_job_falls_behind_the_median_of_the_averages_up_to_its_epoch() -> None:
    ended = [[4.0, 2.0, 0.0], [6.0, 4.0, 2.0], [8.0]]
    assert not falls_behind([9.0, 4.0], ended), "3 and 5 were averaged"
    assert falls_behind([9.0, 4.5], ended)
    assert not falls_behind([9.0], [])


def test_a_warm_start_takes_what_lies_in_the_ranges_of_now() -> None:
    x, kind = Parameter("x", low=0.0, high=1.0), Parameter("kind", choices=("a", "b"))
    inside = Seen({"x": "0.5", "kind": "a", "was": "fixed"}, 1.0)
    outside = [Seen({"x": "1.5", "kind": "a"}, 1.0), Seen({"x": "0.5", "kind": "c"}, 1.0), Seen({"x": "?"}, 1.0)]
    assert within([inside, *outside], [x, kind]) == [Seen({"x": "0.5", "kind": "a"}, 1.0)]


def test_losses_over_other_data_become_ranks() -> None:
    own, parent = [Seen({}, 10.0)], [Seen({}, 0.1), Seen({}, 0.2)]
    assert [one.loss for one in taken_over("IdenticalDataAndAlgorithm", own, [parent, []])] == [10.0, 0.1, 0.2]
    assert [one.loss for one in taken_over("TransferLearning", own, [parent, []])] == [0.5, 0.25, 0.75]
