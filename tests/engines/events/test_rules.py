"""Events on their way from what happened to what a rule starts."""

from __future__ import annotations

from .conftest import Bench

MODEL = {"ModelPackageGroupName": "abalone"}


def register(bench: Bench) -> str:
    bench.api("sagemaker", "CreateModelPackageGroup", MODEL)
    return bench.api("sagemaker", "CreateModelPackage", MODEL)["ModelPackageArn"]


def test_an_approval_starts_a_sagemaker_pipeline_once(bench: Bench) -> None:
    bench.pipeline()
    detail = {
        "ModelPackageGroupName": ["abalone"],
        "ModelApprovalStatus": [{"anything-but": ["PendingManualApproval"]}],
    }
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": detail,
    }
    rule = bench.rule("approved", pattern, bench.target("$.detail.ModelPackageVersion"))
    arn = register(bench)
    bench.api("sagemaker", "UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"})
    (delivery,) = bench.until(lambda: [one for one in bench.deliveries(rule) if one.status == "Delivered"])
    assert delivery.answer is not None and "/execution/" in delivery.answer["PipelineExecutionArn"]
    assert delivery.event is not None and delivery.event["detail"]["ModelApprovalStatus"] == "Approved"
    assert bench.starts() == ["1"]
