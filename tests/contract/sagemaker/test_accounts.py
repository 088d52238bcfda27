"""What holds for every noun: accounts and regions apart, tokens, contention, and a restart that forgets nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.aws.identities import root_identity
from ormer.server import Server

OTHER = "210987654321"
SPECIFICATION = {
    "Containers": [{"Image": "image", "ModelDataUrl": "s3://bucket/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
DEFINITION = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": []})
ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}'
SOURCE = {"SourceUri": "s3://bucket/source"}

# (service, create, request, describe, its request from the create's answer)
Noun = tuple[str, str, dict[str, Any], str, Callable[[dict[str, Any]], dict[str, Any]]]
EVERY: list[Noun] = [
    (
        "sagemaker",
        "create_experiment",
        {"ExperimentName": "e"},
        "describe_experiment",
        lambda _: {"ExperimentName": "e"},
    ),
    (
        "sagemaker",
        "create_trial",
        {"TrialName": "t", "ExperimentName": "e"},
        "describe_trial",
        lambda _: {"TrialName": "t"},
    ),
    (
        "sagemaker",
        "create_trial_component",
        {"TrialComponentName": "c", "Parameters": {"a": {"NumberValue": 0.1}}},
        "describe_trial_component",
        lambda _: {"TrialComponentName": "c"},
    ),
    (
        "sagemaker",
        "create_artifact",
        {"ArtifactType": "Model", "Source": SOURCE, "Properties": {"a": "b"}},
        "describe_artifact",
        lambda made: {"ArtifactArn": made["ArtifactArn"]},
    ),
    (
        "sagemaker",
        "create_action",
        {"ActionName": "a", "ActionType": "T", "Source": SOURCE},
        "describe_action",
        lambda _: {"ActionName": "a"},
    ),
    (
        "sagemaker",
        "create_context",
        {"ContextName": "c", "ContextType": "T", "Source": SOURCE},
        "describe_context",
        lambda _: {"ContextName": "c"},
    ),
    (
        "sagemaker",
        "create_model_package_group",
        {"ModelPackageGroupName": "g", "Tags": [{"Key": "a", "Value": "b"}]},
        "describe_model_package_group",
        lambda _: {"ModelPackageGroupName": "g"},
    ),
    (
        "sagemaker",
        "create_model_package",
        {"ModelPackageGroupName": "g", "InferenceSpecification": SPECIFICATION},
        "describe_model_package",
        lambda made: {"ModelPackageName": made["ModelPackageArn"]},
    ),
    (
        "sagemaker",
        "create_model",
        {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": {"ModelPackageName": "PACKAGE"}},
        "describe_model",
        lambda _: {"ModelName": "m"},
    ),
    (
        "sagemaker",
        "create_pipeline",
        {"PipelineName": "p", "PipelineDefinition": DEFINITION, "RoleArn": ROLE},
        "describe_pipeline",
        lambda _: {"PipelineName": "p"},
    ),
    (
        "iam",
        "create_role",
        {"RoleName": "r", "AssumeRolePolicyDocument": TRUST},
        "get_role",
        lambda _: {"RoleName": "r"},
    ),
    ("iam", "create_user", {"UserName": "u"}, "get_user", lambda _: {"UserName": "u"}),
    (
        "iam",
        "create_policy",
        {"PolicyName": "p", "PolicyDocument": TRUST},
        "get_policy",
        lambda made: {"PolicyArn": made["Policy"]["Arn"]},
    ),
    ("kms", "create_key", {}, "describe_key", lambda made: {"KeyId": made["KeyMetadata"]["KeyId"]}),
    (
        "logs",
        "create_log_group",
        {"logGroupName": "l", "tags": {"a": "b"}},
        "describe_log_groups",
        lambda _: {"logGroupNamePrefix": "l"},
    ),
    (
        "ecr",
        "create_repository",
        {"repositoryName": "repo"},
        "describe_repositories",
        lambda _: {"repositoryNames": ["repo"]},
    ),
]


def ask(client: Any, method: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = getattr(client, method)(**request)
    answer.pop("ResponseMetadata")
    return answer


def other_account(server: Any) -> dict[str, str]:
    """Root credentials of another account on the same server."""
    stores = server.house.stores
    with stores.database.write() as tx:
        key = stores.keys.make(tx, root_identity(OTHER))
    return {"aws_access_key_id": key.access_key_id, "aws_secret_access_key": key.secret}


def test_every_accepted_create_is_described_identically_after_a_restart(config, shared_server):
    live = type(shared_server)
    first = Server(config, strict=True)
    first.start()
    described = {}
    arn = ""
    for service, create, request, describe, asking in EVERY:
        client = live(first).client(service)
        if create == "create_model":
            request = {**request, "PrimaryContainer": {"ModelPackageName": arn}}
        made = ask(client, create, request)
        arn = made.get("ModelPackageArn", arn)
        described[service, describe] = (asking(made), ask(client, describe, asking(made)))
    first.stop()
    second = Server(config, strict=True)
    second.start()
    for (service, describe), (request, before) in described.items():
        assert ask(live(second).client(service), describe, request) == before, describe
    second.stop()


def test_another_account_sees_and_changes_nothing_of_this_one(shared_server, sagemaker, unique):
    keys = other_account(shared_server)
    stranger = shared_server.client("sagemaker", **keys)
    assert shared_server.client("sts", **keys).get_caller_identity()["Account"] == OTHER
    name, group = unique("exp"), unique("group")
    arn = sagemaker.create_experiment(ExperimentName=name)["ExperimentArn"]
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    version = sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION)
    first = sagemaker.create_artifact(ArtifactType="A", Source={"SourceUri": unique("s3://a")})["ArtifactArn"]
    second = sagemaker.create_artifact(ArtifactType="A", Source={"SourceUri": unique("s3://b")})["ArtifactArn"]
    sagemaker.add_association(SourceArn=first, DestinationArn=second)
    for forbidden in (
        lambda: stranger.describe_experiment(ExperimentName=name),
        lambda: stranger.list_tags(ResourceArn=arn),
        lambda: stranger.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}]),
        lambda: stranger.describe_model_package(ModelPackageName=version["ModelPackageArn"]),
        lambda: stranger.update_model_package(
            ModelPackageArn=version["ModelPackageArn"], ModelApprovalStatus="Approved"
        ),
        lambda: stranger.delete_association(SourceArn=first, DestinationArn=second),
        lambda: stranger.describe_artifact(ArtifactArn=first),
    ):
        with pytest.raises(ClientError, match="does not exist"):
            forbidden()
    assert stranger.list_associations(SourceArn=first)["AssociationSummaries"] == []
    assert stranger.query_lineage(StartArns=[first])["Vertices"] == []
    assert stranger.search(Resource="Experiment", MaxResults=100)["Results"] == []
    # The same name is free there, and its ARN is the other account's.
    assert f":{OTHER}:" in stranger.create_experiment(ExperimentName=name)["ExperimentArn"]
    assert sagemaker.describe_experiment(ExperimentName=name)["ExperimentArn"] == arn


def test_regions_are_apart_and_iam_is_not(shared_server, sagemaker, unique):
    west = shared_server.client("sagemaker", region="us-west-2")
    name = unique("exp")
    arn = sagemaker.create_experiment(ExperimentName=name)["ExperimentArn"]
    with pytest.raises(west.exceptions.ResourceNotFound):
        west.describe_experiment(ExperimentName=name)
    assert ":us-west-2:" in west.create_experiment(ExperimentName=name)["ExperimentArn"]
    listed = [one["ExperimentArn"] for one in west.list_experiments(MaxResults=100)["ExperimentSummaries"]]
    assert arn not in listed
    group = unique("group")
    own = sagemaker.create_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]
    with pytest.raises(ClientError, match="does not exist"):
        west.describe_model_package_group(ModelPackageGroupName=own)
    assert shared_server.client("iam", region="us-west-2").get_role(RoleName="SageMakerRole")["Role"]["Arn"] == ROLE


def test_of_many_creates_of_one_name_exactly_one_wins(shared_server, sagemaker, unique):
    group = unique("group")
    clients = [shared_server.client("sagemaker") for _ in range(8)]
    start, outcomes = threading.Barrier(len(clients)), []

    def create(client: Any) -> None:
        start.wait()
        try:
            client.create_model_package_group(ModelPackageGroupName=group)
            outcomes.append("made")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Message"])

    threads = [threading.Thread(target=create, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("made") == 1
    assert all("already exists" in text for text in outcomes if text != "made") and len(outcomes) == 8


def test_of_many_registrations_at_once_every_version_has_a_number_of_its_own(shared_server, sagemaker, unique):
    group = unique("group")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    clients = [shared_server.client("sagemaker") for _ in range(4)]
    made: list[str] = []

    def register(client: Any) -> None:
        for _ in range(3):
            answer = client.create_model_package(ModelPackageGroupName=group, InferenceSpecification=SPECIFICATION)
            made.append(answer["ModelPackageArn"])

    threads = [threading.Thread(target=register, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(arn.rsplit("/", 1)[1]) for arn in made) == list(range(1, 13))


def test_a_repeated_request_token_answers_the_first_pipeline(sagemaker, unique):
    name, token = unique("pipeline"), unique("token") + "0" * 32
    request = {"PipelineName": name, "PipelineDefinition": DEFINITION, "RoleArn": ROLE}
    first = sagemaker.create_pipeline(**request, ClientRequestToken=token)["PipelineArn"]
    assert sagemaker.create_pipeline(**request, ClientRequestToken=token)["PipelineArn"] == first
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_pipeline(**request, ClientRequestToken=token + "1")
