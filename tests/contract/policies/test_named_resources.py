"""Who may read parameters and secrets and use queues: own policies, and those that stand at secrets and queues."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity

Person = Callable[..., Any]
DENIED = ("AccessDenied", "AccessDeniedException")


@pytest.fixture
def person(shared_server, unique) -> Callable[..., tuple[str, Callable[[str], Any]]]:
    """A user with these statements as its only policy. Returns its ARN and what makes its clients."""

    def make(*statements: dict[str, Any]) -> tuple[str, Callable[[str], Any]]:
        iam, name = shared_server.client("iam"), unique("person")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        signing = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return arn, lambda service: shared_server.client(service, **signing)

    return make


def allow(actions: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def denied(what, **request) -> None:
    with pytest.raises(ClientError) as caught:
        what(**request)
    assert caught.value.response["Error"]["Code"] in DENIED


def test_parameters_are_opened_by_their_path(shared_server, person, unique):
    root, path = shared_server.client("ssm"), f"/{unique('team')}"
    for name in (f"{path}/a", f"{path}-other"):
        root.put_parameter(Name=name, Value="v", Type="SecureString")
    _, clients = person(allow("ssm:Get*", f"arn:aws:ssm:*:*:parameter{path}/*"))
    ssm = clients("ssm")
    # The account's own key needs no permission of its own.
    assert ssm.get_parameter(Name=f"{path}/a", WithDecryption=True)["Parameter"]["Value"] == "v"
    assert ssm.get_parameters(Names=[f"{path}/a:1"])["Parameters"][0]["Value"] != "v"
    denied(ssm.get_parameter, Name=f"{path}-other")
    denied(ssm.get_parameters, Names=[f"{path}/a", f"{path}-other"])
    denied(ssm.put_parameter, Name=f"{path}/a", Value="x", Overwrite=True)
    denied(ssm.get_parameters_by_path, Path=path)


def test_a_key_of_ones_own_must_be_open_to_the_reader(shared_server, person, unique):
    key = shared_server.client("kms").create_key()["KeyMetadata"]
    name = unique("keyed")
    shared_server.client("secretsmanager").create_secret(Name=name, SecretString="v", KmsKeyId=key["KeyId"])
    _, without = person(allow("secretsmanager:*"))
    denied(without("secretsmanager").get_secret_value, SecretId=name)
    _, clients = person(allow("secretsmanager:*"), allow("kms:Decrypt", key["Arn"]))
    assert clients("secretsmanager").get_secret_value(SecretId=name)["SecretString"] == "v"


def test_secrets_are_opened_by_name_tag_and_their_own_policy(shared_server, person, unique):
    root = shared_server.client("secretsmanager")
    mine, tagged, theirs = (unique(word) for word in ("mine", "tagged", "theirs"))
    for name in (mine, theirs):
        root.create_secret(Name=name, SecretString=name)
    root.create_secret(Name=tagged, SecretString=tagged, Tags=[{"Key": "team", "Value": "red"}])
    red = {"StringEquals": {"secretsmanager:ResourceTag/team": "red"}}
    read = "secretsmanager:GetSecretValue"
    by_name = allow([read, "secretsmanager:CreateSecret"], f"arn:aws:secretsmanager:*:*:secret:{mine}*")
    arn, clients = person(by_name, allow(read, Condition=red), allow("secretsmanager:BatchGetSecretValue"))
    secretsmanager = clients("secretsmanager")
    assert secretsmanager.get_secret_value(SecretId=mine)["SecretString"] == mine
    assert secretsmanager.get_secret_value(SecretId=tagged)["SecretString"] == tagged
    denied(secretsmanager.get_secret_value, SecretId=theirs)
    found = secretsmanager.batch_get_secret_value(SecretIdList=[mine, theirs])
    assert [one["Name"] for one in found["SecretValues"]] == [mine] and found["Errors"][0]["ErrorCode"] in DENIED
    secretsmanager.create_secret(Name=f"{mine}-more")
    denied(secretsmanager.create_secret, Name=unique("other"))
    opened = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": read, "Resource": "*"}
    root.put_resource_policy(SecretId=theirs, ResourcePolicy=json.dumps({"Statement": [opened]}))
    assert secretsmanager.get_secret_value(SecretId=theirs)["SecretString"] == theirs
    closed = {**opened, "Effect": "Deny"}
    root.put_resource_policy(SecretId=mine, ResourcePolicy=json.dumps({"Statement": closed}))
    denied(secretsmanager.get_secret_value, SecretId=mine)


def test_readers_of_everything_do_not_read_secrets(shared_server, unique):
    iam, name = shared_server.client("iam"), unique("reader")
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    signing = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    secret = unique("closed")
    shared_server.client("secretsmanager").create_secret(Name=secret, SecretString="v")
    reader = shared_server.client("secretsmanager", **signing)
    assert reader.describe_secret(SecretId=secret)["Name"] == secret and reader.list_secrets()["SecretList"]
    denied(reader.get_secret_value, SecretId=secret)
    assert "Buckets" in shared_server.client("s3", **signing).list_buckets()


def test_queues_are_opened_by_own_policies_and_theirs(shared_server, person, unique):
    root = shared_server.client("sqs")
    url = root.create_queue(QueueName=unique("closed"))["QueueUrl"]
    arn = root.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    _, sender = person(allow("sqs:SendMessage", arn))
    batch = sender("sqs").send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}])
    assert len(batch["Successful"]) == 1
    denied(sender("sqs").receive_message, QueueUrl=url)
    receiver_arn, receiver = person()
    denied(receiver("sqs").receive_message, QueueUrl=url)
    opened = {"Effect": "Allow", "Principal": {"AWS": receiver_arn}, "Action": "SQS:ReceiveMessage", "Resource": arn}
    root.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [opened]})})
    assert receiver("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"] == "x"
    denied(receiver("sqs").send_message, QueueUrl=url, MessageBody="x")


def test_another_account_is_let_in_by_the_resources_policy_only(shared_server, unique):
    queue, name = unique("shared"), unique("shared")
    stranger = shared_server.house.port.acting_as(root_identity("999988887777"), shared_server.config.region)
    sqs, secretsmanager = shared_server.client("sqs"), shared_server.client("secretsmanager")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    arn = secretsmanager.create_secret(Name=name, SecretString="v")["ARN"]
    message = {"QueueUrl": url, "MessageBody": "x"}
    for asked in (("sqs", "SendMessage", message), ("secretsmanager", "GetSecretValue", {"SecretId": arn})):
        with pytest.raises(AwsError, match="no resource-based policy"):
            stranger(*asked)
    sqs.add_permission(QueueUrl=url, Label="them", AWSAccountIds=["999988887777"], Actions=["SendMessage"])
    root = {"AWS": "999988887777"}
    opened = {"Effect": "Allow", "Principal": root, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    secretsmanager.put_resource_policy(SecretId=name, ResourcePolicy=json.dumps({"Statement": opened}))
    assert stranger("sqs", "SendMessage", message)["MessageId"]
    with pytest.raises(AwsError, match="no resource-based policy"):
        stranger("sqs", "ReceiveMessage", {"QueueUrl": url})
    # A key of AWS's own does not open to others, as at AWS: the secret needs one of the account's.
    with pytest.raises(AwsError):
        stranger("secretsmanager", "GetSecretValue", {"SecretId": arn})


def test_a_policy_may_ask_whose_a_resource_is(shared_server, person, unique):
    bucket = unique("owned")
    shared_server.client("s3").create_bucket(Bucket=bucket)
    for owner, may in (("123456789012", True), ("210987654321", False)):
        condition = {"StringEquals": {"aws:ResourceAccount": [owner]}}
        _, client = person(allow(["s3:ListBucket", "sqs:CreateQueue"], Condition=condition))
        if may:
            assert client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 0
            client("sqs").create_queue(QueueName=unique("owned"))
        else:
            denied(client("s3").list_objects_v2, Bucket=bucket)
            denied(client("sqs").create_queue, QueueName=unique("owned"))


def test_what_another_account_gives_the_callers_own_must_permit_too(shared_server, unique):
    """A user of another account, named by a queue's policy, needs a permission of its own account besides."""
    stranger = shared_server.house.port.acting_as(root_identity("999988887777"), shared_server.config.region)
    name = unique("guest")
    user = stranger("iam", "CreateUser", {"UserName": name})["User"]["Arn"]
    key = stranger("iam", "CreateAccessKey", {"UserName": name})["AccessKey"]
    signing = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    sqs, queue = shared_server.client("sqs"), unique("shared")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    opened = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "SQS:SendMessage", "Resource": "*"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [opened]})})
    guest = shared_server.client("sqs", **signing)
    denied(guest.send_message, QueueUrl=url, MessageBody="x")
    policy = json.dumps({"Statement": [allow("sqs:SendMessage")]})
    stranger("iam", "PutUserPolicy", {"UserName": name, "PolicyName": "own", "PolicyDocument": policy})
    assert guest.send_message(QueueUrl=url, MessageBody="x")["MessageId"]


def test_messages_are_buried_in_ones_own_account_only(shared_server, unique):
    stranger = shared_server.house.port.acting_as(root_identity("999988887777"), shared_server.config.region)
    name = unique("dead")
    url = stranger("sqs", "CreateQueue", {"QueueName": name})["QueueUrl"]
    asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
    dead = stranger("sqs", "GetQueueAttributes", asked)["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    with pytest.raises(ClientError, match="Dead letter target does not exist"):
        shared_server.client("sqs").create_queue(QueueName=unique("queue"), Attributes={"RedrivePolicy": redrive})


def test_step_functions_names_what_is_made_by_its_own_kind(shared_server, person, unique):
    machine = {
        "definition": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
        "roleArn": "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole",
    }
    root, name = shared_server.client("stepfunctions"), unique("machine")
    arn = root.create_state_machine(name=name, **machine)["stateMachineArn"]
    version = root.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    routes = [{"stateMachineVersionArn": version, "weight": 100}]
    _, machines = person(allow("states:*", "arn:aws:states:*:*:stateMachine:*"))
    denied(machines("stepfunctions").create_activity, name=unique("activity"))
    assert machines("stepfunctions").create_state_machine_alias(name="a", routingConfiguration=routes)
    _, activities = person(allow("states:*", "arn:aws:states:*:*:activity:*"))
    assert activities("stepfunctions").create_activity(name=unique("activity"))["activityArn"]
    denied(activities("stepfunctions").create_state_machine_alias, name="b", routingConfiguration=routes)


def test_roles_inside_api_documents_must_be_the_callers_to_pass(shared_server, person):
    role = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerProjectsApiGatewayRole"
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f"
    )
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": f"{uri}/invocations", "credentials": role}
    paths = {"/a": {"post": {"responses": {}, "x-amazon-apigateway-integration": integration}}}
    document = json.dumps({"openapi": "3.0.1", "info": {"title": "told", "version": "1"}, "paths": paths})
    for passing in (False, True):
        may = [allow("apigateway:*"), *([allow("iam:PassRole", role)] if passing else [])]
        _, clients = person(*may)
        api = clients("apigatewayv2").create_api(Name="own", ProtocolType="HTTP")["ApiId"]
        single = {"ApiId": api, "IntegrationType": "AWS_PROXY", "IntegrationUri": f"{uri}/invocations"}
        single |= {"CredentialsArn": role}
        for call, request in (
            (clients("apigateway").import_rest_api, {"body": document.encode()}),
            (clients("apigatewayv2").import_api, {"Body": document}),
            (clients("apigatewayv2").reimport_api, {"ApiId": api, "Body": document}),
            (clients("apigatewayv2").create_integration, single),
        ):
            if passing:
                assert call(**request)
            else:
                with pytest.raises(ClientError, match="iam:PassRole"):
                    call(**request)
