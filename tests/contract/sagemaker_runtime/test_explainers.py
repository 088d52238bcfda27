"""Endpoints with an ExplainerConfig: predictions and Shapley values from one request, by real servers."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Live, end_instances

from ormer.config import Config
from ormer.server import Server

BUCKET = "explained-models"
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
PYTHON_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
# The score is linear, so a feature's Shapley value is its weight times its distance from the baseline.
LINEAR = """
WEIGHTS = [2.0, -1.0, 0.5]
def model_fn(folder):
    return WEIGHTS
def transform_fn(model, body, content_type, accept):
    rows = [line.split(",") for line in body.splitlines() if line]
    if "hundred" in body:
        raise ValueError("hundred is no number")
    return "\\n".join(str(sum(w * float(x) for w, x in zip(model, row))) for row in rows), "text/csv"
"""
# Two classes with names; what is good is good. Lists of features, in JSON Lines.
WORDS = """
import json
GOOD = {"good": 0.4, "great": 0.5, "bad": -0.4}
def model_fn(folder):
    return GOOD
def transform_fn(model, body, content_type, accept):
    answers = []
    for line in body.splitlines():
        text, stars = json.loads(line)["data"]["features"]
        score = 0.1 * stars + sum(model.get(word.strip(".,"), 0) for word in text.split())
        answers.append(json.dumps({"labels": ["yes", "no"], "probabilities": [score, 1 - score]}))
    return "\\n".join(answers), "application/jsonlines"
"""
# The second model doubles what the first says.
SECOND = """
import os
def model_fn(folder):
    return 1.0
def transform_fn(model, body, content_type, accept):
    return "\\n".join(str(2 * float(line)) for line in body.splitlines()), "text/csv"
"""


def archive(code: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(code)
        tar.addfile(entry, io.BytesIO(code.encode()))
    return packed.getvalue()


class Explained:
    """Makes endpoints that explain, and asks them."""

    def __init__(self, live: Live) -> None:
        self.sagemaker, self.runtime = live.client("sagemaker"), live.client("sagemaker-runtime")
        self.s3 = live.client("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def container(self, name: str, code: str) -> dict[str, Any]:
        self.s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=archive(code))
        return {"Image": PYTHON_IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz"}

    def model(self, name: str, *codes: str) -> None:
        containers = [self.container(f"{name}-{number}", code) for number, code in enumerate(codes)]
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, Containers=containers)

    def configure(self, name: str, explainer: dict[str, Any], **variant: Any) -> None:
        instances = variant or {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{"VariantName": "main", "ModelName": name, **instances}],
            ExplainerConfig={"ClarifyExplainerConfig": explainer},
        )

    def deploy(self, name: str, explainer: dict[str, Any]) -> dict[str, Any]:
        self.configure(name, explainer)
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        deadline = time.monotonic() + 240
        while True:
            found = self.sagemaker.describe_endpoint(EndpointName=name)
            if found["EndpointStatus"] != "Creating":
                return dict(found)
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def ask(self, name: str, body: str, **more: Any) -> dict[str, Any]:
        asked = {"ContentType": "text/csv", "Accept": "text/csv", **more}
        answer = self.runtime.invoke_endpoint(EndpointName=name, Body=body, **asked)
        assert answer["ContentType"] == "application/json"
        return dict(json.loads(answer["Body"].read()))


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Iterator[Explained]:
    home = tmp_path_factory.mktemp("explained") / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    made = Server(Config(home=home, port=0, tls_port=0), strict=True)
    made.start()
    yield Explained(Live(made))
    made.stop()
    end_instances(home)


@pytest.fixture(scope="module")
def linear(explained: Explained) -> str:
    explained.model("linear", LINEAR)
    explainer = {
        "InferenceConfig": {"FeatureHeaders": ["a", "b", "c"]},
        "ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": "0,0,0\n2,2,2"}},
    }
    assert explained.deploy("linear", explainer)["EndpointStatus"] == "InService"
    return "linear"


def attributions(found: dict[str, Any], record: int = 0) -> list[list[float]]:
    return [feature["attributions"][0]["attribution"] for feature in found["explanations"]["kernel_shap"][record]]


def test_a_prediction_comes_with_the_shapley_values_of_its_features(explained: Explained, linear: str) -> None:
    found = explained.ask(linear, "3,1,4")
    assert found["version"] == "1.0"
    assert found["predictions"] == {"content_type": "text/csv; charset=utf-8", "data": "7.0"}
    assert attributions(found) == [[pytest.approx(4.0)], [pytest.approx(0.0, abs=1e-9)], [pytest.approx(1.5)]]
    assert [each["feature_header"] for each in found["explanations"]["kernel_shap"][0]] == ["a", "b", "c"]


def test_each_record_of_a_request_has_an_explanation_of_its_own(explained: Explained, linear: str) -> None:
    found = explained.ask(linear, "3,1,4\n1,1,1")
    assert attributions(found, 0)[0] == [pytest.approx(4.0)]
    assert attributions(found, 1)[0] == [pytest.approx(0.0, abs=1e-9)]


def test_only_records_that_meet_the_expression_are_explained(explained: Explained, linear: str) -> None:
    found = explained.ask(linear, "3,1,4\n1,1,1", EnableExplanations="[0]>`5`")
    first, second = found["explanations"]["kernel_shap"]
    assert first and second is None
    assert explained.ask(linear, "3,1,4", EnableExplanations="`false`")["explanations"] == {}


@pytest.mark.parametrize(
    ("body", "more", "why"),
    [
        ("1,2", {}, "has 2 features, but the SHAP baseline has 3"),
        ("1,2,3", {"EnableExplanations": "[0]"}, "neither true nor false"),
        ("1,2,3", {"EnableExplanations": "[0"}, "is not valid"),
        ("1,2,hundred", {}, "hundred is no number"),
        ("1,2,3", {"ContentType": "application/x-parquet"}, "cannot be explained"),
    ],
)
def test_a_request_that_cannot_be_explained_says_why(
    explained: Explained, linear: str, body: str, more: dict[str, str], why: str
) -> None:
    with pytest.raises(ClientError) as refused:
        explained.ask(linear, body, **more)
    assert refused.value.response["Error"]["Code"] == "ModelError"
    assert why in refused.value.response["Error"]["Message"]


def test_texts_are_explained_word_by_word(explained: Explained) -> None:
    explained.model("words", WORDS)
    explainer = {
        "EnableExplanations": "probabilities[0]>`0`",
        "InferenceConfig": {
            "FeaturesAttribute": "data.features",
            "ContentTemplate": '{"data":{"features":$features}}',
            "ProbabilityAttribute": "probabilities",
            "LabelAttribute": "labels",
            "FeatureTypes": ["text", "numerical"],
            "MaxRecordCount": 3,
        },
        "ShapConfig": {
            "ShapBaselineConfig": {
                "MimeType": "application/jsonlines",
                "ShapBaseline": '{"data":{"features":["-",0]}}',
            },
            "TextConfig": {"Language": "en", "Granularity": "token"},
        },
    }
    assert explained.deploy("words", explainer)["EndpointStatus"] == "InService"
    body = json.dumps({"data": {"features": ["a good book.", 3]}})
    types = {"ContentType": "application/jsonlines", "Accept": "application/jsonlines"}
    found = explained.ask("words", body, **types)
    assert found["label_headers"] == ["yes", "no"]
    text, stars = found["explanations"]["kernel_shap"][0]
    assert (text["feature_type"], stars["feature_type"]) == ("text", "numerical")
    described = [
        (each["description"]["partial_text"], each["description"]["start_idx"]) for each in text["attributions"]
    ]
    assert described == [("a", 0), ("good", 2), ("book", 7), (".", 11)]
    assert text["attributions"][1]["attribution"] == [pytest.approx(0.4), pytest.approx(-0.4)]
    assert text["attributions"][2]["attribution"] == [pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9)]
    assert stars["attributions"][0]["attribution"] == [pytest.approx(0.3), pytest.approx(-0.3)]


def test_an_inference_pipeline_is_explained_as_a_whole(explained: Explained) -> None:
    explained.model("pair", LINEAR, SECOND)
    explained.s3.put_object(Bucket=BUCKET, Key="baseline.csv", Body=b"1,1,1\n")
    shap = {"ShapBaselineConfig": {"ShapBaselineUri": f"s3://{BUCKET}/baseline.csv"}, "NumberOfSamples": 4, "Seed": 7}
    assert explained.deploy("pair", {"ShapConfig": shap})["EndpointStatus"] == "InService"
    found = explained.ask("pair", "3,1,4")
    assert found["predictions"]["data"] == "14.0"
    assert attributions(found) == [[pytest.approx(8.0)], [pytest.approx(0.0, abs=1e-9)], [pytest.approx(3.0)]]


def test_the_models_of_a_multi_model_endpoint_are_explained_each_for_itself(explained: Explained) -> None:
    image = explained.container("many/one", LINEAR)["Image"]
    explained.container("many/other", LINEAR.replace("2.0", "5.0"))
    many = {"Image": image, "Mode": "MultiModel", "ModelDataUrl": f"s3://{BUCKET}/many/"}
    explained.sagemaker.create_model(ModelName="many", ExecutionRoleArn=ROLE, PrimaryContainer=many)
    shap = {"ShapBaselineConfig": {"ShapBaseline": "0,0,0"}}
    assert explained.deploy("many", {"ShapConfig": shap})["EndpointStatus"] == "InService"
    for model, weight in (("one", 2), ("other", 5)):
        found = explained.ask("many", "3,1,4", TargetModel=f"{model}/model.tar.gz")
        assert attributions(found)[0] == [pytest.approx(3 * weight)]


def test_an_expression_that_is_none_fails_the_endpoint_with_its_text(explained: Explained, linear: str) -> None:
    explained.model("wrong", LINEAR)
    shap = {"ShapBaselineConfig": {"ShapBaseline": "0,0,0"}}
    found = explained.deploy("wrong", {"EnableExplanations": "[0", "ShapConfig": shap})
    assert found["EndpointStatus"] == "Failed"
    assert "EnableExplanations '[0' is no JMESPath expression" in found["FailureReason"]


def test_a_baseline_that_is_not_there_fails_the_endpoint(explained: Explained) -> None:
    explained.model("absent", LINEAR)
    shap = {"ShapBaselineConfig": {"ShapBaselineUri": f"s3://{BUCKET}/nothing.csv"}}
    found = explained.deploy("absent", {"ShapConfig": shap})
    assert found["EndpointStatus"] == "Failed"
    assert "nothing.csv" in found["FailureReason"]


@pytest.mark.parametrize(
    ("shap", "variant", "why"),
    [
        ({"ShapBaselineConfig": {}}, {}, "either a ShapBaseline or a ShapBaselineUri"),
        (
            {"ShapBaselineConfig": {"ShapBaseline": "0,0,0"}},
            {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}},
            "cannot be combined with a ServerlessConfig",
        ),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(
    explained: Explained, linear: str, shap: dict[str, Any], variant: dict[str, Any], why: str
) -> None:
    with pytest.raises(ClientError, match=why):
        explained.configure(linear, {"ShapConfig": shap}, **variant)
