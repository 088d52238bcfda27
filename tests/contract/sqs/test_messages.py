"""Messages: sent, received, held, deleted; delays, long polling, order, duplicates, dead letters, survival."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from ormer.aws import message_contents
from ormer.config import Config
from ormer.first_run import root_key
from ormer.server import Server


def refused(what, **request) -> str:
    with pytest.raises(ClientError) as caught:
        what(**request)
    return caught.value.response["Error"]["Code"]


def bodies(sqs, url: str, **more) -> list[str]:
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more).get("Messages", [])
    return [one["Body"] for one in found]


def test_a_message_arrives_with_its_attributes_and_digests(sqs, queue):
    url = queue()
    attributes = {
        "word": {"DataType": "String", "StringValue": "äö"},
        "count.er": {"DataType": "Number.int", "StringValue": "7"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    sent = sqs.send_message(
        QueueUrl=url, MessageBody="böd\ny", MessageAttributes=attributes, MessageSystemAttributes=trace
    )
    # The client has compared the digests of the body already, those of the attributes are said here.
    assert sent["MD5OfMessageAttributes"] and sent["MD5OfMessageSystemAttributes"]
    (found,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"]
    assert (found["Body"], found["MessageId"]) == ("böd\ny", sent["MessageId"])
    assert found["MessageAttributes"] == attributes
    assert found["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    told = found["Attributes"]
    assert (told["ApproximateReceiveCount"], told["AWSTraceHeader"]) == ("1", "Root=1")
    assert int(told["SentTimestamp"]) <= int(told["ApproximateFirstReceiveTimestamp"])
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"], VisibilityTimeout=0)
    asked = {"MessageAttributeNames": ["count.*"], "MessageSystemAttributeNames": ["ApproximateReceiveCount"]}
    (again,) = sqs.receive_message(QueueUrl=url, **asked)["Messages"]
    assert list(again["MessageAttributes"]) == ["count.er"]
    assert again["Attributes"] == {"ApproximateReceiveCount": "2"}


def test_the_digest_of_attributes_is_awss():
    # The value that AWS's own SDKs compute for one attribute `test` of type String with the value `value`.

    # Name, type and value of each, behind their lengths, as the developer guide describes it.
    parts = (b"test", b"String")
    whole = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    whole += b"\x01" + len(b"value").to_bytes(4, "big") + b"value"
    expected = hashlib.md5(whole).hexdigest()
    given = {"test": {"DataType": "String", "StringValue": "value"}}
    assert message_contents.attributes_digest(given) == expected


def test_what_cannot_be_sent_is_refused(sqs, queue):
    url = queue(MaximumMessageSize="1024")
    named = {"aws.x": {"DataType": "String", "StringValue": "1"}}
    counted = {"n": {"DataType": "Number", "StringValue": "x"}}
    coloured = {"n": {"DataType": "Colour", "StringValue": "x"}}
    for request, code in (
        ({"MessageBody": "x" * 1025}, "InvalidParameterValue"),
        ({"MessageBody": "a\x00"}, "InvalidMessageContents"),
        ({"MessageBody": "a", "DelaySeconds": 901}, "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageDeduplicationId": "x"}, "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageAttributes": named}, "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageAttributes": counted}, "InvalidParameterValue"),
        ({"MessageBody": "a", "MessageAttributes": coloured}, "InvalidParameterValue"),
    ):
        assert refused(sqs.send_message, QueueUrl=url, **request) == code, request
    assert bodies(sqs, url) == []
    assert refused(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11) == "InvalidParameterValue"
    assert refused(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=21) == "InvalidParameterValue"
    assert refused(sqs.delete_message, QueueUrl=url, ReceiptHandle="none") == "ReceiptHandleIsInvalid"


def test_a_message_is_held_seen_again_and_deleted(timed):
    sqs = timed.client("sqs")
    url = sqs.create_queue(QueueName="held", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=120)
    first = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert bodies(sqs, url) == []
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    assert [counts[name] for name in names] == ["0", "1", "1"]
    timed.minutes(1)
    second = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert second["Body"] == "one" and second["ReceiptHandle"] != first["ReceiptHandle"]
    # The first receiver's time is over: its handle deletes nothing any more.
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=600)
    timed.minutes(2)
    assert bodies(sqs, url) == ["late"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    timed.minutes(60)
    assert bodies(sqs, url) == ["late"]
    over = {"QueueUrl": url, "ReceiptHandle": second["ReceiptHandle"], "VisibilityTimeout": 1}
    assert refused(sqs.change_message_visibility, **over) == "InvalidParameterValue"
    timed.minutes(5 * 24 * 60)
    assert bodies(sqs, url) == []


def test_who_waits_is_given_a_message_as_it_comes(sqs, queue):
    url = queue()
    began = threading.Event()

    def wait() -> list[str]:
        began.set()
        return bodies(sqs, url, WaitTimeSeconds=20)

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(wait)
        began.wait()
        sqs.send_message(QueueUrl=url, MessageBody="here")
        assert waiting.result(20) == ["here"]


def test_who_waits_is_given_what_becomes_visible(sqs, queue):
    url = queue(ReceiveMessageWaitTimeSeconds="20")
    sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=1)
    assert bodies(sqs, url) == ["late"]


def test_a_server_that_ends_lets_who_waits_go(config: Config):
    made = Server(config, strict=True)
    made.start()
    key = root_key(made.house.stores)
    sqs = boto3.client(
        "sqs",
        region_name="us-east-1",
        endpoint_url=made.config.endpoint,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret,
    )
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(bodies, sqs, url, WaitTimeSeconds=20)
        signals = made.house.stores.database.signals
        while not signals.messages_of(f"arn:aws:sqs:us-east-1:{made.config.account}:q")._listeners:
            pass
        made.stop()
        assert waiting.result(15) == []


def test_messages_survive_the_server(config: Config):
    key = None
    for life in range(2):
        made = Server(config, strict=True)
        made.start()
        key = key or root_key(made.house.stores)
        sqs = boto3.client(
            "sqs",
            region_name="us-east-1",
            endpoint_url=made.config.endpoint,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret,
        )
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        if life == 0:
            sqs.send_message(QueueUrl=url, MessageBody="kept")
        else:
            assert bodies(sqs, url) == ["kept"]
        made.stop()


def test_batches_succeed_and_fail_entry_by_entry(sqs, queue):
    url = queue()
    entries = [{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in sent["Successful"]] == ["a"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in sent["Failed"]] == [
        ("b", "InvalidParameterValue", True)
    ]
    (found,) = sqs.receive_message(QueueUrl=url)["Messages"]
    held = [{"Id": "a", "ReceiptHandle": found["ReceiptHandle"], "VisibilityTimeout": 0}]
    assert sqs.change_message_visibility_batch(QueueUrl=url, Entries=held)["Successful"] == [{"Id": "a"}]
    (found,) = sqs.receive_message(QueueUrl=url)["Messages"]
    gone = [{"Id": "a", "ReceiptHandle": found["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "none"}]
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=gone)
    assert [one["Id"] for one in deleted["Successful"]] == ["a"]
    assert [one["Code"] for one in deleted["Failed"]] == ["ReceiptHandleIsInvalid"]
    prefix = "AWS.SimpleQueueService."
    many = [{"Id": str(number), "MessageBody": "x"} for number in range(11)]
    assert refused(sqs.send_message_batch, QueueUrl=url, Entries=many) == f"{prefix}TooManyEntriesInBatchRequest"
    twice = [{"Id": "a", "MessageBody": "x"}] * 2
    assert refused(sqs.send_message_batch, QueueUrl=url, Entries=twice) == f"{prefix}BatchEntryIdsNotDistinct"
    assert refused(sqs.send_message_batch, QueueUrl=url, Entries=[]) == f"{prefix}EmptyBatchRequest"
    bad = [{"Id": "a b", "MessageBody": "x"}]
    assert refused(sqs.send_message_batch, QueueUrl=url, Entries=bad) == f"{prefix}InvalidBatchEntryId"


def test_a_fifo_queue_keeps_order_within_groups_and_sends_nothing_twice(timed):
    sqs = timed.client("sqs")
    words = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="order.fifo", Attributes=words)["QueueUrl"]
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x") == "MissingParameter"
    first = sqs.send_message(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    again = sqs.send_message(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    assert (first["MessageId"], first["SequenceNumber"]) == (again["MessageId"], again["SequenceNumber"])
    for body, group in (("a2", "a"), ("b1", "b")):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
    (held,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert held["Body"] == "a1" and held["Attributes"]["MessageGroupId"] == "a"
    assert held["Attributes"]["SequenceNumber"] == first["SequenceNumber"]
    # The rest of the group waits for the message that is held.
    assert bodies(sqs, url) == ["b1"]
    assert bodies(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"])
    assert bodies(sqs, url) == ["a2"]
    timed.minutes(6)
    assert bodies(sqs, url) == ["a2", "b1"]
    sqs.send_message(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="a", DelaySeconds=1) == (
        "InvalidParameterValue"
    )
    expired = {"QueueUrl": url, "ReceiptHandle": held["ReceiptHandle"]}
    sqs.delete_message(**expired)


def test_what_is_received_too_often_is_buried_and_can_be_brought_back(sqs, queue):
    dead = queue()
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url = queue(RedrivePolicy=redrive, VisibilityTimeout="0")
    sent = sqs.send_message(QueueUrl=url, MessageBody="hard")
    assert [bodies(sqs, url) for _ in range(3)] == [["hard"], ["hard"], []]
    (found,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"], VisibilityTimeout=0)["Messages"]
    assert found["MessageId"] == sent["MessageId"]
    assert found["Attributes"]["DeadLetterQueueSourceArn"].endswith(url.rpartition("/")[2])
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    source_arn = found["Attributes"]["DeadLetterQueueSourceArn"]
    assert refused(sqs.start_message_move_task, SourceArn=source_arn) == "InvalidParameterValue"
    assert sqs.start_message_move_task(SourceArn=dead_arn)["TaskHandle"]
    (told,) = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"]
    assert (told["Status"], told["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert bodies(sqs, dead) == [] and bodies(sqs, url) == ["hard"]


def test_bodies_rest_sealed(sqs, queue, shared_server, unique):
    url, body = queue(), unique("nobody-reads-this")
    sqs.send_message(QueueUrl=url, MessageBody=body)
    with shared_server.house.stores.database.read() as tx:
        assert not any(body in str(dict(row)) for row in tx.all(text("SELECT * FROM queue_messages")))
    assert bodies(sqs, url) == [body]
