"""The image linear-learner from a training job to an endpoint and a batch transform, by boto3 on a real server."""

from __future__ import annotations

import io
import json
import random
import struct
import tarfile
import time

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"
BUCKET = "linear"
SECONDS_MAX = 240


@pytest.fixture
def config(config, runtimes):
    config.home.mkdir(mode=0o700)
    (config.home / "runtimes").symlink_to(runtimes)
    return config


def until_over(describe, member, **name):
    """The document once its status is no longer one of something under way."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        found = describe(**name)
        if found[member] not in ("InProgress", "Creating"):
            return found
        time.sleep(0.1)
    raise TimeoutError(str(found))


def table(rows, seed):
    """CSV of labels 0 and 1 and two features, whose sum decides."""
    chance = random.Random(seed)
    pairs = [(chance.random(), chance.random()) for _ in range(rows)]
    return "".join(f"{int(a + b > 1)},{a},{b}\n" for a, b in pairs)


def dense_records(text):
    """The same as RecordIO-protobuf, as the SDK's record sets hold it."""
    framed = b""
    for line in text.splitlines():
        label, *features = map(float, line.split(","))
        parts = []
        for number, numbers in ((1, features), (2, [label])):
            packed = struct.pack(f"<{len(numbers)}f", *numbers)
            tensor = b"\x0a" + bytes([len(packed)]) + packed
            value = b"\x12" + bytes([len(tensor)]) + tensor
            entry = b"\x0a\x06values\x12" + bytes([len(value)]) + value
            parts.append(bytes([number << 3 | 2, len(entry)]) + entry)
        record = b"".join(parts)
        framed += struct.pack("<II", 0xCED7230A, len(record)) + record + b"\0" * (-len(record) % 4)
    return framed


def channel(name, uri, kind="S3Prefix", **more):
    source = {"S3DataType": kind, "S3Uri": uri, "S3DataDistributionType": "ShardedByS3Key"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}


def train(sagemaker, name, hyperparameters, *channels):
    """A training job's description at its end."""
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters=hyperparameters,
        InputDataConfig=list(channels),
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    return until_over(sagemaker.describe_training_job, "TrainingJobStatus", TrainingJobName=name)


def test_a_linear_learner_is_trained_asked_at_an_endpoint_and_in_a_batch(server):
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="set/matrix_0.pbr", Body=dense_records(table(300, 1)))
    s3.put_object(
        Bucket=BUCKET, Key="set/.amazon.manifest", Body=json.dumps([{"prefix": f"s3://{BUCKET}/set/"}, "matrix_0.pbr"])
    )
    s3.put_object(Bucket=BUCKET, Key="valid/v.csv", Body=table(100, 2))
    job = train(
        sagemaker,
        "sum",
        {"predictor_type": "binary_classifier", "feature_dim": "2", "mini_batch_size": "100"},
        channel("train", f"s3://{BUCKET}/set/.amazon.manifest", "ManifestFile"),
        channel("validation", f"s3://{BUCKET}/valid/", ContentType="text/csv"),
    )
    assert job["TrainingJobStatus"] == "Completed", job
    final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert final["validation:binary_classification_accuracy"] > 0.9
    assert 0 < final["validation:objective_loss"] < 0.5
    archive = s3.get_object(Bucket=BUCKET, Key="out/sum/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        assert tar.getnames() == ["model_algo-1"]

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="sum", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": "sum", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="sum", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="sum", EndpointConfigName="sum")
    endpoint = until_over(sagemaker.describe_endpoint, "EndpointStatus", EndpointName="sum")
    assert endpoint["EndpointStatus"] == "InService", endpoint
    asking = server.client("sagemaker-runtime")
    answer = asking.invoke_endpoint(EndpointName="sum", ContentType="text/csv", Body="0.9,0.9\n0.1,0.2")
    low_and_high = json.loads(answer["Body"].read())["predictions"]
    assert [each["predicted_label"] for each in low_and_high] == [1, 0]
    assert low_and_high[0]["score"] > 0.9 and low_and_high[1]["score"] < 0.1
    with pytest.raises(ClientError, match="the rows have 3 features, and the model takes 2"):
        asking.invoke_endpoint(EndpointName="sum", ContentType="text/csv", Body="1,2,3")

    s3.put_object(Bucket=BUCKET, Key="batch/rows.csv", Body="0.9,0.9\n0.1,0.2\n")
    sagemaker.create_transform_job(
        TransformJobName="sum",
        ModelName="sum",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/batch/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/scored",
            "AssembleWith": "Line",
            "Accept": "application/jsonlines",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    transform = until_over(sagemaker.describe_transform_job, "TransformJobStatus", TransformJobName="sum")
    assert transform["TransformJobStatus"] == "Completed", transform
    lines = s3.get_object(Bucket=BUCKET, Key="scored/rows.csv.out")["Body"].read().splitlines()
    assert [json.loads(line) for line in lines] == low_and_high


def test_a_wrong_hyperparameter_is_the_failure_reason(server):
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="t.csv", Body=table(20, 3))
    data = channel("train", f"s3://{BUCKET}/t.csv", ContentType="text/csv")
    job = train(sagemaker, "wrong", {"predictor_type": "regressor", "epochs": "0"}, data)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Hyperparameter epochs: 0 is not in [1, +inf)")
