"""The gate: what a role or user may do, tried with real signatures."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(*actions, resource=resource, **more), "Effect": "Deny"}


TRUST = policy({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"})


class Person:
    """A role's session: clients that sign with its credentials."""

    def __init__(self, server: Any, credentials: dict[str, str]) -> None:
        self._server = server
        self._keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }

    def client(self, service: str) -> Any:
        return self._server.client(service, **self._keys)


@pytest.fixture
def acting(shared_server: Any, iam: Any, unique: Any) -> Any:
    """`acting(statement, …)` is a session of a new role with these statements."""

    def make(*statements: dict[str, Any], **assume: Any) -> Person:
        name = unique("role")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
        sts = shared_server.client("sts")
        made = sts.assume_role(RoleArn=arn, RoleSessionName="session", **assume)
        return Person(shared_server, made["Credentials"])

    return make


def denied(ask: Any) -> str:
    with pytest.raises(ClientError) as error:
        ask()
    assert error.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    return error.value.response["Error"]["Message"]


def test_what_no_policy_allows_is_denied_and_the_text_names_all_of_it(acting, unique):
    sagemaker = acting(allow("sagemaker:ListExperiments")).client("sagemaker")
    assert "ExperimentSummaries" in sagemaker.list_experiments()
    name = unique("Exp")
    text = denied(lambda: sagemaker.create_experiment(ExperimentName=name))
    assert "assumed-role/" in text and "sagemaker:CreateExperiment" in text
    assert f"experiment/{name.lower()}" in text and "no identity-based policy allows" in text


def test_an_explicit_deny_wins_over_every_allow(acting, unique):
    group = unique("group")
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package-group/{group}"
    sagemaker = acting(allow("sagemaker:*"), deny("sagemaker:DeleteModelPackageGroup", resource=arn)).client(
        "sagemaker"
    )
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    assert "explicit deny" in denied(lambda: sagemaker.delete_model_package_group(ModelPackageGroupName=group))
    assert sagemaker.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"] == arn


def test_a_tag_condition_decides_by_the_request_and_by_the_resource(acting, unique):
    sagemaker = acting(
        allow("sagemaker:CreateModelPackageGroup", Condition={"StringEquals": {"aws:RequestTag/team": "abalone"}}),
        allow(
            "sagemaker:DescribeModelPackageGroup", Condition={"StringEquals": {"sagemaker:ResourceTag/team": "abalone"}}
        ),
        allow("sagemaker:AddTags", "sagemaker:DeleteTags"),
    ).client("sagemaker")
    group = unique("group")
    denied(lambda: sagemaker.create_model_package_group(ModelPackageGroupName=group))
    tags = [{"Key": "team", "Value": "abalone"}]
    arn = sagemaker.create_model_package_group(ModelPackageGroupName=group, Tags=tags)["ModelPackageGroupArn"]
    assert sagemaker.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"] == arn
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    denied(lambda: sagemaker.describe_model_package_group(ModelPackageGroupName=group))


def test_a_role_for_one_bucket_may_not_touch_another(acting, shared_server, unique):
    root = shared_server.client("s3")
    mine, other = unique("mine"), unique("other")
    for bucket in (mine, other):
        root.create_bucket(Bucket=bucket)
        root.put_object(Bucket=bucket, Key="key", Body=b"body")
    s3 = acting(allow("s3:GetObject", "s3:PutObject", resource=f"arn:aws:s3:::{mine}/*")).client("s3")
    assert s3.get_object(Bucket=mine, Key="key")["Body"].read() == b"body"
    s3.put_object(Bucket=mine, Key="new", Body=b"new")
    denied(lambda: s3.get_object(Bucket=other, Key="key"))
    denied(lambda: s3.put_object(Bucket=other, Key="new", Body=b"new"))
    denied(lambda: s3.list_objects_v2(Bucket=mine))
    assert root.list_objects_v2(Bucket=other)["KeyCount"] == 1


def test_a_role_is_passed_only_by_those_who_may_pass_it(acting, iam, unique):
    role = f"arn:aws:iam::{ACCOUNT}:role/SageMakerRole"
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})
    request = {"PipelineDefinition": definition, "RoleArn": role}
    text = denied(
        lambda: acting(allow("sagemaker:*")).client("sagemaker").create_pipeline(PipelineName=unique("p"), **request)
    )
    assert "iam:PassRole" in text and role in text
    passing = allow(
        "iam:PassRole", resource=role, Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    )
    sagemaker = acting(allow("sagemaker:*"), passing).client("sagemaker")
    assert sagemaker.create_pipeline(PipelineName=unique("p"), **request)["PipelineArn"]


def test_a_role_with_a_path_is_named_by_its_whole_arn(acting, iam, unique):
    name = unique("deep")
    arn = iam.create_role(RoleName=name, Path="/service-role/", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    assert arn.endswith(f":role/service-role/{name}")
    seen = acting(allow("iam:GetRole", resource=arn)).client("iam").get_role(RoleName=name)["Role"]
    assert seen["Arn"] == arn
    denied(lambda: acting(allow("iam:GetRole", resource=arn)).client("iam").get_role(RoleName="SageMakerRole"))


def test_a_session_policy_narrows_the_role(acting, unique):
    person = acting(allow("sagemaker:*"), Policy=policy(allow("sagemaker:List*")))
    sagemaker = person.client("sagemaker")
    assert "ExperimentSummaries" in sagemaker.list_experiments()
    denied(lambda: sagemaker.create_experiment(ExperimentName=unique("e")))
    read_only = [{"arn": "arn:aws:iam::aws:policy/AmazonSageMakerReadOnly"}]
    other = acting(allow("sagemaker:*"), PolicyArns=read_only).client("sagemaker")
    assert "ExperimentSummaries" in other.list_experiments()
    denied(lambda: other.create_experiment(ExperimentName=unique("e")))


def test_a_boundary_is_the_most_a_role_may_do(acting, shared_server, iam, unique):
    name = unique("bound")
    limit = iam.create_policy(PolicyName=unique("limit"), PolicyDocument=policy(allow("sagemaker:List*")))["Policy"][
        "Arn"
    ]
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, PermissionsBoundary=limit)["Role"]
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == limit
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    session = shared_server.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName="session")["Credentials"]
    sagemaker = Person(shared_server, session).client("sagemaker")
    assert "ExperimentSummaries" in sagemaker.list_experiments()
    denied(lambda: sagemaker.create_experiment(ExperimentName=unique("e")))
    iam.delete_role_permissions_boundary(RoleName=name)
    assert sagemaker.create_experiment(ExperimentName=unique("e"))["ExperimentArn"]
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=limit)
    denied(lambda: sagemaker.create_experiment(ExperimentName=unique("e")))


def test_session_tags_are_principal_tags(acting, unique):
    same = {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}
    statements = (allow("sagemaker:CreateExperiment", Condition=same), allow("sagemaker:AddTags"))
    sagemaker = acting(*statements, Tags=[{"Key": "team", "Value": "abalone"}]).client("sagemaker")
    denied(lambda: sagemaker.create_experiment(ExperimentName=unique("e"), Tags=[{"Key": "team", "Value": "other"}]))
    assert sagemaker.create_experiment(ExperimentName=unique("e"), Tags=[{"Key": "team", "Value": "abalone"}])


def test_simulation_answers_what_the_gate_would(iam, unique):
    name = unique("role")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    statements = (allow("s3:*"), deny("s3:DeleteBucket"))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    actions = ["s3:GetObject", "s3:DeleteBucket", "sagemaker:ListModels"]
    wanted = ["allowed", "explicitDeny", "implicitDeny"]
    principal = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions)
    custom = iam.simulate_custom_policy(PolicyInputList=[policy(*statements)], ActionNames=actions)
    for answer in (principal, custom):
        assert [one["EvalDecision"] for one in answer["EvaluationResults"]] == wanted
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.simulate_principal_policy(PolicySourceArn=arn + "-no", ActionNames=actions)


def test_a_bucket_policy_gives_to_callers_it_names_and_to_nobody_by_a_star(acting, shared_server, unique):
    s3 = shared_server.client("s3")
    bucket = unique("granted").lower()
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="data/one", Body=b"1")
    person = acting(allow("sagemaker:ListExperiments"))
    arn = person.client("sts").get_caller_identity()["Arn"]
    role = f"arn:aws:iam::{ACCOUNT}:role/{arn.split('/')[1]}"
    theirs = person.client("s3")
    where = {"Bucket": bucket, "Key": "data/one"}

    def give(principal: Any) -> None:
        grant = allow("s3:GetObject*", resource=f"arn:aws:s3:::{bucket}/data/*", Principal=principal)
        insecure = deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(grant, insecure))

    denied(lambda: theirs.get_object(**where))
    for nobody in ("*", {"AWS": "*"}, {"AWS": f"{role}-other"}):
        give(nobody)
        denied(lambda: theirs.get_object(**where))
    give({"AWS": [role]})
    assert theirs.get_object(**where)["Body"].read() == b"1"
    denied(lambda: theirs.delete_object(**where))
    refused = acting(allow("s3:*"), deny("s3:GetObject"))
    refusing = refused.client("sts").get_caller_identity()["Arn"].split("/")[1]
    give({"AWS": f"arn:aws:iam::{ACCOUNT}:role/{refusing}"})
    denied(lambda: refused.client("s3").get_object(**where))
