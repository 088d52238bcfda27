"""Who else asks functions: rules, schedules' universal targets, topics, delivery pipelines, steps of pipelines."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

SAY = "import json\ndef handler(event, context):\n    print('asked:', json.dumps(event))\n"
EXECUTION_ROLE = "service-role/AmazonSageMakerServiceCatalogProductsUseRole"
FOUND = "asked: "


@pytest.fixture
def asked(lines, eventually):
    """The event a function was asked with first, once it was."""

    def wait(name):
        line = eventually(lambda: next((one for one in lines(name) if one.startswith(FOUND)), None))
        return json.loads(line.removeprefix(FOUND))

    return wait


@pytest.fixture
def arn(functions):
    return lambda name: functions.get_function_configuration(FunctionName=name)["FunctionArn"]


def test_a_rule_asks_a_function_with_the_event(function, arn, asked, shared_server):
    name = function(SAY)
    events = shared_server.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [f"my.{name}"]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn(name)}])
    events.put_events(Entries=[{"Source": f"my.{name}", "DetailType": "Said", "Detail": '{"word": "hi"}'}])
    found = asked(name)
    assert (found["source"], found["detail-type"], found["detail"]) == (f"my.{name}", "Said", {"word": "hi"})


def test_a_branch_that_is_pushed_asks_a_function(function, arn, asked, shared_server):
    name = function(SAY)
    events, codecommit = shared_server.client("events"), shared_server.client("codecommit")
    codecommit.create_repository(repositoryName=name)
    pattern = {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "detail": {"event": ["referenceCreated"], "referenceType": ["branch"], "repositoryName": [name]},
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn(name)}])
    codecommit.put_file(repositoryName=name, branchName="main", fileContent=b"x", filePath="a.txt")
    assert asked(name)["detail"]["referenceName"] == "main"


def test_a_topic_asks_a_function_that_subscribes(function, arn, asked, shared_server):
    name = function(SAY)
    sns = shared_server.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn(name), ReturnSubscriptionArn=True)
    attributes = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])["Attributes"]
    assert attributes["PendingConfirmation"] == "false"
    sns.publish(TopicArn=topic, Subject="about", Message="words")
    (record,) = asked(name)["Records"]
    assert record["EventSource"] == "aws:sns"
    assert (record["Sns"]["Subject"], record["Sns"]["Message"]) == ("about", "words")


def pipeline(name, role, function):
    source = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
    invoke = {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"}
    return {
        "name": name,
        "roleArn": role,
        "artifactStore": {"type": "S3", "location": f"{name}-store"},
        "stages": [
            {
                "name": "Source",
                "actions": [
                    {
                        "name": "Take",
                        "actionTypeId": source,
                        "configuration": {"S3Bucket": f"{name}-store", "S3ObjectKey": "source.zip"},
                        "outputArtifacts": [{"name": "Source"}],
                    }
                ],
            },
            {
                "name": "Ask",
                "actions": [
                    {
                        "name": "Ask",
                        "actionTypeId": invoke,
                        "configuration": {"FunctionName": function, "UserParameters": "words"},
                        "inputArtifacts": [{"name": "Source"}],
                        "namespace": "Asked",
                    }
                ],
            },
        ],
    }


JOB = """
import boto3, io, zipfile

def handler(event, context):
    job = event["CodePipeline.job"]
    keys, place = job["data"]["artifactCredentials"], job["data"]["inputArtifacts"][0]["location"]["s3Location"]
    s3 = boto3.client("s3", aws_access_key_id=keys["accessKeyId"], aws_secret_access_key=keys["secretAccessKey"],
                      aws_session_token=keys["sessionToken"])
    body = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
    text = zipfile.ZipFile(io.BytesIO(body)).read("a.txt").decode()
    given = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]
    client = boto3.client("codepipeline")
    if text == "bad":
        client.put_job_failure_result(jobId=job["id"], failureDetails={"type": "JobFailed", "message": "it is bad"})
    elif text == "silent":
        raise RuntimeError("no word")
    else:
        client.put_job_success_result(jobId=job["id"], outputVariables={"Read": text + given})
"""


@pytest.mark.parametrize(("text", "status", "said"), [("good", "Succeeded", ""), ("bad", "Failed", "it is bad")])
def test_a_delivery_gives_a_function_a_job_and_takes_its_word(
    function, shared_server, names, eventually, text, status, said
):
    name, account = f"delivery-{next(names)}", shared_server.config.account
    s3, codepipeline = shared_server.client("s3"), shared_server.client("codepipeline")
    s3.create_bucket(Bucket=f"{name}-store")
    s3.put_bucket_versioning(Bucket=f"{name}-store", VersioningConfiguration={"Status": "Enabled"})
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", text)
    s3.put_object(Bucket=f"{name}-store", Key="source.zip", Body=content.getvalue())
    role = f"arn:aws:iam::{account}:role/service-role/AmazonSageMakerProjectsCodePipelineRole"
    codepipeline.create_pipeline(pipeline=pipeline(name, role, function(JOB, Timeout=30)))

    def ended():
        found = codepipeline.list_action_executions(pipelineName=name)["actionExecutionDetails"]
        asks = [one for one in found if one["actionName"] == "Ask" and one["status"] != "InProgress"]
        return asks[0] if asks else None

    found = eventually(ended)
    assert found["status"] == status
    if said:
        assert found["output"]["executionResult"]["errorDetails"]["message"] == said
    else:
        assert found["output"]["outputVariables"] == {"Read": "goodwords"}
    with pytest.raises(codepipeline.exceptions.JobNotFoundException):
        codepipeline.put_job_success_result(jobId="11111111-2222-3333-4444-555555555555")


def definition(arn):
    return {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Number", "Type": "Integer", "DefaultValue": 20}],
        "Steps": [
            {
                "Name": "Ask",
                "Type": "Lambda",
                "Arguments": {"number": {"Get": "Parameters.Number"}},
                "FunctionArn": arn,
                "OutputParameters": [{"OutputName": "twice", "OutputType": "Integer"}],
            },
            {
                "Name": "Say",
                "Type": "Fail",
                "Arguments": {"ErrorMessage": {"Get": "Steps.Ask.OutputParameters['twice']"}},
            },
        ],
    }


@pytest.mark.parametrize(
    ("text", "statuses", "said"),
    [
        (
            "def handler(event, context):\n    return {'twice': event['number'] * 2, 'more': 1}\n",
            {"Ask": "Succeeded", "Say": "Failed"},
            "40",
        ),
        ("def handler(event, context):\n    raise ValueError('boom')\n", {"Ask": "Failed"}, "failed: boom"),
        ("def handler(event, context):\n    return {}\n", {"Ask": "Failed"}, "returned no twice"),
    ],
)
def test_a_step_asks_a_function_and_hands_its_outputs_on(
    function, arn, shared_server, names, eventually, text, statuses, said
):
    name, sagemaker = f"pipeline-{next(names)}", shared_server.client("sagemaker")
    role = f"arn:aws:iam::{shared_server.config.account}:role/{EXECUTION_ROLE}"
    text_of = json.dumps(definition(arn(function(text))))
    sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=text_of, RoleArn=role)
    execution = sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]

    def ended():
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
        return found["PipelineExecutionStatus"] != "Executing"

    eventually(ended)
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    assert {step["StepName"]: step["StepStatus"] for step in steps} == statuses
    assert any(said in step.get("FailureReason", "") for step in steps)
    if statuses["Ask"] == "Succeeded":
        ask = next(step for step in steps if step["StepName"] == "Ask")
        assert ask["Metadata"]["Lambda"]["OutputParameters"] == [{"Name": "twice", "Value": "40"}]
