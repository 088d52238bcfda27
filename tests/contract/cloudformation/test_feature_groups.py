"""Feature groups as a template declares them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def template(*features: str) -> str:
    names = ["id", "at", *features]
    properties = {
        "FeatureGroupName": "declared",
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "at",
        "FeatureDefinitions": [{"FeatureName": name, "FeatureType": "String"} for name in names],
        "OnlineStoreConfig": {"EnableOnlineStore": True},
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    group = {"Type": "AWS::SageMaker::FeatureGroup", "Properties": properties}
    outputs = {
        "Name": {"Value": {"Ref": "Group"}},
        "Status": {"Value": {"Fn::GetAtt": ["Group", "FeatureGroupStatus"]}},
    }
    return json.dumps({"Resources": {"Group": group}, "Outputs": outputs})


def test_a_feature_group_is_made_grown_and_deleted_by_its_stack(cloudformation, sagemaker, ended, unique):
    name = unique("features")
    cloudformation.create_stack(StackName=name, TemplateBody=template())
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Name"] == "declared"
    found = sagemaker.describe_feature_group(FeatureGroupName="declared")
    assert found["FeatureGroupStatus"] == "Created"
    tags = {one["Key"]: one["Value"] for one in sagemaker.list_tags(ResourceArn=found["FeatureGroupArn"])["Tags"]}
    assert tags["team"] == "a"
    cloudformation.update_stack(StackName=name, TemplateBody=template("city"))
    assert ended(name)["StackStatus"] == "UPDATE_COMPLETE"
    found = sagemaker.describe_feature_group(FeatureGroupName="declared")
    assert [one["FeatureName"] for one in found["FeatureDefinitions"]] == ["id", "at", "city"]
    cloudformation.update_stack(StackName=name, TemplateBody=template())
    assert ended(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    cloudformation.delete_stack(StackName=name)
    assert ended(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="can't find a FeatureGroup"):
        sagemaker.describe_feature_group(FeatureGroupName="declared")
