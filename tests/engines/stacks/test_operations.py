"""Creating, updating, deleting and rolling back, as the rows and the resources show it."""

from __future__ import annotations

import json

import pytest

from ormer.aws.clock import ManualClock
from ormer.aws.errors import AwsError
from ormer.engines.stacks import engine
from ormer.engines.worker import Worker

from .conftest import ACCOUNT, Bench, bucket, failing, group


def test_a_failed_creation_is_rolled_back_to_nothing(bench: Bench) -> None:
    resources = {"A": bucket(), "B": group({"Fn::Sub": "/${A}"}), "Bad": failing(DependsOn="B")}
    stack = bench.create("s", resources)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert bench.buckets() == set() and bench.groups() == {}
    told = [event for event in bench.story("s") if event[0] == "Bad"]
    assert told == [("Bad", "CREATE_IN_PROGRESS"), ("Bad", "CREATE_FAILED"), ("Bad", "DELETE_COMPLETE")]
    reasons = {
        event["ResourceStatus"]: event.get("ResourceStatusReason", "")
        for event in bench.cloudformation("DescribeStackEvents", StackName="s")["StackEvents"]
        if event["LogicalResourceId"] in ("s", "Bad")
    }
    assert "ModelPackage" in reasons["CREATE_FAILED"] or "model package" in reasons["CREATE_FAILED"].lower()
    assert reasons["ROLLBACK_IN_PROGRESS"] == (
        "The following resource(s) failed to create: [Bad]. Rollback requested by user."
    )
    with pytest.raises(AwsError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        bench.update("s", resources)


@pytest.mark.parametrize(
    ("choice", "status", "left"),
    [
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", 1),
        ({"DisableRollback": True}, "CREATE_FAILED", 1),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE", 0),
    ],
)
def test_on_failure_says_what_becomes_of_a_failed_creation(bench: Bench, choice: dict, status: str, left: int) -> None:
    arn = bench.begin("s", {"A": bucket(), "Bad": failing(DependsOn="A")}, **choice)
    assert bench.ended(arn)["StackStatus"] == status
    assert len(bench.buckets()) == left


def test_a_stack_that_failed_without_rollback_can_be_mended(bench: Bench) -> None:
    bench.create("s", {"A": bucket(), "Bad": failing(DependsOn="A")}, OnFailure="DO_NOTHING")
    before = bench.physical("s")["A"]
    stack = bench.update("s", {"A": bucket(), "Good": group("/g", DependsOn="A")})
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert bench.physical("s") == {"A": before, "Good": "/g"}


def test_a_stack_that_failed_without_rollback_can_be_rolled_back(bench: Bench) -> None:
    bench.create("s", {"A": bucket(), "Bad": failing(DependsOn="A")}, OnFailure="DO_NOTHING")
    bench.cloudformation("RollbackStack", StackName="s")
    assert bench.ended("s")["StackStatus"] == "ROLLBACK_COMPLETE" and bench.buckets() == set()


def test_a_replacement_is_made_before_the_old_one_goes(bench: Bench) -> None:
    bench.create("s", {"G": group("/old"), "User": group({"Fn::Join": ["", [{"Ref": "G"}, "/user"]]})})
    stack = bench.update("s", {"G": group("/new"), "User": group({"Fn::Join": ["", [{"Ref": "G"}, "/user"]]})})
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert set(bench.groups()) == {"/new", "/new/user"}
    story = bench.story("s")
    end = story.index(("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"))
    assert [event for event in story[end + 1 :] if event[0] != "s"] == [
        ("User", "DELETE_IN_PROGRESS"),
        ("User", "DELETE_COMPLETE"),
        ("G", "DELETE_IN_PROGRESS"),
        ("G", "DELETE_COMPLETE"),
    ]
    assert story[end - 1] == ("User", "UPDATE_COMPLETE")


def test_a_named_resource_is_not_replaced_under_its_own_name(bench: Bench) -> None:
    group_with = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/n", "LogGroupClass": "STANDARD"}}
    bench.create("s", {"G": group("/n")})
    stack = bench.update("s", {"G": group_with})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [one.get("ResourceStatusReason", "") for one in _events(bench, "s")]
    assert any("custom-named resource requires replacing. Rename /n" in reason for reason in reasons)


def test_a_failed_update_brings_everything_back(bench: Bench) -> None:
    bench.create("s", {"A": group("/a", 7), "B": group("/b"), "C": bucket()})
    before = (bench.physical("s"), bench.groups(), bench.buckets(), bench.stack("s").get("Outputs"))
    changed = {"A": group("/a", 14), "B": group("/b2"), "New": bucket(), "Bad": failing(DependsOn=["A", "B", "New"])}
    stack = bench.update("s", changed)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (bench.physical("s"), bench.groups(), bench.buckets(), stack.get("Outputs")) == before
    template = json.loads(bench.cloudformation("GetTemplate", StackName="s")["TemplateBody"])
    assert set(template["Resources"]) == {"A", "B", "C"}


def test_an_update_without_rollback_can_be_taken_on_or_back(bench: Bench) -> None:
    for name in ("on", "back"):
        bench.create(name, {"A": group(f"/{name}/a", 7)})
        changed = {"A": group(f"/{name}/a", 14), "N": group(f"/{name}/n"), "Bad": failing(DependsOn=["A", "N"])}
        assert bench.update(name, changed, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    assert bench.update("on", {"A": group("/on/a", 14), "M": group("/on/m")})["StackStatus"] == "UPDATE_COMPLETE"
    bench.cloudformation("RollbackStack", StackName="back")
    assert bench.ended("back")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert {name: one.get("retentionInDays") for name, one in bench.groups().items()} == {
        "/on/a": 14,
        "/on/m": None,
        "/back/a": 7,
    }


def test_what_is_left_out_is_deleted_unless_it_is_to_be_retained(bench: Bench) -> None:
    bench.create("s", {"A": group("/a"), "Kept": group("/kept", DeletionPolicy="Retain"), "Z": group("/z")})
    assert bench.update("s", {"A": group("/a", 3)})["StackStatus"] == "UPDATE_COMPLETE"
    assert set(bench.groups()) == {"/a", "/kept"} and set(bench.physical("s")) == {"A"}
    assert ("Kept", "DELETE_SKIPPED") in bench.story("s")


def test_a_replaced_resource_may_be_retained(bench: Bench) -> None:
    bench.create("s", {"A": group("/a", UpdateReplacePolicy="Retain")})
    bench.update("s", {"A": group("/b", UpdateReplacePolicy="Retain")})
    assert set(bench.groups()) == {"/a", "/b"}


def test_a_deletion_that_fails_says_so_and_may_retain(bench: Bench) -> None:
    bench.create("s", {"A": bucket(), "G": group("/g")})
    full = bench.physical("s")["A"]
    bench.api("s3", "PutObject", {"Bucket": full, "Key": "k", "Body": b"x"})
    stack = bench.delete("s")
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [A]. "
    assert bench.groups() == {}
    assert bench.delete("s", RetainResources=["A"])["StackStatus"] == "DELETE_COMPLETE"
    assert bench.buckets() == {full}


def test_a_deletion_is_tried_again(bench: Bench) -> None:
    bench.create("s", {"A": bucket()})
    name = bench.physical("s")["A"]
    bench.api("s3", "PutObject", {"Bucket": name, "Key": "k", "Body": b"x"})
    assert bench.delete("s")["StackStatus"] == "DELETE_FAILED"
    bench.api("s3", "DeleteObject", {"Bucket": name, "Key": "k"})
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE" and bench.buckets() == set()


def test_what_somebody_else_deleted_is_as_good_as_deleted(bench: Bench) -> None:
    bench.create("s", {"A": bucket(), "G": group("/g")})
    bench.api("s3", "DeleteBucket", {"Bucket": bench.physical("s")["A"]})
    bench.api("logs", "DeleteLogGroup", {"logGroupName": "/g"})
    assert bench.delete("s")["StackStatus"] == "DELETE_COMPLETE"


def test_what_is_there_already_is_nobodys_to_take(bench: Bench) -> None:
    bench.api("s3", "CreateBucket", {"Bucket": "taken"})
    bench.api("logs", "CreateLogGroup", {"logGroupName": "/taken"})
    for resources in ({"A": bucket(BucketName="taken")}, {"A": group("/taken")}):
        stack = bench.create("s", resources)
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert any("AlreadyExists" in one.get("ResourceStatusReason", "") for one in _events(bench, "s"))
        bench.delete("s")
    assert bench.buckets() == {"taken"} and set(bench.groups()) == {"/taken"}


def test_tags_of_the_stack_reach_its_resources_and_leave_them(bench: Bench) -> None:
    resources = {"A": bucket(Tags=[{"Key": "own", "Value": "1"}])}
    bench.create("s", resources, Tags=[{"Key": "team", "Value": "x"}, {"Key": "old", "Value": "y"}])
    name = bench.physical("s")["A"]
    stack = bench.update("s", resources, Tags=[{"Key": "team", "Value": "z"}])
    assert stack["StackStatus"] == "UPDATE_COMPLETE" and stack["Tags"] == [{"Key": "team", "Value": "z"}]
    pairs = bench.api("s3", "GetBucketTagging", {"Bucket": name})["TagSet"]
    tags = {pair["Key"]: pair["Value"] for pair in pairs if not pair["Key"].startswith("aws:")}
    assert tags == {"own": "1", "team": "z"}


def test_an_export_is_imported_and_held_while_it_is(bench: Bench) -> None:
    outputs = {"G": {"Value": {"Ref": "G"}, "Export": {"Name": "shared"}}}
    bench.create("giver", {"G": group("/g")}, Outputs=outputs)
    bench.create("taker", {"U": group({"Fn::Sub": ["${x}/u", {"x": {"Fn::ImportValue": "shared"}}]})})
    assert "/g/u" in bench.groups()
    assert bench.cloudformation("ListImports", ExportName="shared")["Imports"] == ["taker"]
    refused = bench.delete("giver")
    assert refused["StackStatus"] == "DELETE_FAILED"
    assert refused["StackStatusReason"] == "Export shared cannot be deleted as it is in use by taker"
    bench.delete("taker")
    assert bench.delete("giver")["StackStatus"] == "DELETE_COMPLETE"
    assert bench.cloudformation("ListExports")["Exports"] == []


def test_an_export_in_use_is_not_changed(bench: Bench) -> None:
    outputs = {"G": {"Value": {"Ref": "G"}, "Export": {"Name": "shared"}}}
    bench.create("giver", {"G": group("/g")}, Outputs=outputs)
    bench.create("taker", {"U": group({"Fn::Sub": ["${x}/u", {"x": {"Fn::ImportValue": "shared"}}]})})
    stack = bench.update("giver", {"G": group("/h")}, Outputs=outputs)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE" and "/g" in bench.groups()
    assert (
        bench.create("other", {"X": group("/x")}, Outputs={"O": outputs["G"] | {"Value": "v"}})["StackStatus"]
        == "ROLLBACK_COMPLETE"
    )


def test_a_creation_that_takes_too_long_is_rolled_back(bench: Bench, clock: ManualClock) -> None:
    bench.worker.stop()
    bench.begin("s", {"A": bucket()}, TimeoutInMinutes=5)
    clock.advance(301)
    late = Worker(bench.house.stores, bench.house.port, {"stack": engine.run}, 2)
    late.start()
    assert bench.ended("s")["StackStatus"] == "ROLLBACK_COMPLETE" and bench.buckets() == set()
    late.stop()


def test_every_change_is_told_to_eventbridge(bench: Bench) -> None:
    arn = bench.begin("s", {"A": bucket()}, ClientRequestToken="token-1")
    bench.ended("s")
    told = bench.events("CloudFormation Stack Status Change")
    assert [one["detail"]["status-details"]["status"] for one in told] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert told[0]["detail"]["stack-id"] == arn and told[0]["source"] == "aws.cloudformation"
    assert told[0]["detail"]["client-request-token"] == "token-1"
    last = bench.events("CloudFormation Resource Status Change")[-1]["detail"]
    assert (last["logical-resource-id"], last["resource-type"]) == ("A", "AWS::S3::Bucket")
    assert last["physical-resource-id"] == bench.physical("s")["A"]


def test_a_condition_that_changes_makes_or_takes_a_resource(bench: Bench) -> None:
    declared = {"Env": {"Type": "String", "Default": "dev"}}
    conditions = {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}}
    resources = {"A": group("/a"), "P": group("/p", Condition="IsProd")}
    more = {"Declared": declared, "Conditions": conditions}
    bench.create("s", resources, **more)
    assert set(bench.groups()) == {"/a"}
    prod = [{"ParameterKey": "Env", "ParameterValue": "prod"}]
    bench.update("s", resources, Parameters=prod, Declared=declared, Conditions=conditions)
    assert set(bench.groups()) == {"/a", "/p"}
    bench.update("s", resources, Declared=declared, Conditions=conditions)
    assert set(bench.groups()) == {"/a"}


def test_a_stack_acts_as_its_role(bench: Bench) -> None:
    service = {"Service": "cloudformation.amazonaws.com"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}]}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    bench.api("iam", "CreateRole", {"RoleName": "maker", "AssumeRolePolicyDocument": json.dumps(trust)})
    document = {"RoleName": "maker", "PolicyName": "p", "PolicyDocument": json.dumps(policy)}
    bench.api("iam", "PutRolePolicy", document)
    role = f"arn:aws:iam::{ACCOUNT}:role/maker"
    assert bench.create("may", {"G": group("/g")}, RoleARN=role)["StackStatus"] == "CREATE_COMPLETE"
    assert bench.create("may-not", {"A": bucket()}, RoleARN=role)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("AccessDenied" in one.get("ResourceStatusReason", "") for one in _events(bench, "may-not"))


def _events(bench: Bench, name: str) -> list[dict]:
    return bench.cloudformation("DescribeStackEvents", StackName=name)["StackEvents"]


def test_properties_may_be_chosen_as_a_whole(bench: Bench) -> None:
    declared = {"Kind": {"Type": "String", "Default": "short"}}
    conditions = {"IsLong": {"Fn::Equals": [{"Ref": "Kind"}, "long"]}}
    chosen = {"Fn::If": ["IsLong", {"LogGroupName": "/g", "RetentionInDays": 30}, {"LogGroupName": "/g"}]}
    resources = {"G": {"Type": "AWS::Logs::LogGroup", "Properties": chosen}}
    bench.create("s", resources, Declared=declared, Conditions=conditions)
    with pytest.raises(AwsError, match="No updates"):
        bench.update("s", resources, Declared=declared, Conditions=conditions)
    long = [{"ParameterKey": "Kind", "ParameterValue": "long"}]
    bench.update("s", resources, Declared=declared, Conditions=conditions, Parameters=long)
    assert bench.groups()["/g"]["retentionInDays"] == 30


def test_a_stack_that_is_updated_is_not_deleted(bench: Bench) -> None:
    bench.create("s", {"A": group("/a")})
    bench.worker.stop()
    bench.cloudformation("UpdateStack", StackName="s", TemplateBody=json.dumps({"Resources": {"A": group("/a", 3)}}))
    with pytest.raises(AwsError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        bench.cloudformation("DeleteStack", StackName="s")


def test_what_has_no_effect_is_told(bench: Bench) -> None:
    bench.create("s", {"G": group("/g", UpdatePolicy={"UseOnlineResharding": True})})
    reasons = [one.get("ResourceStatusReason", "") for one in _events(bench, "s")]
    assert "Without effect here: UpdatePolicy." in reasons
