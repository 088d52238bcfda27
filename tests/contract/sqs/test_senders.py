"""Who puts messages into queues: topics, rules and schedules, each as far as the queue lets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., tuple[str, str]]
WAIT_SECONDS = 20


@pytest.fixture
def open_queue(sqs, queue) -> Open:
    """A queue (its URL and ARN) that these services may send to."""

    def make(*services: str) -> tuple[str, str]:
        url = queue()
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        opened = [
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:{service}:us-east-1:*:*"}},
            }
            for service in services
        ]
        if opened:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": opened})})
        return url, arn

    return make


def received(sqs: Any, url: str) -> dict[str, Any]:
    """The next message, once it is there; it is deleted."""
    asked = {"WaitTimeSeconds": WAIT_SECONDS, "MessageAttributeNames": ["All"]}
    (found,) = sqs.receive_message(QueueUrl=url, **asked)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
    return found


@pytest.fixture
def topic(shared_server, unique) -> tuple[Any, str]:
    sns = shared_server.client("sns")
    return sns, sns.create_topic(Name=unique("topic"))["TopicArn"]


def test_a_topic_tells_queues_in_its_envelope_or_raw(sqs, open_queue: Open, topic):
    sns, arn = topic
    (url, plain), (raw_url, raw) = open_queue("sns"), open_queue("sns")
    made = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=plain)["SubscriptionArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=raw, Attributes={"RawMessageDelivery": "true"})
    assert made.startswith(arn)
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    id_ = sns.publish(TopicArn=arn, Message="hello", Subject="s", MessageAttributes=attributes)["MessageId"]
    told = json.loads(received(sqs, url)["Body"])
    assert (told["Type"], told["Message"], told["Subject"], told["MessageId"]) == ("Notification", "hello", "s", id_)
    assert told["TopicArn"] == arn and told["MessageAttributes"] == {"kind": {"Type": "String", "Value": "x"}}
    bare = received(sqs, raw_url)
    assert bare["Body"] == "hello" and bare["MessageAttributes"] == attributes


def test_a_filter_policy_keeps_messages_away(sqs, open_queue: Open, topic):
    sns, arn = topic
    url, queue = open_queue("sns")
    policy = json.dumps({"kind": ["a", {"prefix": "b"}], "count": [{"numeric": [">", 3]}]})
    raw = {"RawMessageDelivery": "true"}
    made = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={**raw, "FilterPolicy": policy})

    def publish(text: str, kind: str, count: int) -> None:
        attributes = {
            "kind": {"DataType": "String", "StringValue": kind},
            "count": {"DataType": "Number", "StringValue": str(count)},
        }
        sns.publish(TopicArn=arn, Message=text, MessageAttributes=attributes)

    publish("few", "a", 3)
    publish("other", "c", 4)
    sns.publish(TopicArn=arn, Message="bare")
    publish("right", "bb", 4)
    assert received(sqs, url)["Body"] == "right"
    of = {"SubscriptionArn": made["SubscriptionArn"]}
    sns.set_subscription_attributes(**of, AttributeName="FilterPolicyScope", AttributeValue="MessageBody")
    sns.set_subscription_attributes(**of, AttributeName="FilterPolicy", AttributeValue='{"who": {"name": ["me"]}}')
    sns.publish(TopicArn=arn, Message='{"who": {"name": "you"}}')
    sns.publish(TopicArn=arn, Message='{"who": {"name": "me"}}')
    assert json.loads(received(sqs, url)["Body"]) == {"who": {"name": "me"}}
    assert sns.get_subscription_attributes(**of)["Attributes"]["FilterPolicyScope"] == "MessageBody"


def test_what_a_queue_does_not_let_in_goes_to_the_subscriptions_dead_letters(sqs, open_queue: Open, topic):
    sns, arn = topic
    (closed_url, closed), (dead_url, dead) = open_queue(), open_queue("sns")
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=closed, Attributes=redrive)
    sns.publish(TopicArn=arn, Message="lost")
    assert json.loads(received(sqs, dead_url)["Body"])["Message"] == "lost"
    assert "Messages" not in sqs.receive_message(QueueUrl=closed_url)


def test_a_rule_sends_events_to_a_queue(sqs, open_queue: Open, shared_server, unique):
    events, name = shared_server.client("events"), unique("rule")
    url, queue = open_queue("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    transformed = {"InputPathsMap": {"word": "$.detail.word"}, "InputTemplate": '{"said": <word>}'}
    targets = [{"Id": "whole", "Arn": queue}, {"Id": "part", "Arn": queue, "InputTransformer": transformed}]
    assert events.put_targets(Rule=name, Targets=targets)["FailedEntryCount"] == 0
    events.put_events(Entries=[{"Source": name, "DetailType": "Said", "Detail": '{"word": "hi"}'}])
    bodies = [json.loads(received(sqs, url)["Body"]) for _ in range(2)]
    assert {"said": "hi"} in bodies
    assert any(one.get("source") == name and one["detail"] == {"word": "hi"} for one in bodies)


def test_a_rule_tells_a_topic_that_tells_a_queue(sqs, open_queue: Open, topic, shared_server, unique):
    sns, arn = topic
    events, name = shared_server.client("events"), unique("rule")
    url, queue = open_queue("sns")
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    transformed = {"InputPathsMap": {"job": "$.detail.job"}, "InputTemplate": '{"Job": <job>}'}
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn, "InputTransformer": transformed}])
    events.put_events(Entries=[{"Source": name, "DetailType": "Ended", "Detail": '{"job": "training"}'}])
    assert json.loads(received(sqs, url)["Body"]) == {"Job": "training"}


def test_what_a_rule_cannot_deliver_goes_to_its_targets_dead_letters(sqs, open_queue: Open, shared_server, unique):
    events, name = shared_server.client("events"), unique("rule")
    (_, closed), (dead_url, dead) = open_queue(), open_queue("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": closed, "DeadLetterConfig": {"Arn": dead}}])
    events.put_events(Entries=[{"Source": name, "DetailType": "Said", "Detail": "{}"}])
    letter = received(sqs, dead_url)
    assert json.loads(letter["Body"])["source"] == name
    told = {key: one["StringValue"] for key, one in letter["MessageAttributes"].items()}
    assert told["TARGET_ARN"] == closed and told["ERROR_CODE"] == "NO_PERMISSIONS"
    assert told["RULE_ARN"].endswith(name)


def test_a_schedule_sends_as_its_role(sqs, open_queue: Open, shared_server, unique):
    iam, scheduler, name = shared_server.client("iam"), shared_server.client("scheduler"), unique("schedule")
    url, queue = open_queue()
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": trust}))["Role"]["Arn"]
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}
    iam.put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=json.dumps({"Statement": send}))
    scheduler.create_schedule(
        Name=name,
        # A rate fires at once, and then after each period.
        ScheduleExpression="rate(1 days)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": role, "Input": '{"due": true}'},
    )
    assert json.loads(received(sqs, url)["Body"]) == {"due": True}
