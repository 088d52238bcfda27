"""AutoML by the SDK: jobs, candidates, endpoints, a pipeline's step, and the tuner's Autotune."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

PROGRAM = Path(__file__).parent / "automl" / "run.py"


@pytest.mark.journey
@pytest.mark.timeout(900)
def test_automl_finds_trains_deploys_and_registers_models_of_a_table(world: World) -> None:
    told = world.stages("sagemaker-2.257", PROGRAM)
    job = told["job"]
    assert job["status"] == "Completed"
    assert (job["candidates"], job["containers"]) == (2, 3)
    assert job["steps"] == ["TrainingJob", "TransformJob", "TrainingJob"]
    assert job["value"] > 0.9
    rose, iris = told["endpoint"]["answers"]
    assert (rose[0], iris[0]) == ("rose", "iris")
    assert 1 / 3 < float(rose[1]) <= 1
    assert rose[2] == "['daisy', 'iris', 'rose']"
    check_pipeline(world, told["pipeline"]["execution"])
    definitions = told["definitions"]
    assert definitions["status"] == "CandidateDefinitionsGenerated"
    notebook = world.read_json(definitions["artifacts"]["DataExplorationNotebookLocation"])
    assert "MulticlassClassification" in notebook["cells"][0]["source"]
    ranges = told["tuner"]["ranges"]
    assert [one["Name"] for one in ranges["IntegerParameterRanges"]] == ["num_round"]
    assert [one["Name"] for one in ranges["ContinuousParameterRanges"]] == ["eta"]
    assert told["tuner"]["best"] == "Completed"


def check_pipeline(world: World, execution: str) -> None:
    """The AutoML step's best candidate became a model and a package that knows its reports."""
    steps = world.steps(execution)
    assert {name: step.get("FailureReason") for name, step in steps.items() if step["StepStatus"] != "Succeeded"} == {}
    assert steps["AutoML"]["Metadata"]["AutoMLJob"]["Arn"].split("/")[0].endswith(":automl-job")
    [package] = world.client("sagemaker").list_model_packages(ModelPackageGroupName="flowers")[
        "ModelPackageSummaryList"
    ]
    described = world.client("sagemaker").describe_model_package(ModelPackageName=package["ModelPackageArn"])
    metrics = described["ModelMetrics"]
    statistics = world.read_json(metrics["ModelQuality"]["Statistics"]["S3Uri"])
    assert "confusion_matrix" in statistics["multiclass_classification_metrics"]
    assert world.read_json(metrics["Explainability"]["Report"]["S3Uri"])["explanations"]
