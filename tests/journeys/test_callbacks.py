"""Callback steps with an unmodified SDK: a queue, somebody who reads it, and a function that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

PROGRAM = Path(__file__).parent / "callbacks" / "run.py"


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_callback_steps_are_answered_by_people_and_by_functions(world: World) -> None:
    told = world.stages("sagemaker-2.257", PROGRAM)["result"]
    steps = world.steps(told["execution"])
    assert told["status"] == "Succeeded", {name: step.get("FailureReason") for name, step in steps.items()}
    assert told["asked"]["pipelineExecutionArn"] == told["execution"]
    assert told["asked"]["arguments"] == {"greeting": "good day"}
    (counted,) = steps["count"]["Metadata"]["Callback"]["OutputParameters"]
    assert counted == {"Name": "count", "Value": "4"}
