"""Spaces, lifecycle scripts, image settings and images: what Studio's applications would use, kept as documents."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/kernels:1"
ROLE = "arn:aws:iam::123456789012:role/images"


@pytest.fixture
def domain(sagemaker, unique):
    settings = {"ExecutionRole": ROLE}
    made = sagemaker.create_domain(DomainName=unique("d"), AuthMode="IAM", DefaultUserSettings=settings)
    return made["DomainId"]


def code(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


def test_a_space_is_made_changed_and_holds_its_domain(sagemaker, domain):
    named = {"DomainId": domain, "SpaceName": "team"}
    settings = {"AppType": "JupyterLab", "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 5}}}
    sagemaker.create_space(
        **named,
        SpaceSettings=settings,
        OwnershipSettings={"OwnerUserProfileName": "ann"},
        SpaceSharingSettings={"SharingType": "Private"},
    )
    assert code(sagemaker.create_space, **named) == "ResourceInUse"
    (found,) = sagemaker.list_spaces(DomainIdEquals=domain, SpaceNameContains="ea")["Spaces"]
    assert found["SpaceSettingsSummary"]["AppType"] == "JupyterLab" and found["Status"] == "InService"
    assert found["OwnershipSettingsSummary"] == {"OwnerUserProfileName": "ann"}
    sagemaker.update_space(**named, SpaceDisplayName="The team's")
    assert sagemaker.describe_space(**named)["SpaceDisplayName"] == "The team's"
    assert code(sagemaker.delete_domain, DomainId=domain) == "ResourceInUse"
    sagemaker.delete_space(**named)
    assert code(sagemaker.describe_space, **named) == "ResourceNotFound"
    sagemaker.delete_domain(DomainId=domain)


def test_applications_are_refused_and_so_none_is_listed(sagemaker, domain):
    asked = {"DomainId": domain, "UserProfileName": "ann", "AppType": "JupyterLab", "AppName": "default"}
    assert code(sagemaker.create_app, **asked) == "NotImplemented"
    assert sagemaker.list_apps(DomainIdEquals=domain)["Apps"] == []


def test_lifecycle_scripts_are_kept(sagemaker, unique):
    name = unique("script")
    named = {"StudioLifecycleConfigName": name}
    kept = {"StudioLifecycleConfigContent": "ZWNobyBoaQ==", "StudioLifecycleConfigAppType": "JupyterLab"}
    sagemaker.create_studio_lifecycle_config(**named, **kept)
    found = sagemaker.describe_studio_lifecycle_config(**named)
    assert {key: found[key] for key in kept} == kept
    listed = sagemaker.list_studio_lifecycle_configs(NameContains=name, AppTypeEquals="JupyterLab")
    assert [one["StudioLifecycleConfigName"] for one in listed["StudioLifecycleConfigs"]] == [name]
    others = sagemaker.list_studio_lifecycle_configs(NameContains=name, AppTypeEquals="CodeEditor")
    assert others["StudioLifecycleConfigs"] == []
    sagemaker.delete_studio_lifecycle_config(**named)
    assert code(sagemaker.describe_studio_lifecycle_config, **named) == "ResourceNotFound"


def test_image_settings_are_of_one_kind_of_application(sagemaker, unique):
    named = {"AppImageConfigName": unique("settings")}
    kernel = {"KernelGatewayImageConfig": {"KernelSpecs": [{"Name": "python3"}]}}
    both = {**kernel, "CodeEditorAppImageConfig": {}}
    assert code(sagemaker.create_app_image_config, **named, **both) == "ValidationException"
    sagemaker.create_app_image_config(**named, **kernel)
    sagemaker.update_app_image_config(**named, JupyterLabAppImageConfig={"FileSystemConfig": {"MountPath": "/home"}})
    found = sagemaker.describe_app_image_config(**named)
    assert found["JupyterLabAppImageConfig"]["FileSystemConfig"]["MountPath"] == "/home"
    assert "KernelGatewayImageConfig" not in found
    listed = sagemaker.list_app_image_configs(NameContains=named["AppImageConfigName"])["AppImageConfigs"]
    assert len(listed) == 1
    sagemaker.delete_app_image_config(**named)
    assert code(sagemaker.describe_app_image_config, **named) == "ResourceNotFound"


def test_an_image_has_numbered_versions_with_aliases(sagemaker, unique):
    named = {"ImageName": unique("image")}
    sagemaker.create_image(**named, RoleArn=ROLE, DisplayName="kernels")
    assert code(sagemaker.describe_image_version, **named) == "ResourceNotFound"
    made = sagemaker.create_image_version(**named, BaseImage=IMAGE, Aliases=["latest"], ClientToken="a" * 36)
    again = sagemaker.create_image_version(**named, BaseImage=IMAGE, Aliases=[], ClientToken="b" * 36)
    assert made["ImageVersionArn"].endswith("/1") and again["ImageVersionArn"].endswith("/2")
    assert sagemaker.describe_image_version(**named)["Version"] == 2
    assert sagemaker.describe_image_version(**named, Alias="latest")["BaseImage"] == IMAGE
    assert code(sagemaker.update_image_version, **named, Version=2, AliasesToAdd=["latest"]) == "ResourceInUse"
    sagemaker.update_image_version(**named, Version=2, AliasesToAdd=["next"], ReleaseNotes="new")
    assert sagemaker.list_aliases(**named)["SageMakerImageVersionAliases"] == ["latest", "next"]
    assert len(sagemaker.list_image_versions(**named)["ImageVersions"]) == 2
    sagemaker.delete_image_version(**named, Version=2)
    third = sagemaker.create_image_version(**named, BaseImage=IMAGE, ClientToken="c" * 36)
    assert third["ImageVersionArn"].endswith("/3")
    sagemaker.update_image(**named, Description="for teams", DeleteProperties=["DisplayName"])
    found = sagemaker.describe_image(**named)
    assert (found["ImageStatus"], found["Description"]) == ("CREATED", "for teams") and "DisplayName" not in found
    assert named["ImageName"] in [one["ImageName"] for one in sagemaker.list_images(SortBy="IMAGE_NAME")["Images"]]
    sagemaker.delete_image(**named)
    assert code(sagemaker.describe_image, **named) == "ResourceNotFound"
