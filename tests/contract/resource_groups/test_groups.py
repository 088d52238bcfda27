"""Groups of what bears a tag, as the SDK keeps the registry's Collections in them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

MODEL_GROUP, GROUP = "AWS::SageMaker::ModelPackageGroup", "AWS::ResourceGroups::Group"


def query(key: str, *values: str, types: tuple[str, ...] = (MODEL_GROUP, GROUP)) -> dict[str, str]:
    told = {"ResourceTypeFilters": types, "TagFilters": [{"Key": key, "Values": values}]}
    return {"Type": "TAG_FILTERS_1_0", "Query": json.dumps(told)}


def members(groups, name: str, *types: str) -> list[str]:
    filters = [{"Name": "resource-type", "Values": list(types)}] if types else []
    answer = groups.list_group_resources(Group=name, Filters=filters)
    assert answer["ResourceIdentifiers"] == [one["Identifier"] for one in answer["Resources"]]
    return [one["Identifier"]["ResourceArn"] for one in answer["Resources"]]


def test_a_group_holds_what_bears_its_tag(groups, sagemaker, unique):
    name, key = unique("collection"), unique("path")
    made = groups.create_group(Name=name, ResourceQuery=query(key, name), Tags={"root": "true"}, Description="models")
    assert made["Tags"] == {"root": "true"} and made["ResourceQuery"] == query(key, name)
    assert members(groups, name) == []
    shelf = sagemaker.create_model_package_group(
        ModelPackageGroupName=unique("shelf"), Tags=[{"Key": key, "Value": name}]
    )["ModelPackageGroupArn"]
    sagemaker.create_model_package_group(
        ModelPackageGroupName=unique("other"), Tags=[{"Key": key, "Value": "elsewhere"}]
    )
    child = groups.create_group(Name=unique("child"), ResourceQuery=query(key, "x"), Tags={key: name})["Group"]
    experiment = unique("experiment")
    sagemaker.create_experiment(ExperimentName=experiment, Tags=[{"Key": key, "Value": name}])
    assert members(groups, name) == [child["GroupArn"], shelf]
    assert members(groups, made["Group"]["GroupArn"], MODEL_GROUP) == [shelf]
    everything = query(key, types=("AWS::AllSupported",))
    found = groups.search_resources(ResourceQuery=everything, MaxResults=2)
    rest = groups.search_resources(ResourceQuery=everything, NextToken=found["NextToken"])
    types = [one["ResourceType"] for one in found["ResourceIdentifiers"] + rest["ResourceIdentifiers"]]
    assert sorted(types) == [GROUP, "AWS::SageMaker::Experiment", MODEL_GROUP, MODEL_GROUP]
    sagemaker.delete_tags(ResourceArn=shelf, TagKeys=[key])
    assert members(groups, name, MODEL_GROUP) == []


def test_a_group_is_answered_changed_tagged_listed_and_deleted(groups, unique):
    name, key = unique("group"), unique("key")
    arn = groups.create_group(Name=name, ResourceQuery=query(key))["Group"]["GroupArn"]
    assert arn == f"arn:aws:resource-groups:us-east-1:123456789012:group/{name}"
    groups.update_group(Group=name, Description="new words")
    assert groups.get_group(GroupName=name)["Group"] == {"GroupArn": arn, "Name": name, "Description": "new words"}
    groups.update_group_query(Group=name, ResourceQuery=query(key, "a", types=(MODEL_GROUP,)))
    told = groups.get_group_query(Group=arn)["GroupQuery"]
    assert told == {"GroupName": name, "ResourceQuery": query(key, "a", types=(MODEL_GROUP,))}
    groups.tag(Arn=arn, Tags={"a": "1", "b": "2"})
    groups.untag(Arn=arn, Keys=["a"])
    assert groups.get_tags(Arn=arn)["Tags"] == {"b": "2"}
    for kind, there in ((MODEL_GROUP, True), (GROUP, False)):
        listed = groups.list_groups(Filters=[{"Name": "resource-type", "Values": [kind]}])
        assert (arn in [one["GroupArn"] for one in listed["GroupIdentifiers"]]) is there
    assert groups.delete_group(Group=name)["Group"]["GroupArn"] == arn
    with pytest.raises(ClientError, match="Cannot find group") as error:
        groups.get_group(Group=name)
    assert error.value.response["Error"]["Code"] == "NotFoundException"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"Type": "TAG_FILTERS_1_0", "Query": "tags please"}, "write JSON such as"),
        ({"Type": "TAG_FILTERS_1_0", "Query": "[]"}, "write JSON such as"),
        ({"Type": "CLOUDFORMATION_STACK_1_0", "Query": "{}"}, "use TAG_FILTERS_1_0"),
    ],
)
def test_what_is_no_query_is_refused(groups, unique, asked, words):
    with pytest.raises(ClientError, match=words) as error:
        groups.create_group(Name=unique("bad"), ResourceQuery=asked)
    assert error.value.response["Error"]["Code"] == "BadRequestException"


def test_a_name_is_given_once(groups, unique):
    name = unique("once")
    groups.create_group(Name=name, ResourceQuery=query("k"))
    with pytest.raises(ClientError, match="group already exists") as error:
        groups.create_group(Name=name, ResourceQuery=query("other"))
    assert error.value.response["Error"]["Code"] == "BadRequestException"


def test_tagged_resources_are_found_over_all_services(tagging, groups, sagemaker, unique):
    key = unique("team")
    arns = [
        sagemaker.create_model_package_group(
            ModelPackageGroupName=unique("shelf"), Tags=[{"Key": key, "Value": value}]
        )["ModelPackageGroupArn"]
        for value in ("growth", "risk")
    ]
    group = groups.create_group(Name=unique("group"), ResourceQuery=query(key), Tags={key: "risk"})["Group"]["GroupArn"]

    def found(**filters) -> list[str]:
        pages = tagging.get_paginator("get_resources").paginate(**filters)
        return [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]

    assert found(TagFilters=[{"Key": key}]) == sorted([*arns, group])
    assert found(TagFilters=[{"Key": key, "Values": ["risk"]}], ResourcesPerPage=1) == sorted([arns[1], group])
    assert found(TagFilters=[{"Key": key}], ResourceTypeFilters=["sagemaker:model-package-group"]) == sorted(arns)
    assert found(TagFilters=[{"Key": key}], ResourceTypeFilters=["resource-groups"]) == [group]
    (mapping,) = tagging.get_resources(ResourceARNList=[arns[0]])["ResourceTagMappingList"]
    assert mapping["Tags"] == [{"Key": key, "Value": "growth"}]
    assert key in tagging.get_tag_keys()["TagKeys"]
    assert tagging.get_tag_values(Key=key)["TagValues"] == ["growth", "risk"]
    with pytest.raises(ClientError) as error:
        tagging.get_resources(ResourceARNList=arns, TagFilters=[{"Key": key}])
    assert error.value.response["Error"]["Code"] == "InvalidParameterException"


def test_the_execution_role_keeps_collections(shared_server, unique):
    """The SDK keeps them as the role that its session has."""
    role = "arn:aws:iam::123456789012:role/SageMakerRole"
    session = shared_server.client("sts").assume_role(RoleArn=role, RoleSessionName="sdk")["Credentials"]
    keys = {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
    groups, name = shared_server.client("resource-groups", **keys), unique("collection")
    groups.create_group(Name=name, ResourceQuery=query("path", name), Tags={"sagemaker:collection": "true"})
    assert members(groups, name) == []
    tagging = shared_server.client("resourcegroupstaggingapi", **keys)
    found = tagging.get_resources(TagFilters=[{"Key": "sagemaker:collection", "Values": ["true"]}])
    assert any(one["ResourceARN"].endswith(f"group/{name}") for one in found["ResourceTagMappingList"])
    groups.delete_group(Group=name)
