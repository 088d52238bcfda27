"""Topics tell those who listen over HTTP, once they have confirmed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from ormer.stores.tables import tasks
from ormer.stores.topics import deliveries


def listening(sns, topic, listener, eventually, **attributes):
    """A confirmed subscription's ARN."""
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url, Attributes=attributes)
    (asked,) = eventually(lambda: listener.documents("SubscriptionConfirmation"))
    return sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]


def test_a_listener_confirms_by_the_url_it_was_sent_and_hears_what_is_published(sns, topic, listener, eventually):
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    assert answer["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="too early")
    (asked,) = eventually(lambda: listener.documents("SubscriptionConfirmation"))
    with urllib.request.urlopen(asked["SubscribeURL"]) as page:
        assert topic.encode() in page.read()
    sent = sns.publish(
        TopicArn=topic,
        Subject="news",
        Message="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "drill"}},
    )
    (heard,) = eventually(lambda: listener.documents("Notification"))
    assert (heard["MessageId"], heard["Subject"], heard["Message"]) == (sent["MessageId"], "news", "hello")
    assert heard["MessageAttributes"] == {"kind": {"Type": "String", "Value": "drill"}}
    headers = listener.heard[-1][0]
    assert (headers["x-amz-sns-message-type"], headers["x-amz-sns-topic-arn"]) == ("Notification", topic)
    (shown,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert shown["SubscriptionArn"].startswith(f"{topic}:")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "1"


def test_a_url_with_another_token_confirms_nothing(shared_server, sns, topic, listener):
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=listener.url)
    url = f"{shared_server.config.endpoint}/.ormer/confirm-subscription?TopicArn={topic}&Token=guess"
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url)
    assert error.value.code == 403


def test_a_raw_subscription_hears_the_bare_message_of_its_protocol(sns, topic, listener, eventually):
    arn = listening(sns, topic, listener, eventually)
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true")
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (attributes["RawMessageDelivery"], attributes["PendingConfirmation"]) == ("true", "false")
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "all", "http": "for you"}))
    eventually(lambda: listener.heard[-1][1] == "for you")


def test_what_is_not_taken_is_tried_again(sns, topic, listener, eventually):
    listening(sns, topic, listener, eventually)
    listener.status = 503
    sns.publish(TopicArn=topic, Message="again")
    eventually(lambda: len(listener.documents("Notification")) >= 2)
    listener.status = 200
    tries = len(listener.documents("Notification"))
    eventually(lambda: len(listener.documents("Notification")) > tries)
    assert {one["Message"] for one in listener.documents("Notification")} == {"again"}


def test_what_is_never_taken_becomes_a_dead_letter(shared_server, sns, topic, listener, eventually):
    arn = listening(sns, topic, listener, eventually)
    listener.status = 500
    sns.publish(TopicArn=topic, Message="lost")
    database = shared_server.house.stores.database

    def dead():
        # The pauses between attempts are passed over.
        with database.write() as tx:
            tx.execute(tasks.update().where(tasks.c.subject == arn, tasks.c.owner.is_(None)).values(due=0.0))
        with database.read() as tx:
            return deliveries.dead_letters(tx, arn)

    (letter,) = eventually(dead)
    assert letter["content"]["Message"] == "lost" and "500" in letter["last_error"]


def test_topics_are_made_once_listed_described_and_deleted(sns, topic, listener):
    name = topic.rpartition(":")[2]
    assert sns.create_topic(Name=name)["TopicArn"] == topic
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="My topic")
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["DisplayName"], attributes["Owner"]) == ("My topic", "123456789012")
    pages = sns.get_paginator("list_topics").paginate()
    assert topic in [one["TopicArn"] for page in pages for one in page["Topics"]]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.org")
    mine = [one for one in sns.list_subscriptions()["Subscriptions"] if one["TopicArn"] == topic]
    assert [(one["Protocol"], one["SubscriptionArn"]) for one in mine] == [("email", "PendingConfirmation")]
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)
    assert not [one for one in sns.list_subscriptions()["Subscriptions"] if one["TopicArn"] == topic]


def test_a_subscription_ends(sns, topic, listener, eventually):
    arn = listening(sns, topic, listener, eventually)
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_topics_bear_tags(sns, topic):
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["a"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_mistakes_are_refused_with_snss_codes(sns, topic):
    def subscribe(protocol, endpoint, **attributes):
        return lambda: sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)

    cases = (
        (subscribe("sqs", "http://127.0.0.1/q"), "InvalidParameter", "SQS endpoint ARN"),
        (subscribe("sqs", "arn:aws:sqs:us-east-1:123456789012:q.fifo"), "InvalidParameter", "FIFO"),
        (subscribe("sms", "+123"), "InvalidParameter", "sms"),
        # Only this machine may be notified unless the configuration names a host.
        (subscribe("http", "http://192.0.2.1/hook"), "InvalidParameter", "ORMER_WEBHOOK_HOSTS"),
        (subscribe("http", "http://169.254.169.254/latest"), "InvalidParameter", "may not be notified"),
        (subscribe("https", "http://127.0.0.1/"), "InvalidParameter", "match the protocol"),
        (subscribe("http", "http://u:p@127.0.0.1/"), "InvalidParameter", "not an http"),
        (subscribe("http", "http://127.0.0.1/", FilterPolicy='{"a": 1}'), "InvalidParameter", "Filter"),
        (subscribe("http", "http://127.0.0.1/", FilterPolicyScope="All"), "InvalidParameter", "FilterPolicyScope"),
        (lambda: sns.confirm_subscription(TopicArn=topic, Token="x"), "InvalidParameter", "Token"),
        (lambda: sns.create_topic(Name="a b"), "InvalidParameter", "Topic Name"),
        (lambda: sns.create_topic(Name="a.fifo"), "InvalidParameter", "FIFO"),
        (lambda: sns.publish(TopicArn=topic, Message=""), "InvalidParameter", "Empty message"),
        (lambda: sns.publish(TopicArn=topic, Message="x" * 300_000), "InvalidParameter", "too long"),
        (lambda: sns.publish(TopicArn=topic, Message="x", Subject="a\nb"), "InvalidParameter", "Subject"),
        (lambda: sns.publish(TopicArn=topic, Message="{", MessageStructure="json"), "InvalidParameter", "JSON"),
        (lambda: sns.publish(TopicArn=topic + "x", Message="x"), "NotFound", "does not exist"),
        (lambda: sns.get_topic_attributes(TopicArn=topic + "x"), "NotFound", "does not exist"),
    )
    for ask, code, text in cases:
        with pytest.raises(ClientError) as error:
            ask()
        assert error.value.response["Error"]["Code"] == code, text
        assert text in error.value.response["Error"]["Message"]
