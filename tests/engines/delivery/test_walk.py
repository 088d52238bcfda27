"""A delivery pipeline from its source to its end: artifacts, variables, approvals, failures."""

from __future__ import annotations

import json

import pytest

from ormer.aws.clock import ManualClock
from ormer.aws.errors import AwsError

from .conftest import DROP, KEY, STORE, Bench, action, ask, deploy, source, stage

WEEK_SECONDS = 7 * 24 * 3600


def test_a_new_delivery_pipeline_runs_by_itself_from_source_to_deployment(bench: Bench) -> None:
    first = bench.create("web", ask(), deploy())
    bench.answer("web", bench.token("web"))
    assert bench.ended("web", first) == "Succeeded"
    assert bench.content("index.html") == b"one"
    found = bench.execution("web", first)
    assert found["trigger"]["triggerType"] == "CreatePipeline"
    assert found["artifactRevisions"][0]["name"] == "Code"
    runs = bench("ListActionExecutions", pipelineName="web")["actionExecutionDetails"]
    assert [run["actionName"] for run in runs] == ["Put", "Person", "Drop"]
    place = runs[2]["output"]["outputArtifacts"][0]["s3location"]
    assert place["bucket"] == STORE
    assert place["key"].startswith("web/Code/")
    assert runs[1]["updatedBy"] == "arn:aws:iam::123456789012:root"


def test_events_tell_of_the_execution_its_stages_and_its_actions(bench: Bench) -> None:
    first = bench.create("web", deploy())
    bench.ended("web", first)
    told = [one["detail"]["state"] for one in bench.events("CodePipeline Pipeline Execution State Change")]
    assert told == ["STARTED", "SUCCEEDED"]
    stages = [one["detail"] for one in bench.events("CodePipeline Stage Execution State Change")]
    assert [(one["stage"], one["state"]) for one in stages] == [
        ("Source", "STARTED"),
        ("Source", "SUCCEEDED"),
        ("Deploy", "STARTED"),
        ("Deploy", "SUCCEEDED"),
    ]
    runs = [one["detail"] for one in bench.events("CodePipeline Action Execution State Change")]
    assert [(one["action"], one["state"]) for one in runs] == [
        ("Drop", "STARTED"),
        ("Drop", "SUCCEEDED"),
        ("Put", "STARTED"),
        ("Put", "SUCCEEDED"),
    ]
    assert runs[3]["type"] == {"owner": "AWS", "provider": "S3", "category": "Deploy", "version": "1"}
    assert {one["execution-id"] for one in stages + runs} == {first}


def test_a_rejected_approval_fails_the_execution_with_the_persons_words(bench: Bench) -> None:
    first = bench.create("web", ask(), deploy())
    token = bench.token("web")
    bench.answer("web", token, "Rejected", "not today")
    assert bench.ended("web", first) == "Failed"
    latest = bench.action("web", "Ask", "Person")
    assert latest["errorDetails"]["code"] == "ApprovalRejected"
    assert "not today" in latest["errorDetails"]["message"]
    assert "token" not in latest
    with pytest.raises(AwsError) as refused:
        bench.answer("web", token)
    assert refused.value.code == "ApprovalAlreadyCompletedException"
    with pytest.raises(AwsError) as unknown:
        bench.answer("web", "0" * 8 + "-0000-0000-0000-" + "0" * 12)
    assert unknown.value.code == "InvalidApprovalTokenException"


def test_an_approval_that_nobody_answers_for_a_week_fails(bench: Bench, clock: ManualClock) -> None:
    first = bench.create("web", ask())
    token = bench.token("web")
    clock.advance(WEEK_SECONDS - 60)
    assert bench.status("web", first) == "InProgress"
    clock.advance(61)
    with pytest.raises(AwsError) as late:
        bench.answer("web", token)
    assert late.value.code == "ApprovalAlreadyCompletedException"
    assert bench.ended("web", first) == "Failed"
    assert bench.action("web", "Ask", "Person")["errorDetails"]["code"] == "TimeoutError"


def test_an_approval_may_have_a_time_of_its_own(bench: Bench, clock: ManualClock) -> None:
    first = bench.create("web", ask(timeoutInMinutes=5))
    bench.token("web")
    clock.advance(301)
    assert bench.ended("web", first) == "Failed"


def test_variables_of_the_pipeline_and_of_actions_reach_later_configurations(bench: Bench) -> None:
    where = {"ObjectKey": "#{variables.place}/#{codepipeline.PipelineExecutionId}/#{Given.ObjectKey}"}
    variables = [{"name": "place", "defaultValue": "here"}]
    first = bench.create("web", deploy(configuration=where), pipelineType="V2", variables=variables)
    assert bench.ended("web", first) == "Succeeded"
    assert bench.content(f"here/{first}/{KEY}/index.html") == b"one"
    second = bench.start("web", variables=[{"name": "place", "value": "there"}])
    assert bench.ended("web", second) == "Succeeded"
    assert bench.content(f"there/{second}/{KEY}/index.html") == b"one"
    assert bench.execution("web", second)["variables"] == [{"name": "place", "resolvedValue": "there"}]


def test_a_variable_that_is_not_there_fails_the_action_and_says_which_there_are(bench: Bench) -> None:
    first = bench.create("web", deploy(configuration={"ObjectKey": "#{Given.CommitId}"}))
    assert bench.ended("web", first) == "Failed"
    message = bench.action("web", "Deploy", "Put")["errorDetails"]["message"]
    assert "#{Given.CommitId}" in message
    assert "#{Given.VersionId}" in message


def test_an_execution_can_be_started_with_an_older_version_of_its_source(bench: Bench) -> None:
    old = bench.drop({"index.html": "old"})
    bench.drop({"index.html": "new"})
    first = bench.create("web", deploy())
    assert bench.ended("web", first) == "Succeeded"
    assert bench.content("index.html") == b"new"
    given = [{"actionName": "Drop", "revisionType": "S3_OBJECT_VERSION_ID", "revisionValue": old}]
    second = bench.start("web", sourceRevisions=given)
    assert bench.ended("web", second) == "Succeeded"
    assert bench.content("index.html") == b"old"


def test_a_source_that_is_not_there_fails_with_what_is_missing(bench: Bench) -> None:
    bench.api("s3", "DeleteObject", {"Bucket": DROP, "Key": KEY})
    first = bench.create("web", deploy())
    assert bench.ended("web", first) == "Failed"
    assert bench.action("web", "Source", "Drop")["status"] == "Failed"


def test_a_role_that_may_not_fails_the_action_and_names_what_it_needs(bench: Bench) -> None:
    bench.api("iam", "DeleteRolePolicy", {"RoleName": "delivery", "PolicyName": "all"})
    first = bench.create("web", deploy())
    assert bench.ended("web", first) == "Failed"
    error = bench.action("web", "Source", "Drop")["errorDetails"]
    assert error["code"] == "PermissionError"
    assert "s3:GetBucketVersioning" in error["message"]


def test_a_commit_is_carried_from_its_repository_to_the_site(bench: Bench) -> None:
    bench.api("codecommit", "CreateRepository", {"repositoryName": "code"})
    put = {
        "repositoryName": "code",
        "branchName": "main",
        "fileContent": b"committed",
        "filePath": "index.html",
        "commitMessage": "say something",
    }
    commit = bench.api("codecommit", "PutFile", put)["commitId"]
    given = {"RepositoryName": "code", "BranchName": "main", "PollForSourceChanges": "false"}
    made = [{"name": "Code"}]
    git = stage("Source", action("Git", "Source", "CodeCommit", given, outputArtifacts=made, namespace="Given"))
    where = {"ObjectKey": "#{Given.BranchName}/#{Given.CommitId}"}
    bench("CreatePipeline", pipeline={**declared(bench), "stages": [git, deploy(configuration=where)]})
    first = bench.newest("web")
    assert bench.ended("web", first) == "Succeeded"
    assert bench.content(f"main/{commit}/index.html") == b"committed"
    summary = bench.executions("web")[0]["sourceRevisions"][0]
    assert summary == {"actionName": "Git", "revisionId": commit, "revisionSummary": "say something"}


def declared(bench: Bench) -> dict[str, object]:
    from .conftest import declaration

    return declaration("web", deploy())


def test_a_stack_is_deployed_with_its_parameters_and_its_outputs_are_variables(bench: Bench) -> None:
    template = {
        "Parameters": {"Bucket": {"Type": "String"}, "Days": {"Type": "Number"}},
        "Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Bucket"}}}},
        "Outputs": {"Made": {"Value": {"Ref": "B"}}},
    }
    settings = {"Parameters": {"Bucket": "from-file", "Days": "1"}, "Tags": {"stage": "prod"}}
    bench.drop({"t.json": json.dumps(template), "c.json": json.dumps(settings), "index.html": "one"})
    given = {
        "ActionMode": "CREATE_UPDATE",
        "StackName": "made",
        "TemplatePath": "Code::t.json",
        "TemplateConfiguration": "Code::c.json",
        "ParameterOverrides": json.dumps({"Days": {"Fn::GetParam": ["Code", "c.json", "x"]}}),
    }
    inputs = [{"name": "Code"}]
    stacking = action("Stack", "Deploy", "CloudFormation", given, inputArtifacts=inputs, namespace="Stack")
    first = bench.create("web", stage("Stacks", stacking), deploy(configuration={"ObjectKey": "#{Stack.Made}"}))
    assert bench.ended("web", first) == "Failed"
    assert "Fn::GetParam" in bench.action("web", "Stacks", "Stack")["errorDetails"]["message"]
    bench.drop({"t.json": json.dumps(template), "c.json": json.dumps({**settings, "x": "2"}), "index.html": "two"})
    second = bench.start("web")
    assert bench.ended("web", second) == "Succeeded"
    assert bench.content("from-file/index.html") == b"two"
    stack = bench.api("cloudformation", "DescribeStacks", {"StackName": "made"})["Stacks"][0]
    assert {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]} == {
        "Bucket": "from-file",
        "Days": "2",
    }
    assert stack["Tags"] == [{"Key": "stage", "Value": "prod"}]
    assert bench.ended("web", bench.start("web")) == "Succeeded"


def test_a_stack_that_cannot_be_made_fails_the_action_in_the_resources_words_and_is_replaced_later(
    bench: Bench,
) -> None:
    def dropped(bucket: str) -> None:
        properties = {"BucketName": bucket}
        template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
        bench.drop({"t.json": json.dumps(template)})

    dropped(DROP)
    given = {"ActionMode": "REPLACE_ON_FAILURE", "StackName": "made", "TemplatePath": "Code::t.json"}
    stacking = action("Stack", "Deploy", "CloudFormation", given, inputArtifacts=[{"name": "Code"}])
    first = bench.create("web", stage("Stacks", stacking))
    assert bench.ended("web", first) == "Failed"
    assert "B:" in bench.action("web", "Stacks", "Stack")["errorDetails"]["message"]
    dropped("a-free-name")
    assert bench.ended("web", bench.start("web")) == "Succeeded"
    assert "a-free-name" in {one["Name"] for one in bench.api("s3", "ListBuckets", {})["Buckets"]}


def test_a_change_set_is_made_in_one_stage_and_carried_out_in_the_next(bench: Bench) -> None:
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "by-change-set"}}}}
    bench.drop({"t.json": json.dumps(template)})
    named = {"StackName": "made", "ChangeSetName": "next"}
    review = {"ActionMode": "CHANGE_SET_REPLACE", "TemplatePath": "Code::t.json", **named}
    carry = {"ActionMode": "CHANGE_SET_EXECUTE", **named}
    inputs = [{"name": "Code"}]
    first = bench.create(
        "web",
        stage(
            "Stacks",
            action("Review", "Deploy", "CloudFormation", review, inputArtifacts=inputs, runOrder=1),
            action("Carry", "Deploy", "CloudFormation", carry, runOrder=2),
        ),
    )
    assert bench.ended("web", first) == "Succeeded"
    assert "by-change-set" in {one["Name"] for one in bench.api("s3", "ListBuckets", {})["Buckets"]}
    assert bench.ended("web", bench.start("web")) == "Succeeded"
    bench.create(
        "gone",
        stage(
            "Stacks", action("Delete", "Deploy", "CloudFormation", {"ActionMode": "DELETE_ONLY", "StackName": "made"})
        ),
    )
    assert bench.ended("gone", bench.newest("gone")) == "Succeeded"
    assert "by-change-set" not in {one["Name"] for one in bench.api("s3", "ListBuckets", {})["Buckets"]}


def test_a_build_fails_in_words_when_there_is_no_such_project(bench: Bench) -> None:
    inputs = [{"name": "Code"}]
    building = action("Build", "Build", "CodeBuild", {"ProjectName": "none"}, inputArtifacts=inputs)
    first = bench.create("web", stage("Build", building))
    assert bench.ended("web", first) == "Failed"
    assert bench.action("web", "Build", "Build")["errorDetails"]["message"]
    assert source()["name"] == "Source"


def test_a_source_can_hand_on_where_to_clone_its_commit_from(bench: Bench) -> None:
    bench.api("codecommit", "CreateRepository", {"repositoryName": "code"})
    put = {"repositoryName": "code", "branchName": "main", "fileContent": b"x", "filePath": "x"}
    commit = bench.api("codecommit", "PutFile", put)["commitId"]
    given = {"RepositoryName": "code", "BranchName": "main", "OutputArtifactFormat": "CODEBUILD_CLONE_REF"}
    git = stage("Source", action("Git", "Source", "CodeCommit", given, outputArtifacts=[{"name": "Code"}]))
    bench("CreatePipeline", pipeline={**declared(bench), "stages": [git, deploy()]})
    assert bench.ended("web", bench.newest("web")) == "Succeeded"
    reference = json.loads(bench.content("codebuild_clone_ref.json"))
    assert reference["CommitId"] == commit
    assert reference["RepositoryUrl"].endswith("/v1/repos/code")


def test_a_damaged_artifact_fails_the_action_and_says_so(bench: Bench) -> None:
    bench.api("s3", "PutObject", {"Bucket": DROP, "Key": KEY, "Body": b"no zip at all"})
    first = bench.create("web", deploy())
    assert bench.ended("web", first) == "Failed"
    assert "not a zip file" in bench.action("web", "Deploy", "Put")["errorDetails"]["message"]
