"""What the pipeline is started with. That it runs is what the delivery proves with every commit."""

import sys
import types

import pytest

pytest.importorskip("sagemaker")

import boto3
from botocore.stub import Stubber

from pipelines import run_pipeline
from pipelines.abalone import checks, pipeline, preprocess
from pipelines.arguments import listing, mapping, tags_of

REGION = "us-east-1"


@pytest.fixture
def registry():
    client = boto3.client("sagemaker", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubber:
        yield client, stubber


def test_each_check_has_its_flags_and_baselines_as_parameters():
    names = {parameter.name for parameter in pipeline.parameters_of(REGION)}
    for check in checks.CHECKS:
        assert {f"Skip{check}Check", f"RegisterNew{check}Baseline", f"SuppliedBaselineConstraints{check}"} <= names


def test_reports_name_the_columns_that_preprocessing_makes():
    table = preprocess.pd.DataFrame([["F", *[0.1] * 7, 9]], columns=["sex", *preprocess.MEASUREMENTS, "rings"])
    assert list(preprocess.prepare(table).columns) == checks.COLUMNS


def test_hyperparameters_are_what_the_algorithm_requires():
    assert pipeline.HYPERPARAMETERS["num_round"] >= 1
    assert pipeline.HYPERPARAMETERS["objective"].startswith("reg:")


def test_a_group_that_is_not_there_has_no_approved_version(registry):
    client, stubber = registry
    stubber.add_client_error("list_model_packages", "ValidationException", "ModelPackageGroup g does not exist.")
    assert pipeline.approved_versions(client, "g") == []


def test_any_other_refusal_is_not_taken_for_an_empty_group(registry):
    client, stubber = registry
    stubber.add_client_error("list_model_packages", "AccessDeniedException", "You may not list model packages.")
    with pytest.raises(Exception, match="may not"):
        pipeline.approved_versions(client, "g")


def test_arguments_are_a_dictionary_and_nothing_that_is_run():
    assert mapping(" {'region': 'eu-west-1'} ") == {"region": "eu-west-1"}
    with pytest.raises(ValueError, match="no dictionary"):
        mapping("[1]")
    with pytest.raises(ValueError, match="malformed"):
        mapping("__import__('os').getcwd()")


def test_only_what_is_known_of_the_project_becomes_a_tag():
    assert tags_of("abalone", None) == [{"Key": "sagemaker:project-name", "Value": "abalone"}]


def test_tags_are_a_list():
    assert listing(' [{"Key": "a", "Value": "b"}] ') == [{"Key": "a", "Value": "b"}]
    with pytest.raises(ValueError, match="no list"):
        listing("{}")


def test_a_pipeline_of_another_kind_is_brought_up_to_date_with_its_tags_and_started(monkeypatch):
    """As `run-pipeline` of a package: the module needs nothing but get_pipeline()."""
    said = {}

    class Execution:
        arn = "arn"

        def describe(self):
            return {"PipelineExecutionStatus": "Succeeded"}

        def list_steps(self):
            return []

    class Pipeline:
        name = "mine"

        def upsert(self, **words):
            said.update(words)

        def start(self, parameters):
            said["parameters"] = parameters
            return Execution()

    mine = types.ModuleType("mine")
    mine.get_pipeline = lambda region: Pipeline()
    monkeypatch.setitem(sys.modules, "mine", mine)
    words = ["--module-name", "mine", "--role-arn", "role", "--kwargs", '{"region": "eu-west-1"}']
    assert run_pipeline.main([*words, "--tags", '[{"Key": "a", "Value": "b"}]']) == 0
    tags = [{"Key": "a", "Value": "b"}]
    assert said == {"role_arn": "role", "tags": tags, "description": None, "parameters": {}}
