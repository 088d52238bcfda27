"""A modelbuild repository of each SDK generation: first version, approval, drift checks that pass and that fail."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
from typing import Any

import numpy as np
import pytest
import xgboost

from .conftest import World

CHECKS = ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
FIRST_RUN = {
    f"{flag}{check}{noun}": True for check in CHECKS for flag, noun in (("Skip", "Check"), ("RegisterNew", "Baseline"))
}
PICKLED = b"\x80"
METRICS = {
    "ModelQuality": {"Statistics", "Constraints"},
    "ModelDataQuality": {"Statistics", "Constraints"},
    "Bias": {"Report", "PreTrainingReport", "PostTrainingReport"},
    "Explainability": {"Report"},
}
BASELINES = {
    "ModelQuality": {"Statistics", "Constraints"},
    "ModelDataQuality": {"Statistics", "Constraints"},
    "Bias": {"ConfigFile", "PreTrainingConstraints", "PostTrainingConstraints"},
    "Explainability": {"Constraints", "ConfigFile"},
}
GENERATIONS = [("sagemaker-2.93", "jobs_2_93"), ("sagemaker-2.257", "jobs_2_257"), ("sagemaker-3", "jobs_3")]


@pytest.mark.journey
@pytest.mark.timeout(2400)
@pytest.mark.parametrize(("sdk", "jobs"), GENERATIONS, ids=[sdk for sdk, _ in GENERATIONS])
def test_a_modelbuild_repository_lives_through_its_first_versions(world: World, sdk: str, jobs: str) -> None:
    name = f"shop-{sdk.replace('.', '-')}"

    status, first, said = world.run_pipeline(sdk, jobs, name, FIRST_RUN)
    assert status == 0, said[-4000:]
    version = registered_version(world, first)
    assert_holds_everything(world, version)
    assert registered_mse(world, version) == pytest.approx(recomputed_mse(world, first, version), rel=1e-6)

    approve(world, version)
    status, second, said = world.run_pipeline(sdk, jobs, name, {})
    assert status == 0, said[-4000:]
    assert_compared_with(world, second, version)

    status, third, said = world.run_pipeline(sdk, jobs, name, {"InputDataUrl": data_with_gaps(world)})
    assert status != 0
    assert_stopped_by_data_quality(world, third)


def registered_version(world: World, execution: str) -> dict[str, Any]:
    """The model version of an execution whose twelve steps all succeeded."""
    steps = world.steps(execution)
    assert {name: step["StepStatus"] for name, step in steps.items()} == dict.fromkeys(steps, "Succeeded")
    assert len(steps) == 12
    (arn,) = (
        step["Metadata"]["RegisterModel"]["Arn"] for step in steps.values() if "RegisterModel" in step["Metadata"]
    )
    found: dict[str, Any] = world.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return found


def assert_holds_everything(world: World, version: dict[str, Any]) -> None:
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    for member, wanted in (("ModelMetrics", METRICS), ("DriftCheckBaselines", BASELINES)):
        assert {group: set(files) for group, files in version[member].items()} == wanted
        for group, files in wanted.items():
            for file in files:
                assert isinstance(world.read_json(version[member][group][file]["S3Uri"]), dict)


def registered_mse(world: World, version: dict[str, Any]) -> float:
    statistics = world.read_json(version["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])
    mse: float = statistics["regression_metrics"]["mse"]["value"]
    return mse


def recomputed_mse(world: World, execution: str, version: dict[str, Any]) -> float:
    """From nothing but the stored model and the stored test set."""
    with tarfile.open(
        fileobj=io.BytesIO(world.read(version["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]))
    ) as tar:
        member = tar.extractfile("xgboost-model")
        assert member is not None
        content = member.read()
    if content.startswith(PICKLED):
        model = pickle.loads(content)
    else:
        model = xgboost.Booster()
        model.load_model(bytearray(content))
    job = world.steps(execution)["Preprocess"]["Metadata"]["ProcessingJob"]["Arn"].rsplit("/", 1)[-1]
    described = world.client("sagemaker").describe_processing_job(ProcessingJobName=job)
    outputs = {one["OutputName"]: one["S3Output"]["S3Uri"] for one in described["ProcessingOutputConfig"]["Outputs"]}
    table = np.loadtxt(io.BytesIO(world.read(f"{outputs['test']}/test.csv")), delimiter=",")
    predictions = model.predict(xgboost.DMatrix(table[:, 1:]))
    return float(np.mean((predictions.astype(float) - table[:, 0]) ** 2))


def approve(world: World, version: dict[str, Any]) -> None:
    world.client("sagemaker").update_model_package(
        ModelPackageArn=version["ModelPackageArn"],
        ModelApprovalStatus="Approved",
        ApprovalDescription="Good enough for the market.",
    )


def assert_compared_with(world: World, execution: str, version: dict[str, Any]) -> None:
    """Every check of the execution ran against the approved version's baselines, and the new version keeps them."""
    later = registered_version(world, execution)
    assert later["ModelPackageVersion"] == version["ModelPackageVersion"] + 1
    for group in ("ModelQuality", "ModelDataQuality"):
        assert later["DriftCheckBaselines"][group] == version["DriftCheckBaselines"][group]
    for file in ("PreTrainingConstraints", "PostTrainingConstraints"):
        assert later["DriftCheckBaselines"]["Bias"][file] == version["DriftCheckBaselines"]["Bias"][file]
    steps = world.steps(execution)
    for check in CHECKS:
        (told,) = steps[f"{check}Check"]["Metadata"].values()
        assert told["SkipCheck"] is False
        assert told["RegisterNewBaseline"] is False
        assert told["BaselineUsedForDriftCheckConstraints"] != told["CalculatedBaselineConstraints"]


def data_with_gaps(world: World) -> str:
    """The animals, every fifth of which nobody measured."""
    seed = world.read(f"s3://sagemaker-servicecatalog-seedcode-{world.config.region}/dataset/abalone-dataset.csv")
    rows = [line.split(",") for line in seed.decode().splitlines()]
    for row in rows[::5]:
        row[1] = ""
    return world.write("gaps/abalone.csv", "\n".join(",".join(row) for row in rows).encode())


def assert_stopped_by_data_quality(world: World, execution: str) -> None:
    steps = world.steps(execution)
    failed = steps["DataQualityCheck"]
    assert failed["StepStatus"] == "Failed"
    assert "Train" not in steps
    report = world.read_json(failed["Metadata"]["QualityCheck"]["ViolationReport"])
    kinds = {(violation["feature_name"], violation["constraint_check_type"]) for violation in report["violations"]}
    assert ("_c1", "completeness_check") in kinds, json.dumps(report)
