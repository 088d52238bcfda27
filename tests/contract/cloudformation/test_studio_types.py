"""Domains with people, spaces, scripts and images, providers, profiles, dashboards and cards, made by stacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/images"
CARD = {"model_overview": {"model_description": "says little"}}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


@pytest.fixture
def clients(shared_server):
    return {name: shared_server.client(name) for name in ("sagemaker", "iam", "cloudwatch")}


@pytest.fixture
def run(cloudformation, ended, unique):
    """Create the stack, or update it when it is there; returns its outputs. It is deleted in the end."""
    name = unique("studio")

    def go(resources, outputs):
        body = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}}
        request = {
            "StackName": name,
            "TemplateBody": json.dumps(body),
            "Tags": [{"Key": "team", "Value": "a"}],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        try:
            cloudformation.create_stack(**request)
        except cloudformation.exceptions.AlreadyExistsException:
            cloudformation.update_stack(**request)
        stack = ended(name)
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [one.get("ResourceStatusReason") for one in events if "FAILED" in one["ResourceStatus"]]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), reasons
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    yield go
    arn = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=name)
    assert ended(arn)["StackStatus"] == "DELETE_COMPLETE"


def studio(name, storage, notes):
    settings = {
        "ExecutionRole": ROLE,
        "JupyterLabAppSettings": {"LifecycleConfigArns": [of("Script", "StudioLifecycleConfigArn")]},
    }
    user = {"DomainId": {"Ref": "Domain"}, "UserProfileName": "ann"}
    space = {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": storage}}}
    return {
        "Script": resource(
            "SageMaker::StudioLifecycleConfig",
            StudioLifecycleConfigName=name,
            StudioLifecycleConfigContent="ZWNobyBoaQ==",
            StudioLifecycleConfigAppType="JupyterLab",
        ),
        "Domain": resource(
            "SageMaker::Domain",
            DomainName=name,
            AuthMode="IAM",
            DefaultUserSettings=settings,
            DomainSettings={"SecurityGroupIds": []},
            VpcId="vpc-1",
            SubnetIds=["subnet-1"],
        ),
        "Ann": resource("SageMaker::UserProfile", **user, UserSettings={"ExecutionRole": ROLE}),
        "Space": resource(
            "SageMaker::Space",
            DomainId={"Ref": "Domain"},
            SpaceName="team",
            SpaceSettings=space,
            SpaceDisplayName=notes,
        ),
        "Image": resource("SageMaker::Image", ImageName=name, ImageRoleArn=ROLE, ImageDescription=notes),
        "First": resource(
            "SageMaker::ImageVersion",
            ImageName=of("Image", "ImageArn", name=True),
            BaseImage="123456789012.dkr.ecr.us-east-1.amazonaws.com/kernels:1",
            Alias=notes,
        ),
        "Settings": resource(
            "SageMaker::AppImageConfig",
            AppImageConfigName=name,
            KernelGatewayImageConfig={"KernelSpecs": [{"Name": "python3", "DisplayName": notes}]},
        ),
        "Card": resource(
            "SageMaker::ModelCard",
            ModelCardName=name,
            ModelCardStatus="Draft",
            Content={**CARD, "business_details": {"business_problem": notes}},
        ),
    }


def of(logical_id, attribute, name=False):
    if name:
        # The name out of the ARN, so that the version waits for its image.
        return {"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::GetAtt": [logical_id, attribute]}]}]}
    return {"Fn::GetAtt": [logical_id, attribute]}


def test_a_domain_comes_with_its_people_spaces_scripts_and_images(run, clients, unique):
    sagemaker, name = clients["sagemaker"], unique("studio")
    outputs = {"Domain": {"Ref": "Domain"}, "Ann": of("Ann", "UserProfileArn"), "Version": of("First", "Version")}
    found = run(studio(name, 5, "first"), outputs)
    domain = sagemaker.describe_domain(DomainId=found["Domain"])
    scripts = domain["DefaultUserSettings"]["JupyterLabAppSettings"]["LifecycleConfigArns"]
    assert scripts[0].endswith(f"studio-lifecycle-config/{name}") and domain["SubnetIds"] == ["subnet-1"]
    assert found["Ann"].endswith(f"{found['Domain']}/ann") and found["Version"] == "1"
    assert sagemaker.describe_image_version(ImageName=name, Alias="first")["Version"] == 1
    tags = sagemaker.list_tags(ResourceArn=domain["DomainArn"])["Tags"]
    assert {"Key": "team", "Value": "a"} in tags

    assert run(studio(name, 10, "second"), outputs) == found
    space = sagemaker.describe_space(DomainId=found["Domain"], SpaceName="team")
    assert space["SpaceSettings"]["SpaceStorageSettings"]["EbsStorageSettings"]["EbsVolumeSizeInGb"] == 10
    assert sagemaker.list_aliases(ImageName=name)["SageMakerImageVersionAliases"] == ["second"]
    assert sagemaker.describe_image(ImageName=name)["Description"] == "second"
    settings = sagemaker.describe_app_image_config(AppImageConfigName=name)["KernelGatewayImageConfig"]
    assert settings["KernelSpecs"][0]["DisplayName"] == "second"
    assert "second" in sagemaker.describe_model_card(ModelCardName=name)["Content"]


def test_providers_profiles_and_dashboards_follow_their_template(run, clients, unique):
    iam, host, board = clients["iam"], f"{unique('token')}.example.com", unique("board")
    trust = {"Version": "2012-10-17", "Statement": []}

    def resources(client, role, text):
        return {
            "One": resource("IAM::Role", AssumeRolePolicyDocument=trust),
            "Two": resource("IAM::Role", AssumeRolePolicyDocument=trust),
            "Provider": resource("IAM::OIDCProvider", Url=f"https://{host}", ClientIdList=[client]),
            "Profile": resource("IAM::InstanceProfile", Roles=[{"Ref": role}]),
            "Board": resource(
                "CloudWatch::Dashboard", DashboardName=board, DashboardBody=json.dumps({"widgets": text})
            ),
        }

    outputs = {"Provider": {"Ref": "Provider"}, "Profile": {"Ref": "Profile"}, "Two": {"Ref": "Two"}}
    run(resources("a", "One", []), outputs)
    found = run(resources("b", "Two", [{"type": "text"}]), outputs)
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=found["Provider"])["ClientIDList"] == ["b"]
    profile = iam.get_instance_profile(InstanceProfileName=found["Profile"])["InstanceProfile"]
    assert [one["RoleName"] for one in profile["Roles"]] == [found["Two"]]
    assert "text" in clients["cloudwatch"].get_dashboard(DashboardName=board)["DashboardBody"]
