"""Training jobs, run for real: built-in XGBoost, script mode, what they leave and what they say."""

from __future__ import annotations

import io
import json
import random
import tarfile

import pytest
import sqlalchemy as sa
from tests.engines.jobs.conftest import BUCKET, PYTHON_IMAGE, REGISTRY, Shop

from ormer.aws.errors import AwsError
from ormer.stores.tables import metric_points

XGBOOST = f"{REGISTRY}/sagemaker-xgboost:3.0-5"
SKLEARN = f"{REGISTRY}/sagemaker-scikit-learn:1.4-2"


def channel(name: str, uri: str, **more: str) -> dict[str, object]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}


def table(rows: int, seed: int) -> str:
    """A CSV without header: the label first, 3 * a + b beside two features."""
    chance = random.Random(seed)
    lines = []
    for _ in range(rows):
        a, b = chance.random(), chance.random()
        lines.append(f"{3 * a + b},{a},{b}")
    return "\n".join(lines) + "\n"


def archive(files: dict[str, str]) -> bytes:
    """A gzip archive of text files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


def names_in(packed: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        return sorted(tar.getnames())


def script_mode(shop: Shop, script: str, **hyperparameters: object) -> dict[str, str]:
    """The hyperparameters that the SDK sends for a script."""
    uri = shop.put(f"source/{next(shop.names)}/sourcedir.tar.gz", archive({"train.py": script}))
    found = {"sagemaker_program": "train.py", "sagemaker_submit_directory": uri, **hyperparameters}
    return {name: json.dumps(value) for name, value in found.items()}


def test_built_in_xgboost_trains_a_model_with_live_metrics(shop: Shop) -> None:
    train, valid = shop.put("abalone/train/t.csv", table(300, 1)), shop.put("abalone/valid/v.csv", table(80, 2))
    job = shop.train(
        XGBOOST,
        name="booster",
        HyperParameters={"objective": "reg:squarederror", "num_round": "8", "max_depth": "3", "eta": "0.5"},
        InputDataConfig=[
            channel("train", train, ContentType="text/csv"),
            channel("validation", valid, ContentType="text/csv"),
        ],
    )
    assert job["TrainingJobStatus"] == "Completed", job
    artifacts = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifacts == f"s3://{BUCKET}/out/booster/output/model.tar.gz"
    assert names_in(shop.get(artifacts)) == ["xgboost-model"]
    assert job["OutputDataConfig"]["KmsKeyId"] == ""
    final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert 0 < final["validation:rmse"] < 0.5 and set(final) == {"train:rmse", "validation:rmse"}
    lines = [line for _, line in shop.log("TrainingJob", "booster")]
    assert any("[0]#011train-rmse:" in line for line in lines)
    with shop.stores.database.read() as tx:
        points = tx.all(sa.select(metric_points).where(metric_points.c.name == "validation:rmse"))
    assert len(points) == 8
    assert {(point["namespace"], point["dimensions"]) for point in points} == {
        ("/aws/sagemaker/TrainingJobs", "TrainingJobName=booster")
    }
    component = shop.call("DescribeTrialComponent", {"TrialComponentName": "booster-aws-training-job"})
    assert component["Parameters"]["max_depth"] == {"NumberValue": 3.0}
    [rmse] = [each for each in component["Metrics"] if each["MetricName"] == "validation:rmse"]
    assert rmse["Count"] == 8 and rmse["Last"] == pytest.approx(final["validation:rmse"])
    assert component["OutputArtifacts"]["SageMaker.ModelArtifact"]["Value"] == artifacts


def test_a_training_job_tells_its_story_in_secondary_statuses(shop: Shop) -> None:
    job = shop.train(SKLEARN, HyperParameters=script_mode(shop, "open('/opt/ml/model/m.txt', 'w').write('model')"))
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed", job
    story = job["SecondaryStatusTransitions"]
    assert [each["Status"] for each in story] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(each["StartTime"] <= each["EndTime"] for each in story)
    assert job["BillableTimeInSeconds"] >= 1 and job["TrainingStartTime"] <= job["TrainingEndTime"]


def test_a_script_gets_its_hyperparameters_channels_and_writes_model_and_output(shop: Shop) -> None:
    script = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--alpha", type=float)
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
options = parser.parse_args()
from sklearn.linear_model import Ridge
rows = [[float(cell) for cell in line.split(",")] for line in open(os.path.join(options.train, "t.csv"))]
model = Ridge(options.alpha).fit([row[1:] for row in rows], [row[0] for row in rows])
print("fit; r2=%.3f" % model.score([row[1:] for row in rows], [row[0] for row in rows]))
with open(os.path.join(os.environ["SM_MODEL_DIR"], "coef.json"), "w") as file:
    json.dump(list(model.coef_), file)
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "report.txt"), "w") as file:
    file.write("report")
"""
    train = shop.put("ridge/t.csv", table(50, 3))
    job = shop.train(
        SKLEARN,
        name="ridge",
        HyperParameters=script_mode(shop, script, alpha=0.01),
        InputDataConfig=[channel("train", train)],
        AlgorithmSpecification={"MetricDefinitions": [{"Name": "r2", "Regex": "r2=([0-9.]+)"}]},
    )
    assert job["TrainingJobStatus"] == "Completed", job
    assert names_in(shop.get(job["ModelArtifacts"]["S3ModelArtifacts"])) == ["coef.json"]
    assert names_in(shop.get(f"s3://{BUCKET}/out/ridge/output/output.tar.gz")) == ["report.txt"]
    [metric] = job["FinalMetricDataList"]
    assert metric["MetricName"] == "r2" and metric["Value"] > 0.9


def test_a_raising_training_script_says_why_in_the_failure_reason(shop: Shop) -> None:
    job = shop.train(SKLEARN, HyperParameters=script_mode(shop, "raise RuntimeError('no such column: rings')"))
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    assert "no such column: rings" in job["FailureReason"]
    assert "exit code: 1" in job["FailureReason"]


def test_data_shared_out_among_instances_is_trained_on_as_a_whole(shop: Shop) -> None:
    for number in range(2):
        shop.put(f"shared/part-{number}.csv", table(100 * (number + 1), number))
    shared = channel("train", f"s3://{BUCKET}/shared/", ContentType="text/csv")
    shared["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    job = shop.train(
        XGBOOST,
        name="shared-out",
        HyperParameters={"num_round": "2", "objective": "reg:squarederror"},
        InputDataConfig=[shared],
        ResourceConfig={"InstanceCount": 2, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1},
    )
    assert job["TrainingJobStatus"] == "Completed", job
    told = "\n".join(line for _, line in shop.log("TrainingJob", "shared-out"))
    assert "300 rows" in told, told
    assert names_in(shop.get(job["ModelArtifacts"]["S3ModelArtifacts"])) == ["xgboost-model"]


def test_a_wrong_hyperparameter_of_xgboost_is_named(shop: Shop) -> None:
    train = shop.put("abalone/train/t.csv", table(20, 1))
    job = shop.train(
        XGBOOST,
        HyperParameters={"num_round": "2", "max_dept": "3"},
        InputDataConfig=[channel("train", train, ContentType="text/csv")],
    )
    assert job["TrainingJobStatus"] == "Failed" and "max_dept" in job["FailureReason"]


def test_stopping_a_training_job_uploads_the_model_it_has(shop: Shop) -> None:
    script = """
import pathlib, time
pathlib.Path("/opt/ml/model/half.txt").write_text("half a model")
print("half way", flush=True)
time.sleep(300)
"""
    name = shop.start_training(SKLEARN, HyperParameters=script_mode(shop, script))
    shop.until("TrainingJob", name, lambda job: "half way" in str(shop.log("TrainingJob", name)))
    shop.call("StopTrainingJob", {"TrainingJobName": name})
    shop.call("StopTrainingJob", {"TrainingJobName": name})
    job = shop.wait("TrainingJob", name)
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Stopped"
    assert names_in(shop.get(job["ModelArtifacts"]["S3ModelArtifacts"])) == ["half.txt"]
    assert "Stopping" in [each["Status"] for each in job["SecondaryStatusTransitions"]]


def test_a_training_job_over_its_time_is_stopped_with_its_model(shop: Shop) -> None:
    script = "import time; open('/opt/ml/model/m', 'w').write('m'); time.sleep(300)"
    job = shop.train(SKLEARN, HyperParameters=script_mode(shop, script), StoppingCondition={"MaxRuntimeInSeconds": 3})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert names_in(shop.get(job["ModelArtifacts"]["S3ModelArtifacts"])) == ["m"]


def test_checkpoints_travel_both_ways(shop: Shop) -> None:
    shop.put("checkpoints/old.txt", "from before")
    shop.put("checkpoints/gone.txt", "to be removed")
    script = """
import os, pathlib, time
place = pathlib.Path("/tmp/mine")
print((place / "old.txt").read_text())
(place / "new.txt").write_text("from now")
"""
    config = {"S3Uri": f"s3://{BUCKET}/checkpoints", "LocalPath": "/tmp/mine"}
    job = shop.train(SKLEARN, name="resumed", HyperParameters=script_mode(shop, script), CheckpointConfig=config)
    assert job["TrainingJobStatus"] == "Completed", job
    assert "from before" in [line for _, line in shop.log("TrainingJob", "resumed")]
    assert shop.get(f"s3://{BUCKET}/checkpoints/new.txt") == b"from now"


def test_an_entrypoint_replaces_the_images_command(shop: Shop) -> None:
    job = shop.train(
        PYTHON_IMAGE,
        name="own-command",
        AlgorithmSpecification={
            "ContainerEntrypoint": ["python3", "-c"],
            "ContainerArguments": ["import sys, os; print(os.environ['TRAINING_JOB_NAME'], sys.argv[1:])", "a", "b"],
        },
    )
    assert job["TrainingJobStatus"] == "Completed", job
    assert [line for _, line in shop.log("TrainingJob", "own-command")] == ["own-command ['a', 'b']"]


def test_pip_inside_a_job_changes_nothing_for_the_next(shop: Shop) -> None:
    script = """
import pathlib, site, sys
target = pathlib.Path(site.getsitepackages()[0]) / "left_behind.py"
print(target.exists())
target.write_text("x = 1")
import left_behind
"""
    for name in ("first", "second"):
        job = shop.train(SKLEARN, name=name, HyperParameters=script_mode(shop, script))
        assert job["TrainingJobStatus"] == "Completed", job
        assert "False" in [line for _, line in shop.log("TrainingJob", name)]


def test_an_uncompressed_model_is_a_folder_of_objects(shop: Shop) -> None:
    script = "open('/opt/ml/model/a.txt', 'w').write('a')"
    output = {"S3OutputPath": f"s3://{BUCKET}/plain", "CompressionType": "NONE"}
    job = shop.train(SKLEARN, name="plain", HyperParameters=script_mode(shop, script), OutputDataConfig=output)
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/plain/plain/output/model/"
    assert shop.get(f"s3://{BUCKET}/plain/plain/output/model/a.txt") == b"a"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AlgorithmSpecification": {"TrainingInputMode": "Pipe"}}, "Pipe of channel train is not available"),
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}}, "InstanceCount"),
    ],
)
def test_what_cannot_run_here_is_refused_clearly(shop: Shop, change: dict[str, object], words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        shop.start_training(SKLEARN, InputDataConfig=[channel("train", f"s3://{BUCKET}/x")], **change)
    assert refused.value.code == "ValidationException"


def test_a_regular_expression_that_runs_away_does_not_hold_the_job(shop: Shop) -> None:
    script = "print('a' * 3000 + '!'); print('loss=0.5;')"
    definitions = [{"Name": "bad", "Regex": "(a+)+$"}, {"Name": "loss", "Regex": "loss=(.*?);"}]
    job = shop.train(
        SKLEARN,
        HyperParameters=script_mode(shop, script),
        AlgorithmSpecification={"MetricDefinitions": definitions},
    )
    assert job["TrainingJobStatus"] == "Completed", job
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("loss", 0.5)]


def test_a_channel_without_objects_is_refused_before_anything_starts(shop: Shop) -> None:
    for uri, why in ((f"s3://{BUCKET}/nothing/here", ""), ("s3://no-such-bucket-at-all/x", "bucket does not exist")):
        with pytest.raises(AwsError, match=f'No S3 objects found under S3 URL "{uri}".*{why}') as refused:
            shop.train(SKLEARN, InputDataConfig=[channel("train", uri)])
        assert refused.value.code == "ValidationException"


def test_tar_unpacks_archives_that_other_users_made(shop: Shop) -> None:
    script = """
import io, subprocess, tarfile
with tarfile.open("/tmp/theirs.tar", "w") as archive:
    member = tarfile.TarInfo("theirs.txt")
    member.uid, member.gid, member.size = 503, 20, 2
    archive.addfile(member, io.BytesIO(b"ok"))
subprocess.run(["tar", "-xf", "/tmp/theirs.tar", "-C", "/opt/ml/model"], check=True)
"""
    job = shop.train(SKLEARN, HyperParameters=script_mode(shop, script))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
