"""Stacks that make parameters, secrets and queues, and templates that take values from them."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from botocore.exceptions import ClientError

from ormer.stores.schema import metadata


@pytest.fixture(scope="session")
def ssm(shared_server):
    return shared_server.client("ssm")


@pytest.fixture(scope="session")
def secretsmanager(shared_server):
    return shared_server.client("secretsmanager")


@pytest.fixture(scope="session")
def sqs(shared_server):
    return shared_server.client("sqs")


@pytest.fixture
def stack(cloudformation, ended, unique):
    """Create a stack of resources, or update it when it is there; returns its description."""
    name = unique("stored")

    def go(resources, parameters=None, outputs=None, given=()):
        body = {
            "Resources": resources,
            "Parameters": parameters or {},
            "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()},
        }
        request = {"StackName": name, "TemplateBody": json.dumps(body), "Parameters": list(given)}
        if go.made:
            cloudformation.update_stack(**request)
        else:
            cloudformation.create_stack(**request)
            go.made = True
        found = ended(name)
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        reasons = [one.get("ResourceStatusReason") for one in events if "FAILED" in one["ResourceStatus"]]
        assert found["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")), reasons
        found["told"] = {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
        return found

    go.made = False
    yield go
    arn = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=name)
    assert ended(arn)["StackStatus"] == "DELETE_COMPLETE"


def parameter(value, **more):
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **more}}


def test_a_stack_makes_changes_and_deletes_parameters(stack, ssm, unique):
    name = f"/{unique('stack')}/value"
    outputs = {"Ref": {"Ref": "P"}, "Value": {"Fn::GetAtt": "P.Value"}}
    made = stack({"P": parameter("one", Name=name, Tags={"team": "red"})}, outputs=outputs)
    assert made["told"] == {"Ref": name, "Value": "one"}
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    assert {"Key": "team", "Value": "red"} in tags
    stack({"P": parameter("two", Name=name), "Q": parameter("unnamed")}, outputs=outputs)
    found = ssm.get_parameter(Name=name)["Parameter"]
    assert (found["Value"], found["Version"]) == ("two", 2)
    stack({"Q": parameter("unnamed")})
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name=name)


def test_a_templates_parameter_takes_its_value_from_the_store(stack, ssm, unique):
    root = f"/{unique('given')}"
    ssm.put_parameter(Name=f"{root}/one", Value="first", Type="String")
    ssm.put_parameter(Name=f"{root}/many", Value="a, b", Type="StringList")
    ssm.put_parameter(Name=f"{root}/secret", Value="s", Type="SecureString")
    parameters = {
        "One": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"{root}/one"},
        "Many": {"Type": "AWS::SSM::Parameter::Value<List<String>>"},
        "Name": {"Type": "AWS::SSM::Parameter::Name", "Default": f"{root}/one"},
    }
    resources = {"P": parameter({"Fn::Join": ["-", [{"Ref": "One"}, {"Fn::Select": [1, {"Ref": "Many"}]}]]})}
    outputs = {"Ref": {"Ref": "P"}, "Name": {"Ref": "Name"}}
    given = [{"ParameterKey": "Many", "ParameterValue": f"{root}/many"}]
    made = stack(resources, parameters, outputs, given)
    assert ssm.get_parameter(Name=made["told"]["Ref"])["Parameter"]["Value"] == "first-b"
    assert made["told"]["Name"] == f"{root}/one"
    shown = {one["ParameterKey"]: one for one in made["Parameters"]}
    assert (shown["One"]["ParameterValue"], shown["One"]["ResolvedValue"]) == (f"{root}/one", "first")
    ssm.put_parameter(Name=f"{root}/one", Value="second", Overwrite=True)
    kept = [{"ParameterKey": "One", "UsePreviousValue": True}, {"ParameterKey": "Many", "UsePreviousValue": True}]
    stack(resources, parameters, outputs, kept)
    assert ssm.get_parameter(Name=made["told"]["Ref"])["Parameter"]["Value"] == "second-b"
    for wrong, words in (
        (f"{root}/none", "Unable to fetch parameters"),
        (f"{root}/secret", "types not supported"),
        ("/aws/service/sagemaker-distribution/latest", "none of the parameters that AWS publishes"),
    ):
        with pytest.raises(ClientError, match=words):
            stack(resources, parameters, outputs, [*given, {"ParameterKey": "One", "ParameterValue": wrong}])


def test_dynamic_references_are_replaced_and_not_remembered(stack, ssm, secretsmanager, shared_server, unique):
    root, word = f"/{unique('dynamic')}", unique("never-written-down")
    ssm.put_parameter(Name=f"{root}/plain", Value="first", Type="String")
    ssm.put_parameter(Name=f"{root}/plain", Value="second", Overwrite=True)
    ssm.put_parameter(Name=f"{root}/secure", Value=word, Type="SecureString")
    text = json.dumps({"user": "me", "password": word})
    arn = secretsmanager.create_secret(Name=f"{root}/secret", SecretString=text)["ARN"]
    secret_value = f"{{{{resolve:secretsmanager:{arn}:SecretString:password}}}}"
    queue = {"QueueName": f"{{{{resolve:ssm:{root}/plain:1}}}}-queue"}
    secret = {
        "Description": f"{{{{resolve:ssm:{root}/plain}}}}",
        "SecretString": f"{secret_value}/{{{{resolve:ssm-secure:{root}/secure}}}}",
    }
    made = stack(
        {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": queue},
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": secret},
        },
        outputs={"Queue": {"Fn::GetAtt": "Queue.QueueName"}, "Secret": {"Ref": "Secret"}},
    )
    assert made["told"]["Queue"] == "first-queue"
    found = secretsmanager.get_secret_value(SecretId=made["told"]["Secret"])
    assert found["SecretString"] == f"{word}/{word}"
    assert secretsmanager.describe_secret(SecretId=made["told"]["Secret"])["Description"] == "second"
    with shared_server.house.stores.database.read() as tx:
        for table in metadata.sorted_tables:
            assert not any(word in str(dict(row)) for row in tx.all(sa.select(table))), table.name


def test_a_stack_makes_secrets_with_passwords_and_policies(stack, secretsmanager, unique):
    name = unique("made")
    generated = {
        "SecretStringTemplate": '{"username": "admin"}',
        "GenerateStringKey": "password",
        "PasswordLength": 20,
        "ExcludePunctuation": True,
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    resources = {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": name, "GenerateSecretString": generated, "Tags": [{"Key": "a", "Value": "b"}]},
        },
        "Policy": {
            "Type": "AWS::SecretsManager::ResourcePolicy",
            "Properties": {"SecretId": {"Ref": "Secret"}, "ResourcePolicy": {"Statement": [statement]}},
        },
    }
    made = stack(resources, outputs={"Arn": {"Ref": "Secret"}})
    found = secretsmanager.get_secret_value(SecretId=name)
    assert found["ARN"] == made["told"]["Arn"]
    value = json.loads(found["SecretString"])
    assert value["username"] == "admin" and len(value["password"]) == 20 and value["password"].isalnum()
    assert "GetSecretValue" in secretsmanager.get_resource_policy(SecretId=name)["ResourcePolicy"]
    resources["Secret"]["Properties"]["Description"] = "changed"
    stack(resources, outputs={"Arn": {"Ref": "Secret"}})
    assert secretsmanager.get_secret_value(SecretId=name)["SecretString"] == found["SecretString"]
    assert secretsmanager.describe_secret(SecretId=name)["Description"] == "changed"


def test_a_stack_makes_queues_with_dead_letters_and_policies(stack, sqs):
    def resources(seconds):
        redrive = {"deadLetterTargetArn": {"Fn::GetAtt": "Dead.Arn"}, "maxReceiveCount": 3}
        opened = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": {"Fn::GetAtt": "Queue.Arn"},
        }
        return {
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"VisibilityTimeout": seconds, "RedrivePolicy": redrive},
            },
            "Policy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": [opened]}},
            },
            "Ordered": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"FifoQueue": True, "ContentBasedDeduplication": True},
            },
        }

    outputs = {"Url": {"Ref": "Queue"}, "Dead": {"Fn::GetAtt": "Dead.Arn"}, "Ordered": {"Ref": "Ordered"}}
    told = stack(resources(60), outputs=outputs)["told"]
    found = sqs.get_queue_attributes(QueueUrl=told["Url"], AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "60"
    assert json.loads(found["RedrivePolicy"])["deadLetterTargetArn"] == told["Dead"]
    assert "sns.amazonaws.com" in found["Policy"]
    assert told["Ordered"].endswith(".fifo")
    stack(resources(90), outputs=outputs)
    found = sqs.get_queue_attributes(QueueUrl=told["Url"], AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "90"


def test_a_stack_lets_a_function_read_a_queue(stack, shared_server, sqs, unique):
    iam, functions, name = shared_server.client("iam"), shared_server.client("lambda"), unique("reader")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": trust}))["Role"]["Arn"]
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.11",
                "Role": role,
                "Handler": "index.handler",
                "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": "Queue.Arn"},
                "FunctionName": {"Ref": "Function"},
                "BatchSize": 5,
                "Enabled": False,
            },
        },
    }
    outputs = {"Id": {"Ref": "Mapping"}}
    told = stack(resources, outputs=outputs)["told"]
    assert functions.get_event_source_mapping(UUID=told["Id"])["BatchSize"] == 5
    resources["Mapping"]["Properties"]["BatchSize"] = 7
    stack(resources, outputs=outputs)
    assert functions.get_event_source_mapping(UUID=told["Id"])["BatchSize"] == 7
