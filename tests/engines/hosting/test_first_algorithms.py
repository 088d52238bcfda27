"""One of the first algorithms from a training job to an endpoint and a batch transform, by boto3 on a real server."""

from __future__ import annotations

import io
import json
import random
import tarfile
import time

import pytest

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1"
BUCKET = "clusters"
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


def rows(seed):
    """CSV without labels: forty points around (0, 0) and forty around (9, 9)."""
    chance = random.Random(seed)
    points = [(place + chance.gauss(0, 1), place + chance.gauss(0, 1)) for place in (0, 9) for _ in range(40)]
    return "".join(f"{a},{b}\n" for a, b in points)


def test_clusters_are_found_asked_for_at_an_endpoint_and_in_a_batch(server):
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    channels = []
    for seed, name in enumerate(("train", "test")):
        s3.put_object(Bucket=BUCKET, Key=f"{name}/rows.csv", Body=rows(seed))
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"s3://{BUCKET}/{name}/",
            "S3DataDistributionType": "ShardedByS3Key",
        }
        of_csv = {"ContentType": "text/csv;label_size=0"}
        channels.append({"ChannelName": name, "DataSource": {"S3DataSource": source}, **of_csv})
    sagemaker.create_training_job(
        TrainingJobName="two",
        RoleArn=ROLE,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={"k": "2", "feature_dim": "2", "eval_metrics": '["msd", "ssd"]'},
        InputDataConfig=channels,
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
        ResourceConfig={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    job = until_over(sagemaker.describe_training_job, "TrainingJobStatus", TrainingJobName="two")
    assert job["TrainingJobStatus"] == "Completed", job
    final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert 1 < final["test:msd"] < 4 and final["test:ssd"] == pytest.approx(80 * final["test:msd"])
    archive = s3.get_object(Bucket=BUCKET, Key="out/two/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        assert tar.getnames() == ["model_algo-1"]

    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    sagemaker.create_model(ModelName="two", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "a", "ModelName": "two", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="two", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="two")
    endpoint = until_over(sagemaker.describe_endpoint, "EndpointStatus", EndpointName="two")
    assert endpoint["EndpointStatus"] == "InService", endpoint
    asking = server.client("sagemaker-runtime")
    answer = asking.invoke_endpoint(EndpointName="two", ContentType="text/csv", Body="0,0\n9,9\n-1,1")
    near, far, also_near = json.loads(answer["Body"].read())["predictions"]
    assert near["closest_cluster"] == also_near["closest_cluster"] != far["closest_cluster"]
    assert max(near["distance_to_cluster"], far["distance_to_cluster"]) < 1

    sagemaker.create_transform_job(
        TransformJobName="two",
        ModelName="two",
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/test/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/batch", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    batch = until_over(sagemaker.describe_transform_job, "TransformJobStatus", TransformJobName="two")
    assert batch["TransformJobStatus"] == "Completed", batch
    lines = s3.get_object(Bucket=BUCKET, Key="batch/rows.csv.out")["Body"].read().splitlines()
    assert {json.loads(line)["closest_cluster"] for line in lines[:40]} == {near["closest_cluster"]} and len(
        lines
    ) == 80
