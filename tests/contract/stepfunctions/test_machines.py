"""State machines as Step Functions' clients see them: made, changed, checked, versioned, run, stopped, refused."""

from __future__ import annotations

import json
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.first_run import root_key

ONE = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 1, "End": True}}}
TWO = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 2, "End": True}}}
LONG = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def code_of(error) -> str:
    return error.value.response["Error"]["Code"]


def made(sfn, role, name, definition=ONE, **more) -> str:
    return str(
        sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role, **more)["stateMachineArn"]
    )


def test_a_state_machine_is_made_described_changed_and_deleted(sfn, role, ended):
    arn = made(sfn, role, "kept", tags=[{"key": "team", "value": "a"}])
    assert made(sfn, role, "kept") == arn
    with pytest.raises(sfn.exceptions.StateMachineAlreadyExists):
        made(sfn, role, "kept", TWO)
    found = sfn.describe_state_machine(stateMachineArn=arn)
    assert (found["name"], found["status"], found["type"], found["roleArn"]) == ("kept", "ACTIVE", "STANDARD", role)
    assert json.loads(found["definition"]) == ONE and found["loggingConfiguration"]["level"] == "OFF"
    assert arn in [one["stateMachineArn"] for one in sfn.list_state_machines()["stateMachines"]]
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "c"}])
    sfn.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert sfn.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "c"}]
    first = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert ended(first)["output"] == "1"
    sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO))
    assert ended(sfn.start_execution(stateMachineArn=arn)["executionArn"])["output"] == "2"
    was = sfn.describe_state_machine_for_execution(executionArn=first)
    assert json.loads(was["definition"]) == ONE and was["name"] == "kept"
    with pytest.raises(ClientError) as nothing:
        sfn.update_state_machine(stateMachineArn=arn)
    assert code_of(nothing) == "MissingRequiredParameter"
    sfn.delete_state_machine(stateMachineArn=arn)
    with pytest.raises(sfn.exceptions.StateMachineDoesNotExist):
        sfn.describe_state_machine(stateMachineArn=arn)


def test_versions_keep_what_was_published_and_aliases_stand_for_them(sfn, role, ended):
    arn = made(sfn, role, "versioned")
    first = sfn.publish_state_machine_version(stateMachineArn=arn, description="one")["stateMachineVersionArn"]
    assert first == f"{arn}:1"
    assert sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == first
    second = sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(TWO), publish=True)
    second = second["stateMachineVersionArn"]
    listed = sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [one["stateMachineVersionArn"] for one in listed] == [second, first]
    routes = [{"stateMachineVersionArn": first, "weight": 100}]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    run = ended(sfn.start_execution(stateMachineArn=alias)["executionArn"])
    assert (run["output"], run["stateMachineAliasArn"]) == ("1", alias)
    with pytest.raises(sfn.exceptions.ConflictException, match="must not be referenced"):
        sfn.delete_state_machine_version(stateMachineVersionArn=first)
    routes = [{"stateMachineVersionArn": second, "weight": 100}]
    sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routes)
    assert sfn.describe_state_machine_alias(stateMachineAliasArn=alias)["routingConfiguration"] == routes
    assert ended(sfn.start_execution(stateMachineArn=alias)["executionArn"])["output"] == "2"
    assert len(sfn.list_executions(stateMachineArn=alias)["executions"]) == 2
    assert len(sfn.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]) == 1
    sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    sfn.delete_state_machine_version(stateMachineVersionArn=first)
    assert len(sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]) == 1


def test_executions_are_named_once_listed_and_stopped(sfn, role, ended):
    arn = made(sfn, role, "long", LONG)
    first = sfn.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
    assert (
        sfn.start_execution(stateMachineArn=arn, name="one", input='{"a":1}')["executionArn"] == first["executionArn"]
    )
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists):
        sfn.start_execution(stateMachineArn=arn, name="one", input='{"a": 2}')
    with pytest.raises(sfn.exceptions.InvalidExecutionInput):
        sfn.start_execution(stateMachineArn=arn, input="{")
    running = sfn.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]
    assert [one["name"] for one in running] == ["one"]
    sfn.stop_execution(executionArn=first["executionArn"], error="Enough", cause="of this")
    found = ended(first["executionArn"])
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "of this")
    events = sfn.get_execution_history(executionArn=first["executionArn"], reverseOrder=True, maxResults=1)
    assert events["events"][0]["type"] == "ExecutionAborted" and events["nextToken"]
    with pytest.raises(sfn.exceptions.ExecutionDoesNotExist):
        sfn.describe_execution(executionArn=first["executionArn"] + "x")


def test_an_express_state_machine_answers_at_once(shared_server, sfn, role):
    key = root_key(shared_server.house.stores)
    here = boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        endpoint_url=shared_server.config.endpoint,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret,
        # Else the client would ask the host `sync-127.0.0.1`.
        config=Config(inject_host_prefix=False),
    )
    arn = made(sfn, role, "express", TWO, type="EXPRESS")
    found = here.start_sync_execution(stateMachineArn=arn, input='{"a": 1}')
    assert (found["status"], found["output"], json.loads(found["input"])) == ("SUCCEEDED", "2", {"a": 1})
    assert found["executionArn"].split(":")[5] == "express"
    with pytest.raises(sfn.exceptions.StateMachineTypeNotSupported):
        sfn.list_executions(stateMachineArn=arn)
    standard = made(sfn, role, "standard")
    with pytest.raises(sfn.exceptions.StateMachineTypeNotSupported):
        here.start_sync_execution(stateMachineArn=standard)


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ({"A": {"Type": "Pass", "Next": "B"}}, "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next"),
        ({"A": {"Type": "Pass"}}, r"exactly one of \[Next, End\]"),
        ({"A": {"Type": "Nap", "End": True}}, "The Type must be one of"),
        ({"A": {"Type": "Pass", "End": True, "Seconds": 1}}, "The field 'Seconds' is not supported"),
        ({"A": {"Type": "Pass", "End": True, "Parameters": {"a.$": "x"}}}, "not a valid JSONPath"),
        ({"A": {"Type": "Pass", "End": True, "InputPath": "$.a[?(@.b =~ /x+/)]"}}, "Regular expressions in paths"),
        ({"A": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": True}}, "is not recognized"),
        ({"A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.sync", "End": True}}, "cannot be waited for"),
        ({"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "A"}]}}, "exactly one comparison operator"),
        ({"A": {"Type": "Wait", "Seconds": 1, "Timestamp": "x", "End": True}}, "exactly one of"),
        (
            {"A": {"Type": "Pass", "End": True, "Output": 1}},
            "'Output' is only allowed when the query language is JSONata",
        ),
    ],
)
def test_a_definition_that_cannot_be_run_is_refused_with_its_place(sfn, role, states, why):
    definition = json.dumps({"StartAt": "A", "States": states})
    with pytest.raises(sfn.exceptions.InvalidDefinition, match=why):
        sfn.create_state_machine(name="broken", definition=definition, roleArn=role)
    told = sfn.validate_state_machine_definition(definition=definition)
    assert told["result"] == "FAIL" and told["diagnostics"][0]["severity"] == "ERROR"


def test_a_good_definition_is_told_to_be_one(sfn):
    assert sfn.validate_state_machine_definition(definition=json.dumps(ONE))["result"] == "OK"


def test_a_role_must_trust_step_functions_and_may_do_only_what_it_may(shared_server, sfn, ended):
    iam = shared_server.client("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = iam.create_role(RoleName="narrow", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    with pytest.raises(ClientError, match=r"states\.amazonaws\.com"):
        made(sfn, role, "untrusted")
    trust["Statement"][0]["Principal"]["Service"] = "states.amazonaws.com"
    iam.update_assume_role_policy(RoleName="narrow", PolicyDocument=json.dumps(trust))
    task = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets", "Parameters": {}, "End": True}
    arn = made(sfn, role, "narrow", {"StartAt": "A", "States": {"A": task}})
    found = ended(sfn.start_execution(stateMachineArn=arn)["executionArn"])
    assert found["status"] == "FAILED" and "is not authorized to perform: s3:ListAllMyBuckets" in found["cause"]


def test_rules_and_schedules_start_executions_and_their_ends_are_events(shared_server, sfn, role, ended):
    events, logs = shared_server.client("events"), shared_server.client("logs")
    arn = made(sfn, role, "started-by-rule", {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    events.put_rule(Name="starts", EventPattern='{"source": ["my.starter"]}')
    events.put_targets(Rule="starts", Targets=[{"Id": "machine", "Arn": arn, "RoleArn": role, "InputPath": "$.detail"}])
    logs.create_log_group(logGroupName="/aws/events/ends")
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [arn], "status": ["SUCCEEDED"]}}
    events.put_rule(Name="ends", EventPattern=json.dumps(pattern))
    group = f"arn:aws:logs:us-east-1:{shared_server.config.account}:log-group:/aws/events/ends"
    events.put_targets(Rule="ends", Targets=[{"Id": "log", "Arn": group}])
    events.put_events(Entries=[{"Source": "my.starter", "DetailType": "x", "Detail": '{"a": 1}'}])
    deadline = time.monotonic() + 30
    while not (lines := logs.filter_log_events(logGroupName="/aws/events/ends")["events"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    event = json.loads(lines[0]["message"])
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert json.loads(event["detail"]["input"]) == {"a": 1} and event["detail"]["stopDate"] > 0
    assert ended(event["detail"]["executionArn"])["output"] == '{"a":1}'


def test_a_role_may_be_trusted_for_the_accounts_own_machines_only(server):
    iam, sfn = server.client("iam"), server.client("stepfunctions")
    for account, may in (("123456789012", True), ("210987654321", False)):
        source = f"arn:aws:states:us-east-1:{account}:stateMachine:*"
        condition = {"ArnLike": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": account}}
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": condition,
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        role = iam.create_role(RoleName=f"of-{account}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if may:
            assert made(sfn, role, "mine")
        else:
            with pytest.raises(sfn.exceptions.ClientError, match="authorized to assume the provided role"):
                made(sfn, role, "theirs")


def test_an_alias_stays_with_its_machine_and_its_account(shared_server, sfn, role):
    arn, other = made(sfn, role, "aliased"), made(sfn, role, "aliased-other", TWO)
    version, strange = (sfn.publish_state_machine_version(stateMachineArn=one) for one in (arn, other))
    routes = [{"stateMachineVersionArn": version["stateMachineVersionArn"], "weight": 100}]
    alias = sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    routes = [{"stateMachineVersionArn": strange["stateMachineVersionArn"], "weight": 100}]
    with pytest.raises(sfn.exceptions.ValidationException, match="must be of the state machine"):
        sfn.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=routes)
    stranger = shared_server.house.port.acting_as(root_identity("999988887777"), shared_server.config.region)
    for operation in ("DescribeStateMachineAlias", "DeleteStateMachineAlias"):
        with pytest.raises(AwsError) as caught:
            stranger("stepfunctions", operation, {"stateMachineAliasArn": alias})
        assert caught.value.code == "ResourceNotFound"
    stranger(
        "stepfunctions", "DeleteStateMachineVersion", {"stateMachineVersionArn": routes[0]["stateMachineVersionArn"]}
    )
    assert len(sfn.list_state_machine_versions(stateMachineArn=other)["stateMachineVersions"]) == 1
