"""Pipelines whose steps are Python functions, in the SDK's base image for the caller's Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

PROGRAM = Path(__file__).parent / "steps" / "run.py"


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_functions_run_as_steps_without_an_image_named_and_hand_on_what_they_return(world: World) -> None:
    told = world.stages("sagemaker-functions", PROGRAM)["result"]
    assert told["added"] == "tabulate: 21"
    steps = world.steps(told["execution"])
    assert {name: step["StepStatus"] for name, step in steps.items()} == {"count": "Succeeded", "add": "Succeeded"}
