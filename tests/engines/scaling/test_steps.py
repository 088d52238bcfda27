"""Step scaling's arithmetic, as in AWS's examples."""

from __future__ import annotations

import pytest

from ormer.engines.scaling.steps import stepped

# https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
OUT = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 0},
    {"MetricIntervalLowerBound": 10, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 10},
    {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 30},
]
IN = [
    {"MetricIntervalLowerBound": -10, "MetricIntervalUpperBound": 0, "ScalingAdjustment": 0},
    {"MetricIntervalLowerBound": -20, "MetricIntervalUpperBound": -10, "ScalingAdjustment": -10},
    {"MetricIntervalUpperBound": -20, "ScalingAdjustment": -30},
]


@pytest.mark.parametrize(
    ("kind", "steps", "capacity", "breach", "expected"),
    [
        ("PercentChangeInCapacity", OUT, 10, 5, 10),
        ("PercentChangeInCapacity", OUT, 10, 10, 11),
        ("PercentChangeInCapacity", OUT, 11, 20, 14),
        ("PercentChangeInCapacity", IN, 10, -10, 9),
        ("PercentChangeInCapacity", IN, 10, -15, 9),
        ("PercentChangeInCapacity", IN, 10, -21, 7),
        # A change of less than one is one; more is cut.
        ("PercentChangeInCapacity", OUT, 2, 15, 3),
        ("PercentChangeInCapacity", OUT, 19, 15, 20),
        ("ChangeInCapacity", OUT, 1, 25, 31),
        ("ExactCapacity", OUT, 1, 12, 10),
        ("ChangeInCapacity", OUT, 1, -1, None),
    ],
)
def test_a_step_changes_the_capacity(kind, steps, capacity, breach, expected):
    assert stepped({"AdjustmentType": kind, "StepAdjustments": steps}, capacity, breach) == expected


def test_a_percentage_changes_at_least_as_much_as_is_asked():
    policy = {"AdjustmentType": "PercentChangeInCapacity", "StepAdjustments": OUT, "MinAdjustmentMagnitude": 2}
    assert stepped(policy, 4, 15) == 6
