"""Functions and queues: asked with messages, what became of them, and where failures go; and secrets they rotate."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

TELL = "import json\ndef handler(event, context):\n    print('asked:', json.dumps(event))\n"
PARTLY = (
    "def handler(event, context):\n"
    "    bad = [one['messageId'] for one in event['Records'] if 'bad' in one['body']]\n"
    "    return {'batchItemFailures': [{'itemIdentifier': one} for one in bad]}\n"
)
FAIL = "def handler(event, context):\n    raise ValueError('no')\n"
CLOSE = """
import json
import boto3

def handler(event, context):
    denied = {"Effect": "Deny", "Action": "sqs:ReceiveMessage", "Resource": "*"}
    role = boto3.client("sts").get_caller_identity()["Arn"].split("/")[1]
    boto3.client("iam").put_role_policy(
        RoleName=role, PolicyName="closed", PolicyDocument=json.dumps({"Statement": denied})
    )
"""
ROTATE = """
import boto3

def handler(event, context):
    secrets = boto3.client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    stages = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
    assert "AWSPENDING" in stages[token]
    if step == "createSecret":
        word = secrets.get_random_password(ExcludePunctuation=True)["RandomPassword"]
        secrets.put_secret_value(
            SecretId=arn, ClientRequestToken=token, SecretString=word, VersionStages=["AWSPENDING"]
        )
    if step == "finishSecret":
        current = next(id_ for id_, names in stages.items() if "AWSCURRENT" in names)
        secrets.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
"""


@pytest.fixture
def sqs(shared_server):
    return shared_server.client("sqs")


@pytest.fixture
def queue(sqs, unique):
    """Make a queue; returns its URL and ARN."""

    def make(**attributes):
        url = sqs.create_queue(QueueName=unique("queue"), Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    return make


@pytest.fixture
def reader(shared_server, unique):
    """A role of functions that may do these actions."""

    def make(*actions):
        iam, name = shared_server.client("iam"), unique("reader")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": trust}))["Role"]["Arn"]
        allowed = {"Effect": "Allow", "Action": ["logs:*", *actions], "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Statement": allowed}))
        return arn

    return make


def counts(sqs, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return [int(found[name]) for name in names]


def test_a_function_is_asked_with_what_comes_into_a_queue(functions, function, reader, queue, sqs, lines, eventually):
    url, arn = queue()
    name = function(TELL, Role=reader("sqs:*"))
    made = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=name, BatchSize=1)
    assert (made["State"], made["BatchSize"]) == ("Enabled", 1)
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello", MessageAttributes=attributes)
    line = eventually(lambda: next((one for one in lines(name) if one.startswith("asked: ")), None))
    (record,) = json.loads(line.removeprefix("asked: "))["Records"]
    assert (record["body"], record["messageId"], record["eventSource"]) == ("hello", sent["MessageId"], "aws:sqs")
    assert record["eventSourceARN"] == arn and record["messageAttributes"]["kind"]["stringValue"] == "x"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    eventually(lambda: counts(sqs, url) == [0, 0])
    listed = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert [one["UUID"] for one in listed] == [made["UUID"]]
    assert functions.get_event_source_mapping(UUID=made["UUID"])["LastProcessingResult"] == "OK"
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=name)
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    sqs.send_message(QueueUrl=url, MessageBody="waits")
    assert functions.get_event_source_mapping(UUID=made["UUID"])["State"] == "Disabled"
    assert counts(sqs, url) == [1, 0]
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=True)
    eventually(lambda: counts(sqs, url) == [0, 0])
    functions.delete_event_source_mapping(UUID=made["UUID"])
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_event_source_mapping(UUID=made["UUID"])


def test_only_what_a_function_names_as_failed_stays(functions, function, reader, queue, sqs, eventually):
    dead_url, dead = queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    url, arn = queue(RedrivePolicy=redrive, VisibilityTimeout="3")
    for body in ("good", "bad one", "ignored"):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": body}))
    name = function(PARTLY, Role=reader("sqs:*"))
    functions.create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName=name,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["good", "bad one"]}})}]},
    )
    (found,) = eventually(lambda: sqs.receive_message(QueueUrl=dead_url, WaitTimeSeconds=5).get("Messages"))
    assert json.loads(found["Body"]) == {"kind": "bad one"}
    assert counts(sqs, url) == [0, 0]


def test_a_mapping_that_cannot_work_is_refused(functions, function, reader, queue):
    _, arn = queue()
    closed = function(TELL, Role=reader())
    slow = function(TELL, Role=reader("sqs:*"), Timeout=60)
    for request, words in (
        ({"FunctionName": closed, "EventSourceArn": arn}, "permissions to call ReceiveMessage"),
        ({"FunctionName": slow, "EventSourceArn": arn}, "less than Function timeout"),
        ({"FunctionName": slow, "EventSourceArn": f"{arn}-none"}, "NonExistentQueue"),
        ({"FunctionName": slow, "EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/x"}, "SQS queues"),
        ({"FunctionName": slow, "EventSourceArn": arn, "BatchSize": 11}, "batch window"),
    ):
        with pytest.raises(ClientError, match=words):
            functions.create_event_source_mapping(**request)


def test_what_a_function_fails_at_goes_to_its_dead_letters_and_destination(
    functions, function, reader, queue, sqs, eventually
):
    (dead_url, dead), (told_url, told) = queue(), queue()
    name = function(FAIL, Role=reader("sqs:SendMessage"), DeadLetterConfig={"TargetArn": dead})
    functions.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": told}}
    )
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"word": 1}')
    asked = {"WaitTimeSeconds": 5, "MessageAttributeNames": ["All"]}
    (letter,) = eventually(lambda: sqs.receive_message(QueueUrl=dead_url, **asked).get("Messages"))
    assert json.loads(letter["Body"]) == {"word": 1}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"
    (record,) = sqs.receive_message(QueueUrl=told_url, **asked)["Messages"]
    assert json.loads(record["Body"])["requestContext"]["condition"] == "RetriesExhausted"


def test_a_function_rotates_a_secret(functions, function, reader, shared_server, unique, eventually):
    secretsmanager, name = shared_server.client("secretsmanager"), unique("rotated")
    first = secretsmanager.create_secret(Name=name, SecretString="first")["VersionId"]
    rotator = functions.get_function_configuration(FunctionName=function(ROTATE, Role=reader("secretsmanager:*")))
    made = secretsmanager.rotate_secret(
        SecretId=name, RotationLambdaARN=rotator["FunctionArn"], RotationRules={"AutomaticallyAfterDays": 30}
    )
    found = eventually(lambda: secretsmanager.describe_secret(SecretId=name).get("LastRotatedDate"))
    assert found
    described = secretsmanager.describe_secret(SecretId=name)
    assert described["RotationEnabled"] and described["NextRotationDate"] > found
    value = secretsmanager.get_secret_value(SecretId=name)
    assert value["VersionId"] == made["VersionId"] and len(value["SecretString"]) == 32
    assert described["VersionIdsToStages"][first] == ["AWSPREVIOUS"]
    secretsmanager.cancel_rotate_secret(SecretId=name)
    assert not secretsmanager.describe_secret(SecretId=name)["RotationEnabled"]


def test_a_batch_that_was_answered_is_settled_though_no_other_can_be_asked_for(
    functions, function, reader, queue, sqs, eventually
):
    url, arn = queue(VisibilityTimeout="300")
    # The function takes from its own role what the next batch needs.
    name = function(CLOSE, Role=reader("sqs:*", "iam:PutRolePolicy"), Timeout=60)
    id_ = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=name)["UUID"]
    sqs.send_message(QueueUrl=url, MessageBody="x")

    def told():
        result = functions.get_event_source_mapping(UUID=id_).get("LastProcessingResult", "")
        return result if "ReceiveMessage" in result else None

    assert eventually(told).startswith("PROBLEM")
    assert counts(sqs, url) == [0, 0]
