"""Batch transform as Amazon documents it: hosts, inputs of every form, failures, capture, stopping."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.engines.jobs.conftest import BUCKET, PYTHON_IMAGE, ROLE, Shop
from tests.engines.jobs.test_training import archive, table
from tests.engines.jobs.test_transform import trained, transform

from ormer.aws.errors import AwsError

JsonDict = dict[str, Any]
# A model of rows: each answer depends on its row alone, and says where it was made.
ROWS = """
import os, socket, time

def model_fn(model_dir):
    return float(open(model_dir + "/factor.txt").read())

def transform_fn(factor, body, content_type, accept):
    text = body if isinstance(body, str) else body.decode()
    if "die" in text:
        print("the row was too much for me", flush=True)
        os._exit(3)
    if "sleep" in text:
        print("sleeping", flush=True)
        time.sleep(600)
    rows = [[float(cell) for cell in line.split(",")] for line in text.splitlines() if line]
    where = os.environ.get("TELL", "")
    told = {"host": "," + socket.gethostname(), "env": "," + os.environ.get("WORD", ""), "": ""}[where]
    return "".join(f"{sum(row) * factor}{told}\\n" for row in rows), "text/csv"
"""


def container(shop: Shop, factor: float = 2.0, code: str = ROWS, **variables: str) -> JsonDict:
    uri = shop.put(f"models/{factor}/model.tar.gz", archive({"factor.txt": str(factor), "code/inference.py": code}))
    return {"Image": PYTHON_IMAGE, "ModelDataUrl": uri, "Environment": variables}


@pytest.fixture
def model(shop: Shop) -> str:
    """A model that doubles the sum of each row."""
    shop.call("CreateModel", {"ModelName": "rows", "PrimaryContainer": container(shop), "ExecutionRoleArn": ROLE})
    return "rows"


def outputs(shop: Shop, job: JsonDict) -> dict[str, str]:
    """{key below the output: content} of a job."""
    prefix = f"{job['TransformJobName']}/"
    return {key[len(prefix) :]: shop.get(f"s3://{BUCKET}/{key}").decode() for key in shop.keys(prefix)}


def given(uri: str, kind: str = "S3Prefix", **more: str) -> JsonDict:
    source = {"S3DataSource": {"S3DataType": kind, "S3Uri": uri}}
    return {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line", **more}


def test_several_hosts_share_the_objects_and_each_has_a_server_of_its_own(shop: Shop, model: str) -> None:
    uris = [shop.put(f"many/{number}.csv", f"{number},1\n") for number in range(5)]
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    source = f"s3://{BUCKET}/many/"
    job = transform(shop, model, source, TransformResources=resources, Environment={"TELL": "host"})
    assert job["TransformJobStatus"] == "Completed", job
    expected = {f"{number}.csv.out": f"{2.0 * (number + 1)},algo-{number % 2 + 1}\n" for number in range(len(uris))}
    assert outputs(shop, job) == expected
    streams = {stream for stream, _ in shop.log("TransformJob", job["TransformJobName"])}
    for host in ("algo-1", "algo-2"):
        assert any(re.fullmatch(rf".*/{host}-\d+/data-log", stream) for stream in streams), streams
        assert any(re.fullmatch(rf".*/{host}-\d+", stream) for stream in streams), streams


def test_hosts_and_batches_change_nothing_about_the_outputs(shop: Shop) -> None:
    model = trained(shop)
    for number in range(3):
        shop.put(f"same/{number}.csv", table(40 + number, number))
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input"}
    found = []
    for count, more in ((1, {}), (3, {"BatchStrategy": "SingleRecord", "MaxConcurrentTransforms": 4})):
        resources = {"InstanceType": "ml.m5.large", "InstanceCount": count}
        source = f"s3://{BUCKET}/same/"
        job = transform(shop, model, source, DataProcessing=processing, TransformResources=resources, **more)
        assert job["TransformJobStatus"] == "Completed", job
        found.append(outputs(shop, job))
    assert found[0] == found[1] and len(found[0]) == 3
    assert [len(text.splitlines()) for text in found[0].values()] == [40, 41, 42]


def test_a_key_may_be_anything_and_folders_are_no_objects(shop: Shop, model: str) -> None:
    for key in ("odd/a", "odd/a/b", "odd/a//b", "odd/../up", "odd/deep/er/x.csv"):
        shop.put(key, "1,2\n")
    shop.put("odd/folder/", "")
    shop.put("odd/none.csv", "")
    job = transform(shop, model, f"s3://{BUCKET}/odd/")
    assert job["TransformJobStatus"] == "Completed", job
    full = dict.fromkeys(("a.out", "a/b.out", "a//b.out", "../up.out", "deep/er/x.csv.out"), "6.0\n")
    assert outputs(shop, job) == {**full, "none.csv.out": ""}


def test_a_manifest_names_the_objects_and_outputs_of_an_earlier_job_are_replaced(shop: Shop, model: str) -> None:
    for name in ("one", "two", "three"):
        shop.put(f"listed/deep/{name}.csv", "1\n")
    manifest = json.dumps([{"prefix": f"s3://{BUCKET}/listed/"}, "deep/one.csv", "deep/three.csv"])
    place = {"S3OutputPath": f"s3://{BUCKET}/again/out/", "AssembleWith": "Line", "Accept": "text/csv"}
    shop.put("again/out/deep/one.csv.out", "what an earlier job left")
    source = given(shop.put("manifests/some.json", manifest), "ManifestFile")
    job = transform(shop, model, "", TransformInput=source, TransformOutput=place)
    assert job["TransformJobStatus"] == "Completed", job
    left = {key: shop.get(f"s3://{BUCKET}/{key}") for key in shop.keys("again/")}
    assert left == {"again/out/deep/one.csv.out": b"2.0\n", "again/out/deep/three.csv.out": b"2.0\n"}


def test_a_failed_job_names_object_and_reason_and_keeps_what_it_transformed(shop: Shop, model: str) -> None:
    shop.put("mixed/a.csv", "1,2\n")
    shop.put("mixed/b.csv", "1,rings\n")
    shop.put("mixed/c.csv", "3,4\n")
    client = {"InvocationsMaxRetries": 0}
    job = transform(shop, model, f"s3://{BUCKET}/mixed/", ModelClientConfig=client)
    assert job["TransformJobStatus"] == "Failed"
    reason = job["FailureReason"]
    assert reason.startswith("AlgorithmError: b.csv: the model answered status 500:"), reason
    assert "could not convert string to float: 'rings'" in reason
    assert outputs(shop, job) == {"a.csv.out": "6.0\n", "c.csv.out": "14.0\n"}
    log = [line for stream, line in shop.log("TransformJob", job["TransformJobName"]) if stream.endswith("/data-log")]
    assert log[0] == "[sagemaker logs]: MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD"
    assert "[sagemaker logs]: b.csv: AlgorithmError: 500" in log


def test_a_server_that_dies_fails_the_job_with_its_last_words(shop: Shop, model: str) -> None:
    job = transform(shop, model, shop.put("deadly/in.csv", "1\ndie\n"))
    assert job["TransformJobStatus"] == "Failed"
    reason = job["FailureReason"]
    assert reason.startswith("AlgorithmError: the model server algo-1 ended with exit code 3: "), reason
    assert reason.endswith("the row was too much for me"), reason


def test_a_model_that_cannot_be_loaded_fails_the_job_at_once_with_its_traceback(shop: Shop) -> None:
    broken = container(shop, 5.0, "def model_fn(model_dir):\n    raise ValueError('these weights are not mine')\n")
    shop.call("CreateModel", {"ModelName": "broken", "PrimaryContainer": broken})
    job = transform(shop, "broken", shop.put("any/in.csv", "1\n"))
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: the model server algo-1 could not load its model")
    assert "these weights are not mine" in job["FailureReason"]


def test_a_stopped_job_leaves_nothing_behind(shop: Shop, model: str) -> None:
    shop.put("slow/a.csv", "1\n")
    shop.put("slow/b.csv", "sleep\n")
    request = {
        "TransformJobName": "sleepy",
        "ModelName": model,
        "TransformInput": given(f"s3://{BUCKET}/slow/"),
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/sleepy", "KmsKeyId": "alias/mine"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    shop.call("CreateTransformJob", request)
    shop.until(
        "TransformJob", "sleepy", lambda _: "sleeping" in dict(map(reversed, shop.log("TransformJob", "sleepy")))
    )
    shop.call("StopTransformJob", {"TransformJobName": "sleepy"})
    job = shop.wait("TransformJob", "sleepy")
    assert (job["TransformJobStatus"], shop.keys("sleepy/")) == ("Stopped", [])
    with pytest.raises(AwsError, match="transform job is in status Stopped"):
        shop.call("StopTransformJob", {"TransformJobName": "sleepy"})


def test_captured_data_are_manifests_by_the_hour_and_rows_get_ids(shop: Shop, model: str) -> None:
    shop.put("observed/x/one.csv", "1,2\n3,4\n")
    shop.put("observed/two.csv", "5\n")
    capture = {"DestinationS3Uri": f"s3://{BUCKET}/captured/", "GenerateInferenceId": True}
    job = transform(shop, model, f"s3://{BUCKET}/observed", DataCaptureConfig=capture)
    assert job["TransformJobStatus"] == "Completed", job
    assert job["DataCaptureConfig"] == capture
    side_input, side_output = shop.keys("captured/")
    name = r"\d{4}/\d\d/\d\d/\d\d/[0-9a-f-]{36}\.json"
    assert re.fullmatch(f"captured/input/{name}", side_input) and re.fullmatch(f"captured/output/{name}", side_output)
    assert json.loads(shop.get(f"s3://{BUCKET}/{side_input}")) == [
        {"prefix": f"s3://{BUCKET}/observed/"},
        "two.csv",
        "x/one.csv",
    ]
    root = f"{job['TransformOutput']['S3OutputPath']}/"
    assert json.loads(shop.get(f"s3://{BUCKET}/{side_output}")) == [{"prefix": root}, "two.csv.out", "x/one.csv.out"]
    rows = [row.split(",") for row in shop.get(f"{root}x/one.csv.out").decode().splitlines()]
    assert [row[0] for row in rows] == ["6.0", "14.0"]
    assert all(re.fullmatch(r"[0-9a-f-]{36}", row[1]) and re.fullmatch(r"\d{4}-.*T.*Z", row[2]) for row in rows)


def test_what_is_captured_of_one_object_names_it_as_the_job_was_told_and_can_be_read_again(
    shop: Shop, model: str
) -> None:
    only = shop.put("single/one.csv", "1,2\n")
    capture = {"DestinationS3Uri": f"s3://{BUCKET}/captured-one/"}
    job = transform(shop, model, only, DataCaptureConfig=capture)
    assert job["TransformJobStatus"] == "Completed", job
    side_input, _ = shop.keys("captured-one/")
    assert json.loads(shop.get(f"s3://{BUCKET}/{side_input}")) == [{"prefix": only}, ""]
    script = "import os; print(os.listdir('/opt/ml/processing/input/again'))"
    place = {"S3Uri": f"s3://{BUCKET}/{side_input}", "LocalPath": "/opt/ml/processing/input/again"}
    again = {"InputName": "again", "S3Input": {**place, "S3DataType": "ManifestFile", "S3InputMode": "File"}}
    assert shop.process(script, name="again", ProcessingInputs=[again])["ProcessingJobStatus"] == "Completed"
    assert "['one.csv']" in [line for _, line in shop.log("ProcessingJob", "again")]


def test_a_model_package_is_transformed_with_its_variables_and_the_jobs(shop: Shop) -> None:
    specification = {
        "Containers": [container(shop, 3.0, TELL="env", WORD="package")],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    shop.call("CreateModelPackageGroup", {"ModelPackageGroupName": "group"})
    request = {"ModelPackageGroupName": "group", "InferenceSpecification": specification}
    package = shop.call("CreateModelPackage", {**request, "ModelApprovalStatus": "Approved"})["ModelPackageArn"]
    primary = {"ModelPackageName": package, "Environment": {"WORD": "model"}}
    shop.call("CreateModel", {"ModelName": "packaged", "PrimaryContainer": primary, "ExecutionRoleArn": ROLE})
    uri = shop.put("package/in.csv", "1\n")
    job = transform(shop, "packaged", uri)
    assert outputs(shop, job) == {"in.csv.out": "3.0,model\n"}, job
    job = transform(shop, "packaged", uri, Environment={"WORD": "job"})
    assert outputs(shop, job) == {"in.csv.out": "3.0,job\n"}, job


def test_a_job_of_an_isolated_model_sees_no_network(shop: Shop) -> None:
    told = 'told = {"host": "," + socket.gethostname()'
    code = ROWS.replace(told, 'told = {"host": "," + ";".join(name for _, name in socket.if_nameindex())')
    request = {"PrimaryContainer": container(shop, 4.0, code), "ExecutionRoleArn": ROLE}
    shop.call("CreateModel", {"ModelName": "alone", **request, "EnableNetworkIsolation": True})
    job = transform(shop, "alone", shop.put("alone/in.csv", "1\n"), Environment={"TELL": "host"})
    assert outputs(shop, job) == {"in.csv.out": "4.0,lo\n"}, job


def test_a_job_belongs_to_the_experiment_it_names(shop: Shop, model: str) -> None:
    shop.call("CreateExperiment", {"ExperimentName": "tries"})
    config = {"ExperimentName": "tries", "TrialComponentDisplayName": "scored"}
    job = transform(shop, model, shop.put("tried/in.csv", "1\n"), ExperimentConfig=config)
    assert job["ExperimentConfig"] == config
    found = shop.call("ListTrialComponents", {"ExperimentName": "tries"})["TrialComponentSummaries"]
    assert [(each["DisplayName"], each["Status"]["PrimaryStatus"]) for each in found] == [("scored", "Completed")]


def test_a_job_is_described_as_it_was_asked_for_with_awss_defaults(shop: Shop, model: str) -> None:
    uri = shop.put("told/in.csv", "1\n")
    asked = {
        "MaxConcurrentTransforms": 3,
        "MaxPayloadInMB": 2,
        "BatchStrategy": "SingleRecord",
        "ModelClientConfig": {"InvocationsTimeoutInSeconds": 60, "InvocationsMaxRetries": 1},
        "Environment": {"A": "b"},
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/told-out", "KmsKeyId": "alias/mine"},
        "DataProcessing": {"OutputFilter": "$[0]"},
        "TransformInput": given(uri),
    }
    accept = {"Accept": "text/csv"}
    asked["TransformOutput"] |= accept  # type: ignore[operator]
    job = transform(shop, model, uri, **asked)
    assert job["TransformJobStatus"] == "Completed", job
    for member in ("MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy", "ModelClientConfig", "Environment"):
        assert job[member] == asked[member]
    assert job["TransformInput"] == {**given(uri), "CompressionType": "None"}
    assert job["TransformOutput"] == {**asked["TransformOutput"], "AssembleWith": "None"}  # type: ignore[dict-item]
    assert job["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$[0]", "JoinSource": "None"}
    assert job["TransformStartTime"] <= job["TransformEndTime"]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"MaxPayloadInMB": 101}, "MaxPayloadInMB is 101, the most is 100"),
        ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, r"MaxConcurrentTransforms \* MaxPayloadInMB is 120"),
        ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 50}}, "InstanceCount 50 is too large"),
        ({"DataProcessing": {"InputFilter": "features"}}, r"the filter features must start with \$"),
        ({"DataProcessing": {"InputFilter": "$..a"}}, "no supported JSONPath"),
        ({"DataProcessing": {"OutputFilter": "$.a"}}, "the columns of CSV have none"),
        ({"TransformOutput": {"S3OutputPath": "s3://x/y"}, "DataProcessing": {"JoinSource": "Input"}}, "needs Accept"),
    ],
)
def test_what_cannot_be_transformed_is_refused_when_the_job_is_made(
    shop: Shop, model: str, request_: JsonDict, reason: str
) -> None:
    with pytest.raises(AwsError, match=reason) as refused:
        transform(shop, model, f"s3://{BUCKET}/any", **request_)
    assert refused.value.code == "ValidationException"
