"""The four monitors through an unmodified SDK: baselines, schedules, runs, reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

MONITORS = Path(__file__).parent / "monitors"
VIOLATED = "CompletedWithViolations"


@pytest.mark.journey
@pytest.mark.timeout(1800)
def test_sdk_2_watches_an_endpoint_in_all_four_ways(world: World) -> None:
    told = world.stages("sagemaker-2.257", MONITORS / "sdk_2.py")

    data = told["data_quality"]
    assert data["summary"]["MonitoringExecutionStatus"] == VIOLATED
    assert data["message"].startswith("CompletedWithViolations: Job completed successfully with ")
    assert data["items"] == 120
    assert "income" in data["drifted"] and "debt" not in data["drifted"]
    assert data["attached"] == ["data-quality", True]

    schedules = told["schedules"]
    assert schedules["expression"] == "cron(0 * ? * * *)"
    assert schedules["states"] == ["Scheduled", "Stopped", "Scheduled"]
    assert (schedules["alerts"], schedules["history"], schedules["deleted"]) == (["InAlert"], ["InAlert"], True)

    quality = told["model_quality"]
    assert quality["summary"]["MonitoringExecutionStatus"] == VIOLATED
    assert quality["items"] == 100, "twenty answers have no label yet"
    assert "accuracy" in quality["worse"]

    assert told["bias"]["summary"]["MonitoringExecutionStatus"].startswith("Completed"), told["bias"]
    explained = told["explainability"]
    assert explained["summary"]["MonitoringExecutionStatus"].startswith("Completed"), explained
    analysis = world.read_json(f"{explained['report']}/analysis.json")
    assert set(analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]) == {"group", "income", "debt"}
    assert told["ended"] == {"stage": "ended"}
