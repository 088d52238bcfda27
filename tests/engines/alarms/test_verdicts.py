"""M out of N, and what missing data means: the tables of AWS's page, row by row."""

from __future__ import annotations

import pytest

from ormer.engines.alarms.verdicts import enough_samples, judge

INSUFFICIENT, RETAIN = "INSUFFICIENT_DATA", None
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# Five datapoints, the newest last: X breaches, 0 does not, - is missing.
THREE_OF_THREE = [
    ("0-X-X", 0, ("OK", "OK", "OK", "OK")),
    ("----0", 2, ("OK", "OK", "OK", "OK")),
    ("-----", 3, (INSUFFICIENT, RETAIN, "ALARM", "OK")),
    ("0XX-X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("--X--", 2, ("ALARM", RETAIN, "ALARM", "OK")),
]
TWO_OF_THREE = [
    ("0-X-X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("00X0X", 0, ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0-X--", 1, ("OK", "OK", "ALARM", "OK")),
    ("----0", 2, ("OK", "OK", "ALARM", "OK")),
    ("---X-", 2, ("ALARM", RETAIN, "ALARM", "OK")),
]


def verdict(text: str, to_alarm: int, missing: str):
    values = [{"X": 2.0, "0": 0.0, "-": None}[sign] for sign in text]
    return judge(values, lambda value: value > 1, periods=3, to_alarm=to_alarm, missing=missing)


@pytest.mark.parametrize(("text", "filled", "states"), THREE_OF_THREE)
def test_three_out_of_three(text, filled, states):
    found = [verdict(text, 3, missing) for missing in TREATMENTS]
    assert (tuple(one.state for one in found), found[0].filled) == (states, filled)


@pytest.mark.parametrize(("text", "filled", "states"), TWO_OF_THREE)
def test_two_out_of_three(text, filled, states):
    found = [verdict(text, 2, missing) for missing in TREATMENTS]
    assert (tuple(one.state for one in found), found[0].filled) == (states, filled)


def test_one_early_breach_does_not_raise_an_alarm_that_needs_three():
    assert [verdict(text, 3, "missing").state for text in ("----X", "---X-", "--X--")] == [RETAIN, RETAIN, "ALARM"]


def test_the_newest_datapoints_count_and_older_ones_stand_in_for_missing_ones():
    assert verdict("XX-X-", 3, "notBreaching").used == (0, 1, 3)
    assert verdict("X0XXX", 3, "missing").used == (2, 3, 4)


def test_a_percentile_of_few_samples_says_nothing():
    assert enough_samples("p90", [100]) and not enough_samples("p90", [99])
    assert enough_samples("p10", [100]) and not enough_samples("p99", [100])
