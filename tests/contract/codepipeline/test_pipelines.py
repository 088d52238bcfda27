"""CodePipeline over the wire: declarations, executions, states, tags, and what is refused."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/contract-delivery"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
PATIENCE_SECONDS = 60.0
JsonDict = dict[str, Any]


@pytest.fixture(scope="session")
def codepipeline(shared_server: Any) -> Any:
    """A client; the role and the bucket that pipelines here use are there."""
    iam, s3 = shared_server.client("iam"), shared_server.client("s3")
    iam.create_role(RoleName="contract-delivery", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="contract-delivery", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    s3.create_bucket(Bucket="delivery-contract")
    s3.put_bucket_versioning(Bucket="delivery-contract", VersioningConfiguration={"Status": "Enabled"})
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "a")
    s3.put_object(Bucket="delivery-contract", Key="source.zip", Body=target.getvalue())
    return shared_server.client("codepipeline")


def until(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)
    return found


def action(name: str, category: str, provider: str, **more: Any) -> JsonDict:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name, "actionTypeId": kind, **more}


def declaration(name: str, **more: Any) -> JsonDict:
    given = {"S3Bucket": "delivery-contract", "S3ObjectKey": "source.zip"}
    made = [{"name": "Code"}]
    return {
        "name": name,
        "roleArn": ROLE,
        "artifactStore": {"type": "S3", "location": "delivery-contract"},
        "stages": [
            {"name": "Source", "actions": [action("Drop", "Source", "S3", configuration=given, outputArtifacts=made)]},
            {"name": "Ask", "actions": [action("Person", "Approval", "Manual")]},
        ],
        **more,
    }


@pytest.fixture
def name() -> str:
    return f"web-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def made(codepipeline: Any, name: str) -> str:
    """The name of a pipeline that waits for its approval."""
    codepipeline.create_pipeline(pipeline=declaration(name), tags=[{"key": "team", "value": "web"}])
    until(lambda: latest(codepipeline, name).get("token"))
    return name


def latest(codepipeline: Any, name: str) -> JsonDict:
    """The approval's latest run."""
    states = codepipeline.get_pipeline_state(name=name)["stageStates"]
    return dict(states[1]["actionStates"][0].get("latestExecution", {}))


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**params)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def test_a_declaration_comes_back_with_its_defaults_and_its_versions_stay(codepipeline, made):
    found = codepipeline.get_pipeline(name=made)
    assert found["pipeline"]["version"] == 1
    assert found["pipeline"]["executionMode"] == "SUPERSEDED"
    assert found["pipeline"]["stages"][1]["actions"][0]["runOrder"] == 1
    assert found["metadata"]["pipelineArn"] == f"arn:aws:codepipeline:us-east-1:123456789012:{made}"
    updated = codepipeline.update_pipeline(pipeline=declaration(made, pipelineType="V2", executionMode="QUEUED"))
    assert updated["pipeline"]["version"] == 2
    assert codepipeline.get_pipeline(name=made, version=1)["pipeline"]["executionMode"] == "SUPERSEDED"
    assert refused(codepipeline.get_pipeline, name=made, version=9)[0] == "PipelineVersionNotFoundException"


def test_delivery_pipelines_are_listed_by_name_in_pages(codepipeline, made):
    other = f"{made}-b"
    codepipeline.create_pipeline(pipeline=declaration(other))
    pages = codepipeline.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 1})
    names = [one["name"] for page in pages for one in page["pipelines"]]
    assert names == sorted(names)
    assert {made, other} <= set(names)
    assert refused(codepipeline.list_pipelines, nextToken="bad")[0] == "InvalidNextTokenException"
    codepipeline.delete_pipeline(name=other)
    assert other not in [one["name"] for one in codepipeline.list_pipelines()["pipelines"]]
    assert refused(codepipeline.get_pipeline, name=other)[0] == "PipelineNotFoundException"


def test_an_approval_is_given_with_its_token_and_the_execution_succeeds(codepipeline, made):
    identifier = codepipeline.list_pipeline_executions(pipelineName=made)["pipelineExecutionSummaries"][0][
        "pipelineExecutionId"
    ]
    answer = {"summary": "fine", "status": "Approved"}
    named = {"pipelineName": made, "stageName": "Ask", "actionName": "Person"}
    put = codepipeline.put_approval_result(**named, result=answer, token=latest(codepipeline, made)["token"])
    assert put["approvedAt"]

    def execution() -> JsonDict:
        asked = {"pipelineName": made, "pipelineExecutionId": identifier}
        return dict(codepipeline.get_pipeline_execution(**asked)["pipelineExecution"])

    until(lambda: execution()["status"] == "Succeeded")
    assert latest(codepipeline, made)["summary"] == "fine"
    runs = codepipeline.list_action_executions(pipelineName=made, filter={"pipelineExecutionId": identifier})
    assert [run["status"] for run in runs["actionExecutionDetails"]] == ["Succeeded", "Succeeded"]
    filtered = codepipeline.list_pipeline_executions(
        pipelineName=made, filter={"succeededInStage": {"stageName": "Ask"}}
    )
    assert len(filtered["pipelineExecutionSummaries"]) == 1


def test_an_execution_is_started_stopped_and_retried(codepipeline, made):
    waiting = codepipeline.list_pipeline_executions(pipelineName=made)["pipelineExecutionSummaries"][0]
    named = {"pipelineName": made, "pipelineExecutionId": waiting["pipelineExecutionId"]}
    codepipeline.stop_pipeline_execution(**named, abandon=True, reason="no")
    until(lambda: codepipeline.get_pipeline_execution(**named)["pipelineExecution"]["status"] == "Stopped")
    assert latest(codepipeline, made)["status"] == "Abandoned"
    codepipeline.retry_stage_execution(**named, stageName="Ask", retryMode="FAILED_ACTIONS")
    until(lambda: latest(codepipeline, made).get("token"))
    started = codepipeline.start_pipeline_execution(name=made)["pipelineExecutionId"]
    newest = codepipeline.list_pipeline_executions(pipelineName=made)["pipelineExecutionSummaries"][0]
    assert newest["pipelineExecutionId"] == started
    assert newest["trigger"]["triggerType"] == "StartPipelineExecution"


def test_a_transition_is_closed_with_a_reason_and_opened(codepipeline, made):
    named = {"pipelineName": made, "stageName": "Ask", "transitionType": "Inbound"}
    codepipeline.disable_stage_transition(**named, reason="holiday")
    state = codepipeline.get_pipeline_state(name=made)["stageStates"][1]["inboundTransitionState"]
    assert (state["enabled"], state["disabledReason"]) == (False, "holiday")
    codepipeline.enable_stage_transition(**named)
    assert codepipeline.get_pipeline_state(name=made)["stageStates"][1]["inboundTransitionState"]["enabled"] is True
    assert (
        refused(codepipeline.enable_stage_transition, **{**named, "stageName": "None"})[0] == "StageNotFoundException"
    )


def test_tags_are_kept_changed_and_removed(codepipeline, made):
    arn = codepipeline.get_pipeline(name=made)["metadata"]["pipelineArn"]
    assert codepipeline.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "web"}]
    codepipeline.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "prod"}])
    codepipeline.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert codepipeline.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "stage", "value": "prod"}]
    assert refused(codepipeline.list_tags_for_resource, resourceArn=f"{arn}-x")[0] == "ResourceNotFoundException"


def test_the_kinds_of_actions_say_what_they_need(codepipeline):
    kinds = {
        (one["id"]["category"], one["id"]["provider"]): one for one in codepipeline.list_action_types()["actionTypes"]
    }
    needed = [one["name"] for one in kinds["Source", "CodeCommit"]["actionConfigurationProperties"] if one["required"]]
    assert needed == ["BranchName", "RepositoryName"]


def test_a_rule_starts_a_delivery_pipeline_when_a_branch_moves(shared_server, codepipeline, made):
    codecommit, events = shared_server.client("codecommit"), shared_server.client("events")
    codecommit.create_repository(repositoryName=made)
    arn = codepipeline.get_pipeline(name=made)["metadata"]["pipelineArn"]
    pattern = {"source": ["aws.codecommit"], "detail": {"repositoryName": [made], "referenceName": ["main"]}}
    rule = events.put_rule(Name=made, EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule=made, Targets=[{"Id": "1", "Arn": arn, "RoleArn": ROLE}])
    codecommit.put_file(repositoryName=made, branchName="main", fileContent=b"x", filePath="x")

    def triggers() -> list[JsonDict]:
        found = codepipeline.list_pipeline_executions(pipelineName=made)["pipelineExecutionSummaries"]
        return [one["trigger"] for one in found]

    until(lambda: len(triggers()) == 2)
    assert triggers()[0] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}


def changed(name: str, **more: Any) -> JsonDict:
    return declaration(name) | more


def test_declarations_that_cannot_be_are_refused_in_awss_words(codepipeline, name):
    given = declaration(name)
    source, ask = given["stages"]
    cases: list[tuple[JsonDict, str, str]] = [
        ({"stages": [source]}, "InvalidStructureException", "minimum of 2 stages"),
        ({"stages": [ask, source]}, "InvalidStructureException", "only contains source actions"),
        ({"stages": [source, ask, ask]}, "InvalidStructureException", "Duplicate stage name"),
        ({"variables": [{"name": "a"}]}, "InvalidStructureException", "type V2"),
        ({"executionMode": "QUEUED"}, "InvalidStructureException", "type V2"),
    ]
    deploy = action("Put", "Deploy", "S3", configuration={"BucketName": "b", "Extract": "true"})
    late = {"name": "Put", "actions": [deploy | {"inputArtifacts": [{"name": "None"}]}]}
    cases.append(({"stages": [source, late]}, "InvalidStructureException", "None"))
    odd = {"name": "Odd", "actions": [action("L", "Deploy", "ECS", configuration={"ClusterName": "s"})]}
    cases.append(({"stages": [source, odd]}, "InvalidActionDeclarationException", "not available here"))
    bare = {"name": "Put", "actions": [action("Put", "Deploy", "S3", inputArtifacts=[{"name": "Code"}])]}
    cases.append(({"stages": [source, bare]}, "InvalidActionDeclarationException", "missing required configuration"))
    unknown = {"name": "Ask", "actions": [action("P", "Approval", "Manual", configuration={"Nonsense": "x"})]}
    cases.append(({"stages": [source, unknown]}, "InvalidActionDeclarationException", "Nonsense"))
    for change, code, text in cases:
        found = refused(codepipeline.create_pipeline, pipeline=changed(name, **change))
        assert found[0] == code
        assert text in found[1]
    assert refused(codepipeline.get_pipeline, name=name)[0] == "PipelineNotFoundException"


def test_a_name_is_taken_once(codepipeline, made):
    assert refused(codepipeline.create_pipeline, pipeline=declaration(made))[0] == "PipelineNameInUseException"


def test_a_caller_needs_permission_for_the_pipeline_and_to_pass_its_role(shared_server, codepipeline, made):
    name = f"{made}-own"
    iam = shared_server.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    arn = f"arn:aws:codepipeline:us-east-1:123456789012:{name}"
    statement = {"Effect": "Allow", "Action": "codepipeline:*", "Resource": arn}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    own = shared_server.client("codepipeline", **keys)
    assert refused(own.get_pipeline_state, name=made)[0] == "AccessDeniedException"
    code, text = refused(own.create_pipeline, pipeline=declaration(name))
    assert code.startswith("AccessDenied")
    assert "iam:PassRole" in text


def test_a_source_that_polls_starts_its_delivery_pipeline_at_every_push(shared_server, codepipeline, name):
    codecommit = shared_server.client("codecommit")
    codecommit.create_repository(repositoryName=name)
    put = {"repositoryName": name, "branchName": "main", "filePath": "x"}
    first = codecommit.put_file(**put, fileContent=b"x")["commitId"]
    given = {"RepositoryName": name, "BranchName": "main"}
    source = action("Git", "Source", "CodeCommit", configuration=given, outputArtifacts=[{"name": "Code"}])
    for polls, called in (("true", name), ("false", f"{name}-quiet")):
        source["configuration"] = given | {"PollForSourceChanges": polls}
        stages = [{"name": "Source", "actions": [source]}, declaration(name)["stages"][1]]
        codepipeline.create_pipeline(pipeline=changed(called, stages=stages))
    codecommit.put_file(**put, fileContent=b"y", parentCommitId=first)

    def triggers(called: str) -> list[str]:
        found = codepipeline.list_pipeline_executions(pipelineName=called)["pipelineExecutionSummaries"]
        return [one["trigger"]["triggerType"] for one in found]

    until(lambda: len(triggers(name)) == 2)
    assert triggers(name) == ["PollForSourceChanges", "CreatePipeline"]
    assert triggers(f"{name}-quiet") == ["CreatePipeline"]
