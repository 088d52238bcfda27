"""Rules and their targets, as boto3 and the CLI use them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
HERE = f"arn:aws:events:us-east-1:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/SageMakerRole"
PATTERN = json.dumps({"source": ["shop"]})


def pipeline(name: str, identifier: str = "one") -> dict:
    return {"Id": identifier, "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:{name}", "RoleArn": ROLE}


@pytest.fixture
def rule(events, unique) -> str:
    name = unique("rule")
    events.put_rule(Name=name, EventPattern=PATTERN)
    return name


def test_a_rule_is_answered_as_it_was_put(events, unique):
    name = unique("rule")
    words = {"EventPattern": PATTERN, "Description": "orders", "RoleArn": ROLE}
    made = events.put_rule(Name=name, **words, State="DISABLED", Tags=[{"Key": "a", "Value": "b"}])
    assert made["RuleArn"] == f"{HERE}:rule/{name}"
    found = events.describe_rule(Name=name)
    known = {"Name": name, "Arn": made["RuleArn"], "State": "DISABLED", "EventBusName": "default", "CreatedBy": ACCOUNT}
    assert {key: value for key, value in found.items() if key != "ResponseMetadata"} == {**words, **known}
    assert events.list_tags_for_resource(ResourceARN=made["RuleArn"])["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_rule_put_again_is_replaced_whole_but_keeps_its_targets(events, rule):
    events.put_targets(Rule=rule, Targets=[pipeline("p")])
    events.put_rule(Name=rule, ScheduleExpression="rate(5 minutes)")
    found = events.describe_rule(Name=rule)
    assert found["ScheduleExpression"] == "rate(5 minutes)" and "EventPattern" not in found
    assert found["State"] == "ENABLED"
    assert events.list_targets_by_rule(Rule=rule)["Targets"] == [pipeline("p")]


def test_rules_are_switched_on_and_off(events, rule):
    events.disable_rule(Name=rule)
    assert events.describe_rule(Name=rule)["State"] == "DISABLED"
    events.enable_rule(Name=rule)
    assert events.describe_rule(Name=rule)["State"] == "ENABLED"


def test_rules_are_paged_by_name(events, unique):
    prefix = unique("many")
    for number in range(5):
        events.put_rule(Name=f"{prefix}-{number}", EventPattern=PATTERN)
    first = events.list_rules(NamePrefix=prefix, Limit=3)
    rest = events.list_rules(NamePrefix=prefix, Limit=3, NextToken=first["NextToken"])
    names = [one["Name"] for one in first["Rules"] + rest["Rules"]]
    assert names == [f"{prefix}-{number}" for number in range(5)] and "NextToken" not in rest


def test_targets_are_put_replaced_listed_and_removed(events, rule, unique):
    name = unique("p")
    answer = events.put_targets(Rule=rule, Targets=[pipeline(name), pipeline(name, "two")])
    assert (answer["FailedEntryCount"], answer["FailedEntries"]) == (0, [])
    changed = {**pipeline(name), "Input": '{"a": 1}'}
    events.put_targets(Rule=rule, Targets=[changed])
    first = events.list_targets_by_rule(Rule=rule, Limit=1)
    assert first["Targets"] == [changed]
    rest = events.list_targets_by_rule(Rule=rule, NextToken=first["NextToken"])["Targets"]
    assert rest == [pipeline(name, "two")]
    assert events.list_rule_names_by_target(TargetArn=pipeline(name)["Arn"])["RuleNames"] == [rule]
    removed = events.remove_targets(Rule=rule, Ids=["one", "two", "three"])
    assert [one["TargetId"] for one in removed["FailedEntries"]] == ["three"]
    assert events.list_targets_by_rule(Rule=rule)["Targets"] == []


def test_a_rule_with_targets_is_not_deleted_and_one_that_is_gone_is_deleted_again(events, rule):
    events.put_targets(Rule=rule, Targets=[pipeline("p")])
    with pytest.raises(ClientError, match="Rule can't be deleted since it has targets"):
        events.delete_rule(Name=rule)
    events.remove_targets(Rule=rule, Ids=["one"])
    events.delete_rule(Name=rule)
    events.delete_rule(Name=rule)
    assert events.list_rules(NamePrefix=rule)["Rules"] == []
    with pytest.raises(
        events.exceptions.ResourceNotFoundException, match=f"Rule {rule} does not exist on EventBus def"
    ):
        events.describe_rule(Name=rule)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ({}, "ValidationException", "EventPattern or ScheduleExpression must be specified"),
        ({"EventPattern": '{"source": "x"}'}, "InvalidEventPatternException", "Event pattern is not valid. Reason: "),
        ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException", "Parameter ScheduleExpression is not valid"),
        ({"ScheduleExpression": "at(2030-01-01T00:00:00)"}, "ValidationException", "ScheduleExpression is not valid"),
        ({"EventPattern": PATTERN, "EventBusName": "nowhere"}, "ResourceNotFoundException", "Event bus nowhere does"),
    ],
)
def test_what_is_no_rule_is_refused(events, unique, words, code, text):
    with pytest.raises(ClientError, match=text) as refused:
        events.put_rule(Name=unique("rule"), **words)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"Arn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"}, "kinesis targets cannot be delivered here"),
        ({"Arn": "not-an-arn"}, "Provided Arn is not in correct format"),
        ({"Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:p"}, "RoleArn is required for target"),
        ({"Arn": "arn:aws:codepipeline:us-east-1:999999999999:p", "RoleArn": ROLE}, "another account"),
        ({"Arn": f"{HERE}:event-bus/nowhere"}, "it does not exist"),
        ({**pipeline("p"), "Input": "{"}, "JSON syntax error in Input for target one"),
        ({**pipeline("p"), "Input": "1", "InputPath": "$.a"}, "Only one of Input, InputPath, or InputTransformer"),
        ({**pipeline("p"), "InputPath": "detail"}, "must begin with"),
        (
            {**pipeline("p"), "InputTransformer": {"InputTemplate": '"<a>"', "InputPathsMap": {}}},
            "contains placeholder <a> without a path",
        ),
        (
            {**pipeline("p"), "InputTransformer": {"InputTemplate": '"<AWSx>"', "InputPathsMap": {"AWSx": "$.a"}}},
            "may not start with AWS",
        ),
    ],
)
def test_a_target_that_cannot_be_reached_is_refused(events, rule, target, text):
    with pytest.raises(ClientError, match=text) as refused:
        events.put_targets(Rule=rule, Targets=[{"Id": "one", **target}])
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert events.list_targets_by_rule(Rule=rule)["Targets"] == []


def test_a_rule_has_five_targets_at_most(events, rule):
    events.put_targets(Rule=rule, Targets=[pipeline("p", str(number)) for number in range(5)])
    with pytest.raises(events.exceptions.LimitExceededException):
        events.put_targets(Rule=rule, Targets=[pipeline("p", "6")])
    assert len(events.list_targets_by_rule(Rule=rule)["Targets"]) == 5


def test_a_role_is_given_to_a_target_only_by_who_may_pass_it(shared_server, events, rule, unique):
    iam = shared_server.client("iam")
    person = unique("ada")
    iam.create_user(UserName=person)
    allowed = {
        "Effect": "Allow",
        "Action": "events:*",
        "Resource": [f"{HERE}:rule/{rule}", f"{HERE}:event-bus/default"],
    }
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    iam.put_user_policy(UserName=person, PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=person)["AccessKey"]
    ada = shared_server.client(
        "events", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    assert ada.describe_rule(Name=rule)["Name"] == rule
    assert ada.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match=f"not authorized to perform: iam:PassRole on resource: {ROLE}"):
        ada.put_targets(Rule=rule, Targets=[pipeline("p")])
    with pytest.raises(ClientError, match="not authorized to perform: events:PutRule"):
        ada.put_rule(Name=unique("other"), EventPattern=PATTERN)
    policy["Statement"].append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": ROLE})
    iam.put_user_policy(UserName=person, PolicyName="p", PolicyDocument=json.dumps(policy))
    ada.put_targets(Rule=rule, Targets=[pipeline("p")])
    assert len(events.list_targets_by_rule(Rule=rule)["Targets"]) == 1
