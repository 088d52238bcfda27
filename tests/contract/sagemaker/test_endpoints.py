"""Models, endpoint configurations and endpoints as boto3 has them: documents, lists, errors in AWS's words."""

from __future__ import annotations

import io
import os
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
BUCKET = "endpoint-models"
CODE = "def model_fn(d): return 1\ndef transform_fn(m, body, ct, accept): return 'well', 'text/plain'\n"
FEW = {"Delay": 1, "MaxAttempts": 120}


@pytest.fixture(scope="session")
def s3(shared_server: Any) -> Any:
    kept = os.environ.get("ORMER_TEST_RUNTIMES")
    folder = shared_server.config.home / "runtimes"
    if kept and not folder.exists():
        Path(kept).mkdir(parents=True, exist_ok=True)
        folder.symlink_to(kept)
    made = shared_server.client("s3")
    made.create_bucket(Bucket=BUCKET)
    return made


@pytest.fixture(scope="session")
def archive(s3: Any) -> str:
    """The address of a model that answers."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(CODE)
        opened.addfile(member, io.BytesIO(CODE.encode()))
    s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=packed.getvalue())
    return f"s3://{BUCKET}/model.tar.gz"


@pytest.fixture
def model(sagemaker, unique, archive) -> str:
    name = unique("model")
    primary = {"Image": IMAGE, "ModelDataUrl": archive}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=primary)
    return name


def variant(model: str, name: str = "AllTraffic", **more: Any) -> dict[str, Any]:
    instances = {} if "ServerlessConfig" in more else {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {"VariantName": name, "ModelName": model, **instances, **more}


@pytest.fixture
def config(sagemaker, unique, model) -> str:
    name = unique("config")
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(model)])
    return name


def end(sagemaker: Any, name: str) -> None:
    """Delete an endpoint and wait until it is gone, so that no instance outlives the tests."""
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig=FEW)


def refused(match: str, code: str = "ValidationException") -> Any:
    """`pytest.raises` for an error of AWS's with this code and text."""

    class Refused:
        def __enter__(self) -> Any:
            self.inner = pytest.raises(ClientError, match=match)
            self.error = self.inner.__enter__()
            return self.error

        def __exit__(self, *exc: Any) -> bool:
            suppressed = self.inner.__exit__(*exc)
            assert self.error.value.response["Error"]["Code"] == code
            return suppressed

    return Refused()


# -- models -------------------------------------------------------------------------------------------------------


def test_a_model_is_described_in_the_form_it_was_given(sagemaker, unique, archive):
    one, two = unique("model"), unique("model")
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    source = {"S3DataSource": {"S3Uri": archive, "S3DataType": "S3Object", "CompressionType": "Gzip"}}
    primary = {"Image": IMAGE, "ModelDataSource": source, "Environment": {"A": "1"}}
    sagemaker.create_model(ModelName=one, ExecutionRoleArn=ROLE, PrimaryContainer=primary, VpcConfig=vpc)
    found = sagemaker.describe_model(ModelName=one)
    assert found["PrimaryContainer"] == {"Mode": "SingleModel", **primary}
    assert (found["VpcConfig"], found["EnableNetworkIsolation"]) == (vpc, False)
    chain = [{"Image": IMAGE, "ModelDataUrl": archive, "ContainerHostname": name} for name in ("a", "b")]
    mode = {"Mode": "Direct"}
    sagemaker.create_model(
        ModelName=two,
        ExecutionRoleArn=ROLE,
        Containers=chain,
        InferenceExecutionConfig=mode,
        EnableNetworkIsolation=True,
    )
    found = sagemaker.describe_model(ModelName=two)
    assert [each["ContainerHostname"] for each in found["Containers"]] == ["a", "b"]
    assert (found["InferenceExecutionConfig"], found["EnableNetworkIsolation"]) == (mode, True)
    sagemaker.delete_model(ModelName=two)
    assert two not in [each["ModelName"] for each in sagemaker.list_models(NameContains=two)["Models"]]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({}, "Give either PrimaryContainer or Containers"),
        ({"PrimaryContainer": {}}, "Give either PrimaryContainer or Containers"),
        ({"PrimaryContainer": {"Image": IMAGE, "ModelPackageName": "p"}}, "either an Image or a ModelPackageName"),
        ({"PrimaryContainer": {"Image": "1.dkr.ecr.x.amazonaws.com/no:1"}}, "No runtime is mapped to the image"),
        ({"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel"}}, "needs the ModelDataUrl"),
        (
            {"Containers": [{"Image": IMAGE}, {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://b/"}]},
            "must be a model's only container",
        ),
        (
            {"Containers": [{"Image": IMAGE}, {"Image": IMAGE}], "InferenceExecutionConfig": {"Mode": "Direct"}},
            "needs a ContainerHostname of its own",
        ),
    ],
)
def test_models_that_contradict_themselves_are_refused(sagemaker, unique, request_, words):
    with refused(words):
        sagemaker.create_model(ModelName=unique("model"), ExecutionRoleArn=ROLE, **request_)


# -- configurations -----------------------------------------------------------------------------------------------


def test_a_configuration_is_described_listed_and_deleted(sagemaker, unique, model):
    name = unique("config")
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    made = sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant(model)],
        DataCaptureConfig=capture,
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert made["EndpointConfigArn"] == f"arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/{name}"
    found = sagemaker.describe_endpoint_config(EndpointConfigName=name)
    assert found["ProductionVariants"] == [variant(model, InitialVariantWeight=1.0)]
    assert found["DataCaptureConfig"] == capture
    assert found["EnableNetworkIsolation"] is False
    assert sagemaker.list_tags(ResourceArn=made["EndpointConfigArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    listed = sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"]
    assert [each["EndpointConfigArn"] for each in listed] == [made["EndpointConfigArn"]]
    with refused(f'Cannot create already existing endpoint configuration "{made["EndpointConfigArn"]}"'):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(model)])
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    with refused(f'Could not find endpoint configuration "{made["EndpointConfigArn"]}"'):
        sagemaker.describe_endpoint_config(EndpointConfigName=name)
    with refused("Could not find endpoint configuration"):
        sagemaker.delete_endpoint_config(EndpointConfigName=name)


EXPLAINER = {"ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": "1,2"}}}}
SERVERLESS = {"MemorySizeInMB": 1024, "MaxConcurrency": 2}
OUTPUT = {"OutputConfig": {"S3OutputPath": "s3://b/out"}}
CAPTURE = {
    "InitialSamplingPercentage": 1,
    "DestinationS3Uri": "s3://b/c",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


@pytest.mark.parametrize(
    ("variants", "more", "words", "code"),
    [
        ([{}, {}], {}, "Variant names must be unique", "ValidationException"),
        ([{"ModelName": "no-such-model"}], {}, 'Could not find model "arn:', "ValidationException"),
        ([{"InstanceType": None}], {}, "lacks InstanceType", "ValidationException"),
        ([{"InitialInstanceCount": 99}], {}, "asks for 99 instances", "ResourceLimitExceeded"),
        ([{"InitialVariantWeight": 0.0}], {}, "InitialVariantWeight above 0", "ValidationException"),
        ([{"ServerlessConfig": SERVERLESS}], {}, "must not have InstanceType", "ValidationException"),
        (
            [
                {
                    "ServerlessConfig": {**SERVERLESS, "ProvisionedConcurrency": 3},
                    **dict.fromkeys(("InstanceType", "InitialInstanceCount")),
                }
            ],
            {},
            "must not be above its MaxConcurrency of 2",
            "ValidationException",
        ),
        (
            [{"ServerlessConfig": SERVERLESS, **dict.fromkeys(("InstanceType", "InitialInstanceCount"))}],
            {"AsyncInferenceConfig": OUTPUT},
            "AsyncInferenceConfig cannot be combined with a ServerlessConfig",
            "ValidationException",
        ),
        (
            [{"ServerlessConfig": SERVERLESS, **dict.fromkeys(("InstanceType", "InitialInstanceCount"))}],
            {"DataCaptureConfig": CAPTURE},
            "DataCaptureConfig cannot be combined",
            "ValidationException",
        ),
        (
            [{}, {"VariantName": "b"}],
            {"AsyncInferenceConfig": OUTPUT},
            "one production variant only",
            "ValidationException",
        ),
        (
            [{"ServerlessConfig": SERVERLESS, "InstanceType": None, "InitialInstanceCount": None}],
            {"ExplainerConfig": EXPLAINER},
            "cannot be combined with a ServerlessConfig",
            "ValidationException",
        ),
    ],
)
def test_variants_that_contradict_each_other_are_refused(sagemaker, unique, model, variants, more, words, code):
    full = [{key: value for key, value in {**variant(model), **each}.items() if value is not None} for each in variants]
    with refused(words, code):
        sagemaker.create_endpoint_config(EndpointConfigName=unique("config"), ProductionVariants=full, **more)


def test_a_shadow_stands_beside_one_production_variant(sagemaker, unique, model):
    name = unique("config")
    shadow = variant(model, "shadow")
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant(model)], ShadowProductionVariants=[shadow]
    )
    found = sagemaker.describe_endpoint_config(EndpointConfigName=name)
    assert [each["VariantName"] for each in found["ShadowProductionVariants"]] == ["shadow"]
    with refused("exactly one production variant and one shadow variant, this one has 2 and 1"):
        sagemaker.create_endpoint_config(
            EndpointConfigName=unique("config"),
            ProductionVariants=[variant(model), variant(model, "b")],
            ShadowProductionVariants=[shadow],
        )


# -- endpoints ----------------------------------------------------------------------------------------------------


def test_an_endpoint_from_its_creation_to_its_end(sagemaker, unique, model, config):
    """Waiters of botocore included: they read statuses and the not-found error."""
    name = unique("endpoint")
    made = sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=[{"Key": "a", "Value": "b"}])
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{name}"
    assert made["EndpointArn"] == arn
    with refused(f'Cannot create already existing endpoint "{arn}"'):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=FEW)
    found = sagemaker.describe_endpoint(EndpointName=name)
    assert found["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert found["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"] == IMAGE
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    listed = sagemaker.list_endpoints(NameContains=name, StatusEquals="InService")["Endpoints"]
    assert [(each["EndpointArn"], each["EndpointStatus"]) for each in listed] == [(arn, "InService")]
    # What it was made of may go.
    sagemaker.delete_endpoint_config(EndpointConfigName=config)
    sagemaker.delete_model(ModelName=model)
    change = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 2, "DesiredWeight": 2.0}]
    answer = sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=change)
    assert answer["EndpointArn"] == arn
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=FEW)
    scaled = sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"][0]
    assert (scaled["CurrentInstanceCount"], scaled["CurrentWeight"]) == (2, 2.0)
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig=FEW)
    with refused(f'Could not find endpoint "{arn}"'):
        sagemaker.describe_endpoint(EndpointName=name)
    with refused("Could not find endpoint"):
        sagemaker.delete_endpoint(EndpointName=name)


def test_an_endpoint_moves_to_another_configuration(sagemaker, unique, model, config):
    name, following = unique("endpoint"), unique("config")
    sagemaker.create_endpoint_config(EndpointConfigName=following, ProductionVariants=[variant(model, "other")])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    with refused(f'Cannot update in-progress endpoint "arn:.*{name}"'):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=following)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=FEW)
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    policy = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
    answer = sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=following, DeploymentConfig=policy)
    assert answer["EndpointArn"].endswith(name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=FEW)
    found = sagemaker.describe_endpoint(EndpointName=name)
    assert found["EndpointConfigName"] == following
    assert [each["VariantName"] for each in found["ProductionVariants"]] == ["other"]
    assert found["LastDeploymentConfig"] == policy
    end(sagemaker, name)


def test_an_endpoint_may_be_deleted_while_it_is_made(sagemaker, unique, config):
    name = unique("endpoint")
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig=FEW)
    assert sagemaker.list_endpoints(NameContains=name)["Endpoints"] == []


CANARY = {"Type": "CANARY", "WaitIntervalInSeconds": 0}
HALF = {"Type": "CAPACITY_PERCENT", "Value": 50}
ALL = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}


@pytest.mark.parametrize(
    ("deployment", "words"),
    [
        (
            {
                "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": ALL},
                "RollingUpdatePolicy": {"MaximumBatchSize": HALF, "WaitIntervalInSeconds": 0},
            },
            "not both",
        ),
        ({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": CANARY}}, "needs a CanarySize"),
        (
            {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {**ALL, "CanarySize": HALF}}},
            "CanarySize belongs to traffic routing of the type CANARY",
        ),
        (
            {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {**CANARY, "CanarySize": {**HALF, "Value": 60}}}},
            "must be from 1 to 50 percent",
        ),
        (
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1},
                    "WaitIntervalInSeconds": 0,
                }
            },
            "at most 50 percent of the instances",
        ),
    ],
)
def test_deployment_configurations_that_say_too_little_or_too_much_are_refused(
    sagemaker, unique, config, deployment, words
):
    with refused(words):
        sagemaker.create_endpoint(EndpointName=unique("e"), EndpointConfigName=config, DeploymentConfig=deployment)


def test_changes_of_what_is_not_there_are_refused(sagemaker, unique, config):
    name = unique("endpoint")
    with refused("Could not find endpoint configuration"):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=unique("none"))
    with refused("Could not find endpoint"):
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    with refused("needs RetainAllVariantProperties"):
        sagemaker.update_endpoint(
            EndpointName=name,
            EndpointConfigName=config,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
        )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=FEW)
    for change, words in (
        ({"VariantName": "b", "DesiredWeight": 1.0}, 'The variant "b" does not exist in endpoint'),
        ({"VariantName": "AllTraffic", "DesiredInstanceCount": 0}, "must be at least 1"),
        ({"VariantName": "AllTraffic", "ServerlessUpdateConfig": {"MaxConcurrency": 3}}, "is not serverless"),
    ):
        with refused(words):
            sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=[change])
    end(sagemaker, name)


def test_the_keys_of_an_instance_are_its_models_role(shared_server, sagemaker, unique, archive):
    """The container asks the credentials address as any SDK does."""
    code = (
        "import os, urllib.request\n"
        "def model_fn(d):\n"
        "    asked = urllib.request.Request(os.environ['AWS_CONTAINER_CREDENTIALS_FULL_URI'],\n"
        "        headers={'Authorization': os.environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']})\n"
        "    print(urllib.request.urlopen(asked).read().decode(), flush=True)\n"
        "def transform_fn(m, b, c, a): return 'x', 'text/plain'\n"
    )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(code)
        opened.addfile(member, io.BytesIO(code.encode()))
    shared_server.client("s3").put_object(Bucket=BUCKET, Key="keys.tar.gz", Body=packed.getvalue())
    name = unique("keys")
    primary = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/keys.tar.gz"}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=primary)
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(name)])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=FEW)
    logs = shared_server.client("logs")
    deadline = time.monotonic() + 60
    text = ""
    while "RoleArn" not in text and time.monotonic() < deadline:
        events = logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")["events"]
        text = "\n".join(event["message"] for event in events)
    assert ROLE in text
    end(sagemaker, name)
