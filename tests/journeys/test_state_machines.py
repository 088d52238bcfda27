"""State machines written by the Data Science SDK of Step Functions, and run here."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

PROGRAM = Path(__file__).parent / "machines" / "run.py"


@pytest.mark.journey
@pytest.mark.timeout(1800)
def test_the_data_science_sdk_trains_hosts_and_asks_through_state_machines(world: World) -> None:
    told = world.stages("stepfunctions", PROGRAM)
    workflow = told["workflow"]
    assert workflow["output"]["EndpointArn"].endswith("/machine-endpoint")
    assert abs(float(workflow["answer"].strip().strip("[]")) - 6.5) < 2.5
    assert {"TaskSubmitted", "TaskSucceeded", "ChoiceStateExited"} <= set(workflow["types"])
    assert workflow["types"][-1] == "ExecutionSucceeded" and workflow["listed"] == 1
    assert told["template"]["output"]["EndpointArn"]
