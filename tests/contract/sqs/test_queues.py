"""Queues: made, found, set, tagged, opened to others, emptied and deleted."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


def refused(what, **request) -> str:
    with pytest.raises(ClientError) as caught:
        what(**request)
    return caught.value.response["Error"]["Code"]


def attributes(sqs, url: str, *names: str) -> dict[str, str]:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names) or ["All"])["Attributes"]


def test_a_queue_is_made_once_with_the_same_attributes(sqs, shared_server, unique):
    name = unique("once")
    made = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "5"}, tags={"team": "red"})["QueueUrl"]
    account = shared_server.config.account
    assert made == f"{shared_server.config.endpoint}/{account}/{name}"
    assert sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "5"})["QueueUrl"] == made
    assert sqs.create_queue(QueueName=name)["QueueUrl"] == made
    with pytest.raises(sqs.exceptions.QueueNameExists) as caught:
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "6"})
    assert caught.value.response["Error"]["Code"] == "QueueAlreadyExists"
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == made
    assert sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"] == made
    found = attributes(sqs, made)
    assert found["QueueArn"] == f"arn:aws:sqs:us-east-1:{account}:{name}"
    assert (found["VisibilityTimeout"], found["DelaySeconds"], found["ApproximateNumberOfMessages"]) == ("5", "0", "0")
    assert attributes(sqs, made, "VisibilityTimeout") == {"VisibilityTimeout": "5"}
    assert sqs.list_queue_tags(QueueUrl=made)["Tags"] == {"team": "red"}
    sqs.tag_queue(QueueUrl=made, Tags={"a": "b"})
    sqs.untag_queue(QueueUrl=made, TagKeys=["team"])
    assert sqs.list_queue_tags(QueueUrl=made)["Tags"] == {"a": "b"}


def test_a_queue_that_is_not_there_is_said_in_both_tongues(sqs, shared_server):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName="none")
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    url = f"{shared_server.config.endpoint}/{shared_server.config.account}/none"
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x") == "AWS.SimpleQueueService.NonExistentQueue"
    assert refused(sqs.receive_message, QueueUrl="what/ever") == "AWS.SimpleQueueService.NonExistentQueue"
    assert refused(sqs.receive_message, QueueUrl="http://[") == "AWS.SimpleQueueService.NonExistentQueue"


def test_awss_own_urls_mean_the_same_queue(sqs, queue):
    url = queue()
    account, name = url.rsplit("/", 2)[1:]
    sent = sqs.send_message(QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{account}/{name}", MessageBody="x")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["MessageId"] == sent["MessageId"]


def test_queues_are_listed_by_prefix_and_pages(sqs, unique):
    mark = unique("listed")
    urls = [sqs.create_queue(QueueName=f"{mark}-{number}")["QueueUrl"] for number in range(3)]
    assert sqs.list_queues(QueueNamePrefix=mark)["QueueUrls"] == urls
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=mark, PaginationConfig={"PageSize": 2})
    assert [page["QueueUrls"] for page in pages] == [urls[:2], urls[2:]]
    assert sqs.list_queues(QueueNamePrefix="nobody-has-this").get("QueueUrls", []) == []


def test_attributes_are_checked_and_changed(sqs, queue, unique):
    url = queue()
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "7", "MessageRetentionPeriod": "60"})
    found = attributes(sqs, url)
    assert (found["DelaySeconds"], found["MessageRetentionPeriod"]) == ("7", "60")
    for given, code in (
        ({"DelaySeconds": "901"}, "InvalidAttributeValue"),
        ({"VisibilityTimeout": "x"}, "InvalidAttributeValue"),
        ({"Colour": "red"}, "InvalidAttributeName"),
        ({"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
        ({"Policy": "{"}, "InvalidAttributeValue"),
        (
            {"RedrivePolicy": '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:1:x","maxReceiveCount":1}'},
            "InvalidParameterValue",
        ),
    ):
        assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=given) == code, given
    assert refused(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Colour"]) == "InvalidAttributeName"
    assert refused(sqs.create_queue, QueueName="a b") == "InvalidParameterValue"
    assert refused(sqs.create_queue, QueueName=unique("x") + ".fifo") == "InvalidParameterValue"
    assert refused(sqs.create_queue, QueueName=unique("x"), Attributes={"FifoQueue": "true"}) == "InvalidParameterValue"


def test_a_queue_is_opened_to_other_accounts_by_labels(sqs, queue):
    url = queue()
    sqs.add_permission(QueueUrl=url, Label="them", AWSAccountIds=["999988887777"], Actions=["SendMessage"])
    (statement,) = json.loads(attributes(sqs, url)["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::999988887777:root"]}
    assert statement["Action"] == ["SQS:SendMessage"]
    again = {"QueueUrl": url, "Label": "them", "AWSAccountIds": ["1" * 12], "Actions": ["*"]}
    assert refused(sqs.add_permission, **again) == "InvalidParameterValue"
    sqs.remove_permission(QueueUrl=url, Label="them")
    assert "Policy" not in attributes(sqs, url)
    assert refused(sqs.remove_permission, QueueUrl=url, Label="them") == "InvalidParameterValue"


def test_a_queue_is_purged_and_deleted(sqs, queue):
    url = queue()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)
    assert attributes(sqs, url)["ApproximateNumberOfMessages"] == "0"
    assert refused(sqs.purge_queue, QueueUrl=url) == "AWS.SimpleQueueService.PurgeQueueInProgress"
    sqs.delete_queue(QueueUrl=url)
    assert refused(sqs.delete_queue, QueueUrl=url) == "AWS.SimpleQueueService.NonExistentQueue"
