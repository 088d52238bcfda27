"""SAM templates: rewritten by AWS's own translator, made as what comes out, answered as they were given."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

SAM = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: {Type: String, Default: hello}
Globals:
  Function: {Runtime: python3.11, Timeout: 20}
Resources:
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      AutoPublishAlias: live
      Environment: {Variables: {GREETING: !Ref Greeting}}
      Policies:
        - AmazonS3ReadOnlyAccess
        - S3CrudPolicy: {BucketName: some-bucket}
      InlineCode: |
        import os
        def handler(event, context):
            return os.environ["GREETING"] + " " + event["name"]
Outputs:
  Name: {Value: !Ref Greeter}
  Alias: {Value: !Ref Greeter.Alias}
  Role: {Value: !GetAtt GreeterRole.Arn}
"""
BOTH = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


@pytest.fixture(scope="session")
def functions(shared_server: Any) -> Any:
    return shared_server.client("lambda")


def test_a_sam_template_becomes_a_function_with_its_role_and_alias(cloudformation, functions, iam, unique, ended):
    name = unique("sam")
    cloudformation.create_stack(StackName=name, TemplateBody=SAM, Capabilities=BOTH)
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    answer = functions.invoke(FunctionName=outputs["Alias"], Payload=json.dumps({"name": "you"}).encode())
    assert json.loads(answer["Payload"].read()) == "hello you"
    role = outputs["Role"].rpartition("/")[2]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert {one["PolicyName"] for one in attached} == {"AWSLambdaBasicExecutionRole", "AmazonS3ReadOnlyAccess"}
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["GreeterRolePolicy1"]


def test_the_template_is_answered_as_it_was_given_and_as_it_was_made(cloudformation, unique, ended):
    name = unique("stages")
    cloudformation.create_stack(StackName=name, TemplateBody=SAM, Capabilities=BOTH)
    ended(name)
    assert cloudformation.get_template(StackName=name)["TemplateBody"] == SAM
    processed = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    kinds = {each["Type"] for each in processed["Resources"].values()}
    assert kinds == {"AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::IAM::Role"}
    assert "Transform" not in processed and "Globals" not in processed


def test_the_template_before_is_rewritten_with_new_values(cloudformation, functions, unique, ended):
    name = unique("again")
    cloudformation.create_stack(StackName=name, TemplateBody=SAM, Capabilities=BOTH)
    ended(name)
    parameters = [{"ParameterKey": "Greeting", "ParameterValue": "good day"}]
    cloudformation.update_stack(StackName=name, UsePreviousTemplate=True, Parameters=parameters, Capabilities=BOTH)
    stack = ended(name)
    assert stack["StackStatus"] == "UPDATE_COMPLETE", stack
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    answer = functions.invoke(FunctionName=outputs["Name"], Payload=json.dumps({"name": "you"}).encode())
    assert json.loads(answer["Payload"].read()) == "good day you"


def test_what_nobody_looks_at_before_it_is_made_must_be_acknowledged(cloudformation, unique, ended):
    name = unique("unlooked")
    with pytest.raises(ClientError, match="CAPABILITY_AUTO_EXPAND") as refused:
        cloudformation.create_stack(StackName=name, TemplateBody=SAM, Capabilities=["CAPABILITY_IAM"])
    assert refused.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"
    made = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=SAM,
        Capabilities=["CAPABILITY_IAM"],
    )
    changes = cloudformation.describe_change_set(ChangeSetName=made["Id"])["Changes"]
    assert "AWS::Lambda::Alias" in {one["ResourceChange"]["ResourceType"] for one in changes}
    cloudformation.execute_change_set(ChangeSetName=made["Id"])
    assert ended(name)["StackStatus"] == "CREATE_COMPLETE"


def test_a_template_that_sam_refuses_is_refused_in_its_words(cloudformation, unique):
    body = json.dumps(
        {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "./here"}}},
        }
    )
    with pytest.raises(ClientError, match=r"Resource with id \[F\] is invalid.*CodeUri.*S3 Uri"):
        cloudformation.create_stack(StackName=unique("bad"), TemplateBody=body, Capabilities=BOTH)


@pytest.mark.parametrize("kind", ["Application", "SimpleTable", "GraphQLApi"])
def test_what_sam_makes_of_services_that_are_not_here_is_refused_by_name(cloudformation, unique, kind):
    body = json.dumps(
        {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"X": {"Type": f"AWS::Serverless::{kind}"}}}
    )
    with pytest.raises(ClientError, match=f"AWS::Serverless::{kind} is not there: ormer has no"):
        cloudformation.create_stack(StackName=unique("no"), TemplateBody=body, Capabilities=BOTH)


def test_a_summary_tells_what_a_sam_template_will_need(cloudformation):
    summary = cloudformation.get_template_summary(TemplateBody=SAM)
    assert summary["DeclaredTransforms"] == ["AWS::Serverless-2016-10-31"]
    assert summary["Capabilities"] == BOTH and summary["ResourceTypes"] == ["AWS::Serverless::Function"]
    checked = cloudformation.validate_template(TemplateBody=SAM)
    assert checked["Parameters"] == [{"ParameterKey": "Greeting", "DefaultValue": "hello", "NoEcho": False}]


def test_a_file_of_s3_is_included_where_its_name_stands(cloudformation, s3, logs, unique, ended):
    bucket, name = unique("included"), unique("including")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="part.yml", Body=f"LogGroupName: /{name}\nRetentionInDays: 5\n".encode())
    body = json.dumps(
        {
            "Resources": {
                "Group": {
                    "Type": "AWS::Logs::LogGroup",
                    "Properties": {
                        "Fn::Transform": {
                            "Name": "AWS::Include",
                            "Parameters": {"Location": f"s3://{bucket}/part.yml"},
                        }
                    },
                }
            }
        }
    )
    cloudformation.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert ended(name)["StackStatus"] == "CREATE_COMPLETE"
    assert logs.describe_log_groups(logGroupNamePrefix=f"/{name}")["logGroups"][0]["retentionInDays"] == 5


API = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Api: {Cors: "'*'"}
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: python3.11
      InlineCode: |
        import json
        def handler(event, context):
            told = [event["httpMethod"], event["pathParameters"], json.loads(event["body"] or "null")]
            return {"statusCode": 201, "body": json.dumps(told)}
      Events:
        Put: {Type: Api, Properties: {Path: "/things/{id}", Method: put}}
        All: {Type: Api, Properties: {Path: /, Method: any}}
Outputs:
  Api: {Value: !Ref ServerlessRestApi}
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/"}
"""


def test_an_implicit_api_answers_with_its_functions(cloudformation, shared_server, unique, ended):
    name = unique("api")
    cloudformation.create_stack(StackName=name, TemplateBody=API, Capabilities=BOTH)
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    api = next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "Api")
    base = f"{shared_server.config.endpoint}/_aws/execute-api/{api}/Prod"
    answer = requests.put(f"{base}/things/7", json={"a": 1}, timeout=60)
    assert (answer.status_code, answer.json()) == (201, ["PUT", {"id": "7"}, {"a": 1}])
    assert requests.get(f"{base}/", timeout=60).json() == ["GET", None, None]
    allowed = requests.options(f"{base}/things/7", timeout=60)
    assert allowed.headers["Access-Control-Allow-Origin"] == "*"
    cloudformation.delete_stack(StackName=name)
    assert ended(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


MACHINE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Twice:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: python3.11
      InlineCode: "def handler(event, context): return 2 * event['n']"
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Ask
        States:
          Ask: {Type: Task, Resource: "${Function}", End: true}
      DefinitionSubstitutions: {Function: !GetAtt Twice.Arn}
      Policies: [LambdaInvokePolicy: {FunctionName: !Ref Twice}]
      Events:
        Told:
          Type: EventBridgeRule
          Properties: {Pattern: {source: [my.sam]}, InputPath: $.detail}
Outputs:
  Machine: {Value: !Ref Machine}
"""


def test_a_state_machine_of_sam_runs_as_its_own_role_and_is_started_by_events(
    cloudformation, shared_server, unique, ended
):
    name = unique("machine")
    cloudformation.create_stack(StackName=name, TemplateBody=MACHINE, Capabilities=BOTH)
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    arn, sfn = stack["Outputs"][0]["OutputValue"], shared_server.client("stepfunctions")
    entry = {"Source": "my.sam", "DetailType": "x", "Detail": '{"n": 21}'}
    shared_server.client("events").put_events(Entries=[entry])
    deadline = time.monotonic() + 60
    while not (done := sfn.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]):
        assert time.monotonic() < deadline, sfn.list_executions(stateMachineArn=arn)["executions"]
        time.sleep(0.05)
    assert sfn.describe_execution(executionArn=done[0]["executionArn"])["output"] == "42"


def test_definitions_come_from_texts_objects_and_s3(cloudformation, shared_server, s3, iam, unique, ended):
    bucket, name = unique("definitions"), unique("three")
    s3.create_bucket(Bucket=bucket)
    stored = b"StartAt: A\nStates:\n  A: {Type: Pass, Result: '${what}', End: true}\n"
    s3.put_object(Bucket=bucket, Key="machine.asl.yaml", Body=stored)
    role = shared_server.config.account
    role = f"arn:aws:iam::{role}:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
    states = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${what}", "End": True}}}
    common = {"RoleArn": role, "DefinitionSubstitutions": {"what": "said"}}
    ways = {
        "Text": {"DefinitionString": json.dumps(states)},
        "Object": {"Definition": states},
        "Stored": {"DefinitionS3Location": {"Bucket": bucket, "Key": "machine.asl.yaml"}},
    }
    made = {
        key: {"Type": "AWS::StepFunctions::StateMachine", "Properties": {**common, **way}} for key, way in ways.items()
    }
    made["Work"] = {"Type": "AWS::StepFunctions::Activity", "Properties": {"Name": unique("work")}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": made}))
    assert ended(name)["StackStatus"] == "CREATE_COMPLETE"
    sfn = shared_server.client("stepfunctions")
    for key in ways:
        found = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId=key)
        arn = found["StackResourceDetail"]["PhysicalResourceId"]
        definition = json.loads(sfn.describe_state_machine(stateMachineArn=arn)["definition"])
        assert definition["States"]["A"]["Result"] == "said"
