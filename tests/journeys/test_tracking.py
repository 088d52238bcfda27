"""Managed MLflow with unmodified mlflow and sagemaker-mlflow, which know the server by environment variables only."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

PROGRAM = Path(__file__).parent / "tracking" / "run.py"


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_runs_and_models_are_logged_from_a_shell_and_from_inside_a_job(world: World) -> None:
    told = world.stages("sagemaker-tracking", PROGRAM)
    assert told["shell"]["runs"] and told["shell"]["note"] == "looks fine"
    assert told["shell"]["prediction"] == pytest.approx(20.0)
    assert (told["job"]["name"], told["job"]["losses"]) == ("in a job", [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    # In the job the plugin's own host led here: nothing there tells it of another.
    assert "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT" not in told["job"]["seen"]
    (package,) = world.client("sagemaker").list_model_packages(ModelPackageGroupName="abalone-linear")[
        "ModelPackageSummaryList"
    ]
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
