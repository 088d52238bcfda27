"""Transform jobs and Clarify analyses, run for real against the model's own server."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.engines.jobs.conftest import BUCKET, REGISTRY, ROLE, Shop
from tests.engines.jobs.test_training import SKLEARN, XGBOOST, archive, channel, table

from ormer.aws.errors import AwsError

CLARIFY = f"{REGISTRY}/sagemaker-clarify-processing:1.0"
DOUBLE = """
def model_fn(model_dir):
    return float(open(model_dir + "/factor.txt").read())

def input_fn(body, content_type):
    text = body.decode() if isinstance(body, bytes) else body
    return [[float(cell) for cell in line.split(",")] for line in text.splitlines() if line]

def predict_fn(rows, factor):
    return [sum(row) * factor for row in rows]

def output_fn(predictions, accept):
    return "\\n".join(str(value) for value in predictions), "text/csv"
"""


def trained(shop: Shop) -> str:
    """A model named after its training job, of the built-in algorithm."""
    train = shop.put("abalone/train/t.csv", table(200, 1))
    job = shop.train(
        XGBOOST,
        HyperParameters={"objective": "reg:squarederror", "num_round": "10", "max_depth": "3"},
        InputDataConfig=[channel("train", train, ContentType="text/csv")],
    )
    assert job["TrainingJobStatus"] == "Completed", job
    container = {"Image": XGBOOST, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    model = {"ModelName": job["TrainingJobName"], "PrimaryContainer": container, "ExecutionRoleArn": ROLE}
    shop.call("CreateModel", model)
    return str(job["TrainingJobName"])


def scripted(shop: Shop, factor: float, name: str) -> dict[str, object]:
    """A container with a model of the user's own code."""
    uri = shop.put(f"models/{name}/model.tar.gz", archive({"factor.txt": str(factor), "code/inference.py": DOUBLE}))
    return {"Image": SKLEARN, "ModelDataUrl": uri, "Environment": {"SAGEMAKER_PROGRAM": "inference.py"}}


def transform(shop: Shop, model: str, uri: str, **more: object) -> dict[str, object]:
    name = f"transform-{next(shop.names)}"
    request = {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/{name}", "AssembleWith": "Line", "Accept": "text/csv"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }
    shop.call("CreateTransformJob", request)
    return shop.wait("TransformJob", name)


def test_a_transform_filters_joins_and_keeps_the_order_of_every_object(shop: Shop) -> None:
    model = trained(shop)
    rows = table(30, 5)
    shop.put("test/one.csv", rows)
    shop.put("test/deep/two.csv", table(3, 6))
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    job = transform(shop, model, f"s3://{BUCKET}/test/", DataProcessing=processing)
    assert job["TransformJobStatus"] == "Completed", job
    root = job["TransformOutput"]["S3OutputPath"]  # type: ignore[index]
    assert shop.keys(str(job["TransformJobName"])) == [
        f"{job['TransformJobName']}/deep/two.csv.out",
        f"{job['TransformJobName']}/one.csv.out",
    ]
    out = [line.split(",") for line in shop.get(f"{root}/one.csv.out").decode().splitlines()]
    labels = [line.split(",")[0] for line in rows.splitlines()]
    assert [float(row[0]) for row in out] == [float(label) for label in labels]
    assert all(abs(float(predicted) - float(label)) < 1.0 for label, predicted in out)
    streams = {stream for stream, _ in shop.log("TransformJob", str(job["TransformJobName"]))}
    assert any(stream.startswith(f"{job['TransformJobName']}/algo-1-") for stream in streams)
    component = shop.call(
        "DescribeTrialComponent", {"TrialComponentName": f"{job['TransformJobName']}-aws-transform-job"}
    )
    assert component["Source"]["SourceType"] == "SageMakerTransformJob"


def test_a_pipeline_of_containers_passes_each_answer_on(shop: Shop) -> None:
    containers = [scripted(shop, 2.0, "first"), scripted(shop, 10.0, "second")]
    shop.call("CreateModel", {"ModelName": "chain", "Containers": containers, "ExecutionRoleArn": ROLE})
    uri = shop.put("chain/in.csv.gz", gzip.compress(b"1,2\n3,4\n"))
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    job = transform(
        shop,
        "chain",
        uri,
        TransformInput={
            "DataSource": source,
            "ContentType": "text/csv",
            "SplitType": "Line",
            "CompressionType": "Gzip",
        },
    )
    assert job["TransformJobStatus"] == "Completed", job
    [key] = shop.keys(str(job["TransformJobName"]))
    assert shop.get(f"s3://{BUCKET}/{key}").decode().split() == ["60.0", "140.0"]


def test_a_record_that_the_model_refuses_fails_the_job_with_its_words(shop: Shop) -> None:
    shop.call("CreateModel", {"ModelName": "picky", "PrimaryContainer": scripted(shop, 1.0, "picky")})
    job = transform(shop, "picky", shop.put("bad/in.csv", "1,rings\n"))
    assert job["TransformJobStatus"] == "Failed"
    assert "rings" in str(job["FailureReason"]), job


def test_a_missing_model_archive_is_named(shop: Shop) -> None:
    container = {"Image": SKLEARN, "ModelDataUrl": f"s3://{BUCKET}/no/model.tar.gz"}
    shop.call("CreateModel", {"ModelName": "hollow", "PrimaryContainer": container})
    job = transform(shop, "hollow", shop.put("some/in.csv", "1\n"))
    assert job["TransformJobStatus"] == "Failed" and f"s3://{BUCKET}/no/model.tar.gz" in str(job["FailureReason"])


def test_a_transform_needs_a_model_that_is_there(shop: Shop) -> None:
    with pytest.raises(AwsError, match="Could not find model") as missing:
        transform(shop, "nobody", f"s3://{BUCKET}/x")
    assert missing.value.code == "ValidationException"


def test_models_answer_as_aws_does(shop: Shop) -> None:
    container = scripted(shop, 1.0, "plain")
    shop.call("CreateModel", {"ModelName": "plain", "PrimaryContainer": container, "ExecutionRoleArn": ROLE})
    with pytest.raises(AwsError, match="Cannot create already existing model"):
        shop.call("CreateModel", {"ModelName": "plain", "PrimaryContainer": container})
    described = shop.call("DescribeModel", {"ModelName": "plain"})
    assert described["PrimaryContainer"]["ModelDataUrl"] == container["ModelDataUrl"]
    assert "Containers" not in described and described["EnableNetworkIsolation"] is False
    assert [each["ModelName"] for each in shop.call("ListModels", {})["Models"]] == ["plain"]
    shop.call("DeleteModel", {"ModelName": "plain"})
    with pytest.raises(AwsError, match=r'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/plain"'):
        shop.call("DescribeModel", {"ModelName": "plain"})


def test_clarify_explains_a_model_through_a_server_of_its_own(shop: Shop) -> None:
    model = trained(shop)
    config = {
        "dataset_type": "text/csv",
        "headers": ["label", "a", "b"],
        "label": "label",
        "methods": {"shap": {"baseline": [[0.5, 0.5]], "num_samples": 10, "agg_method": "mean_abs"}},
        "predictor": {"model_name": model, "instance_type": "ml.m5.large", "initial_instance_count": 1},
    }
    inputs = [
        ("analysis_config", shop.put("clarify/analysis_config.json", json.dumps(config)), "config"),
        ("dataset", shop.put("clarify/data.csv", table(20, 9)), "data"),
    ]
    output = {"S3Uri": f"s3://{BUCKET}/explained", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    shop.call(
        "CreateProcessingJob",
        {
            "ProcessingJobName": "explain",
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": CLARIFY},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1}
            },
            "ProcessingInputs": [
                {
                    "InputName": name,
                    "S3Input": {
                        "S3Uri": uri,
                        "LocalPath": f"/opt/ml/processing/input/{folder}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for name, uri, folder in inputs
            ],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "analysis_result", "S3Output": output}]},
        },
    )
    job = shop.wait("ProcessingJob", "explain")
    assert job["ProcessingJobStatus"] == "Completed", (job, shop.log("ProcessingJob", "explain"))
    analysis = json.loads(shop.get(f"s3://{BUCKET}/explained/analysis.json"))
    shap = analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert shap["a"] > shap["b"] > 0
