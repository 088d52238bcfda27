"""Pages are clients of the operations: botocore's names in and out, as whoever is signed in."""

from __future__ import annotations

import base64
import json

from ..conftest import Live
from .conftest import Visitor

DEFINITION = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"


def test_what_a_page_makes_is_there_for_boto3(server: Live, studio: Visitor) -> None:
    token = "a" * 32
    request = {"PipelineName": "one", "PipelineDefinition": DEFINITION, "RoleArn": ROLE, "ClientRequestToken": token}
    made = studio.call("sagemaker", "CreatePipeline", request)
    assert server.client("sagemaker").describe_pipeline(PipelineName="one")["PipelineArn"] == made["PipelineArn"]
    (summary,) = studio.call("sagemaker", "ListPipelines")["PipelineSummaries"]
    assert summary["PipelineName"] == "one"
    assert summary["CreationTime"].endswith("Z") and summary["CreationTime"][10] == "T"


def test_every_protocol_is_spoken_in_the_models_own_names(server: Live, studio: Visitor) -> None:
    """query, rest-xml, rest-json and json: a page need not know which service speaks what."""
    server.client("iam").create_role(RoleName="one", AssumeRolePolicyDocument='{"Statement": []}')
    role = studio.call("iam", "GetRole", {"RoleName": "one"})["Role"]
    assert role["RoleName"] == "one" and role["CreateDate"].endswith("Z")
    studio.call("s3", "CreateBucket", {"Bucket": "first"})
    studio.call("s3", "PutObject", {"Bucket": "first", "Key": "a", "Body": base64.b64encode(b"hello").decode()})
    (found,) = studio.call("s3", "ListObjectsV2", {"Bucket": "first"})["Contents"]
    assert (found["Key"], found["Size"]) == ("a", 5)
    assert base64.b64decode(studio.call("s3", "GetObject", {"Bucket": "first", "Key": "a"})["Body"]) == b"hello"
    studio.call("scheduler", "CreateScheduleGroup", {"Name": "g"})
    assert studio.call("scheduler", "GetScheduleGroup", {"Name": "g"})["Name"] == "g"
    studio.call("logs", "CreateLogGroup", {"logGroupName": "/a"})
    assert studio.call("logs", "DescribeLogGroups")["logGroups"][0]["logGroupName"] == "/a"


def test_refusals_are_awss_own_code_and_text(studio: Visitor) -> None:
    missing = studio.post("/studio/api/sagemaker/DescribePipeline", {"PipelineName": "none"})
    assert missing.status_code == 400
    assert missing.json()["code"] == "ResourceNotFound" and "none" in missing.json()["message"]
    wrong = studio.post("/studio/api/sagemaker/DescribePipeline", {"PipelineName": 1})
    assert wrong.json()["code"] == "ValidationException" or wrong.json()["code"] == "SerializationException"
    unknown = studio.post("/studio/api/sagemaker/MakeCoffee", {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UnknownOperationException")
    later = studio.post("/studio/api/sagemaker/CreateNotebookInstance", {})
    assert later.status_code in (400, 501)
    broken = studio.post("/studio/api/sagemaker/ListPipelines", [])
    assert broken.json()["code"] == "SerializationException"


def test_another_region_is_asked_for_by_a_header(studio: Visitor) -> None:
    studio.call("logs", "CreateLogGroup", {"logGroupName": "/there"}, x_ormer_region="eu-west-1")
    assert studio.call("logs", "DescribeLogGroups")["logGroups"] == []
    assert len(studio.call("logs", "DescribeLogGroups", x_ormer_region="eu-west-1")["logGroups"]) == 1


def test_objects_are_shown_and_downloaded_but_never_as_pages(server: Live, studio: Visitor) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="reports")
    s3.put_object(Bucket="reports", Key="a b/ü.html", Body=b"<script>alert(1)</script>", ContentType="text/html")
    address = "/studio/api/ormer/object?uri=s3%3A%2F%2Freports%2Fa%20b%2F%C3%BC.html"
    shown = studio.get(address)
    assert shown.content == b"<script>alert(1)</script>"
    assert shown.headers["content-type"] == "application/octet-stream"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    kept = studio.get(f"{address}&download")
    assert kept.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%BC.html"
    assert kept.content == shown.content
    assert studio.get("/studio/api/ormer/object?bucket=reports&key=none").json()["code"] == "NoSuchKey"
    assert studio.get("/studio/api/ormer/object").status_code == 400


def test_long_objects_are_shown_from_their_beginning(server: Live, studio: Visitor) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="reports")
    s3.put_object(Bucket="reports", Key="long", Body=b"x" * (5 << 20))
    shown = studio.get("/studio/api/ormer/object?bucket=reports&key=long")
    assert len(shown.content) == 4 << 20 and shown.headers["x-ormer-size"] == str(5 << 20)
    assert len(studio.get("/studio/api/ormer/object?bucket=reports&key=long&download").content) == 5 << 20


def test_an_html_object_stands_in_a_frame_that_runs_nothing(server: Live, studio: Visitor) -> None:
    s3 = server.client("s3")
    s3.create_bucket(Bucket="reports")
    s3.put_object(Bucket="reports", Key="report.html", Body=b"<h1>Report</h1><script>alert(1)</script>")
    shown = studio.get("/studio/api/ormer/object?bucket=reports&key=report.html&page")
    policy = shown.headers["content-security-policy"]
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in policy and policy.endswith("; sandbox") and "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
