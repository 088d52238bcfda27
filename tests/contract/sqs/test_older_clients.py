"""Clients from before SQS spoke JSON: forms in, XML out, codes as they were."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ormer.first_run import root_key

SPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"
Ask = Callable[..., ElementTree.Element]


@pytest.fixture
def ask(shared_server) -> Ask:
    """Send a form as boto3 did until 2023, and read the answer's XML."""
    key = root_key(shared_server.house.stores)

    def send(action: str, path: str = "/", status: int = 200, **members: str) -> ElementTree.Element:
        form = {"Action": action, "Version": "2012-11-05", **members}
        url = shared_server.config.endpoint + path
        request = AWSRequest("POST", url, data=urlencode(form))
        request.headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        SigV4Auth(Credentials(key.access_key_id, key.secret), "sqs", "us-east-1").add_auth(request)
        answer = requests.post(url, data=request.data, headers=dict(request.headers), timeout=30)
        assert answer.status_code == status, answer.text
        return ElementTree.fromstring(answer.content)

    return send


def told(tree: ElementTree.Element, *names: str) -> list[str | None]:
    return [one.text for one in tree.iterfind("/".join((".", *(f"{SPACE}{name}" for name in names))))]


def test_a_queue_is_used_by_forms(ask: Ask, unique):
    name = unique("older")
    made = ask("CreateQueue", QueueName=name, **{"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "9"})
    (url,) = told(made, "CreateQueueResult", "QueueUrl")
    assert made.tag == f"{SPACE}CreateQueueResponse"
    assert told(made, "ResponseMetadata", "RequestId")[0]
    sent = ask(
        "SendMessage",
        QueueUrl=url,
        MessageBody="hello <you>",
        **{
            "MessageAttribute.1.Name": "kind",
            "MessageAttribute.1.Value.StringValue": "x",
            "MessageAttribute.1.Value.DataType": "String",
        },
    )
    assert told(sent, "SendMessageResult", "MD5OfMessageBody") == [hashlib.md5(b"hello <you>").hexdigest()]
    found = ask(
        "ReceiveMessage",
        QueueUrl=url,
        **{"AttributeName.1": "All", "MessageAttributeName.1": "All", "MaxNumberOfMessages": "10"},
    )
    message = ("ReceiveMessageResult", "Message")
    assert told(found, *message, "Body") == ["hello <you>"]
    assert told(found, *message, "MessageAttribute", "Name") == ["kind"]
    assert told(found, *message, "MessageAttribute", "Value", "StringValue") == ["x"]
    assert "ApproximateReceiveCount" in told(found, *message, "Attribute", "Name")
    (handle,) = told(found, *message, "ReceiptHandle")
    assert handle is not None
    gone = {
        "DeleteMessageBatchRequestEntry.1.Id": "a",
        "DeleteMessageBatchRequestEntry.1.ReceiptHandle": handle,
    }
    deleted = ask("DeleteMessageBatch", QueueUrl=url, **gone)
    assert told(deleted, "DeleteMessageBatchResult", "DeleteMessageBatchResultEntry", "Id") == ["a"]
    shown = ask("GetQueueAttributes", QueueUrl=url, **{"AttributeName.1": "VisibilityTimeout"})
    assert told(shown, "GetQueueAttributesResult", "Attribute", "Value") == ["9"]
    batch = {
        "SendMessageBatchRequestEntry.1.Id": "one",
        "SendMessageBatchRequestEntry.1.MessageBody": "1",
        "SendMessageBatchRequestEntry.2.Id": "two",
        "SendMessageBatchRequestEntry.2.MessageBody": "2",
        "SendMessageBatchRequestEntry.2.DelaySeconds": "901",
    }
    answered = ask("SendMessageBatch", QueueUrl=url, **batch)
    assert told(answered, "SendMessageBatchResult", "SendMessageBatchResultEntry", "Id") == ["one"]
    assert told(answered, "SendMessageBatchResult", "BatchResultErrorEntry", "Id") == ["two"]
    assert url in told(ask("ListQueues", QueueNamePrefix=name), "ListQueuesResult", "QueueUrl")
    ask("TagQueue", QueueUrl=url, **{"Tag.1.Key": "a", "Tag.1.Value": "b"})
    assert told(ask("ListQueueTags", QueueUrl=url), "ListQueueTagsResult", "Tag", "Value") == ["b"]


def test_a_queue_is_named_by_the_path_alone(ask: Ask, unique, shared_server):
    name = unique("path")
    ask("CreateQueue", QueueName=name)
    path = f"/{shared_server.config.account}/{name}"
    sent = ask("SendMessage", path, MessageBody="x")
    found = ask("ReceiveMessage", path)
    assert told(found, "ReceiveMessageResult", "Message", "MessageId") == told(sent, "SendMessageResult", "MessageId")


def test_refusals_have_their_older_codes(ask: Ask):
    told_of = ask("GetQueueUrl", status=400, QueueName="none")
    assert told(told_of, "Error", "Code") == ["AWS.SimpleQueueService.NonExistentQueue"]
