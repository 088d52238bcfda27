"""Receiving messages: taken at once, or waited for."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ormer.aws import message_contents
from ormer.aws.errors import AwsError
from ormer.services.sqs.queues import get
from ormer.services.sqs.sending import SEQUENCE_DIGITS
from ormer.stores.port import Call
from ormer.stores.queues import messages, receiving
from ormer.stores.queues.queues import Queue

JsonDict = dict[str, Any]
MESSAGES_MAX, WAIT_SECONDS_MAX, VISIBILITY_SECONDS_MAX = 10, 20, 43_200
# A calendar that is moved by hand tells nobody: who waits looks as often.
LOOK_SECONDS = 1.0
ALL = ("All", ".*")


def receive_message(call: Call, request: JsonDict) -> JsonDict:
    """Take up to ten messages, waiting up to twenty seconds for the first.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    Differs: a ReceiveRequestAttemptId is not remembered. Errors: QueueDoesNotExist, InvalidParameterValue.
    """
    queue = get(call, request["QueueUrl"])
    limit = _number(request, "MaxNumberOfMessages", 1, 1, MESSAGES_MAX)
    visibility = _number(
        request, "VisibilityTimeout", int(queue.seconds("VisibilityTimeout")), 0, VISIBILITY_SECONDS_MAX
    )
    wait = _number(request, "WaitTimeSeconds", int(queue.seconds("ReceiveMessageWaitTimeSeconds")), 0, WAIT_SECONDS_MAX)
    rows = _awaited(call, queue, limit, visibility, wait)
    shown = [_shown(call, row, request) for row in rows]
    return {"Messages": shown} if shown else {}


def _awaited(call: Call, queue: Queue, limit: int, visibility: int, wait: int) -> Sequence[Mapping[str, Any]]:
    """The messages that are there, or that come while the caller waits. Nobody waits inside a transaction."""
    database = call.stores.database
    news = threading.Event()
    stop = database.signals.messages_of(queue.arn).listen(news.set)
    deadline = time.monotonic() + wait
    try:
        while True:
            news.clear()
            found = _taken(call, queue, limit, visibility)
            left = deadline - time.monotonic()
            if found or left <= 0 or database.in_transaction or database.signals.over.is_set():
                return found
            news.wait(min(left, LOOK_SECONDS, _seconds_until_next(call, queue)))
            if database.signals.over.is_set():
                return []
    finally:
        stop()


def _taken(call: Call, queue: Queue, limit: int, visibility: int) -> Sequence[Mapping[str, Any]]:
    """What can be received now. An empty queue costs no write."""
    with call.read() as tx:
        if not receiving.waits(tx, queue, call.now):
            return []
    with call.write() as tx:
        # It may have been set anew, or deleted, while its messages were waited for.
        fresh = get(call, f"/{queue.row.account}/{queue.row.name}")
        return receiving.take(tx, fresh, limit, visibility, call.now)


def _seconds_until_next(call: Call, queue: Queue) -> float:
    with call.read() as tx:
        at = receiving.next_visible(tx, queue, call.now)
    return math.inf if at is None else call.stores.clock.seconds_until(at)


def _number(request: JsonDict, name: str, default: int, low: int, high: int) -> int:
    value = request.get(name)
    if value is None:
        return default
    if not low <= value <= high:
        reason = f"Must be >= {low} and <= {high}, if provided."
        text = f"Value {value} for parameter {name} is invalid. Reason: {reason}"
        raise AwsError("InvalidParameterValue", text)
    return int(value)


def _shown(call: Call, row: Mapping[str, Any], request: JsonDict) -> JsonDict:
    body, attributes = messages.content(call.stores.vault, row)
    shown = {
        "MessageId": row["message_id"],
        "ReceiptHandle": receiving.handle(row),
        "MD5OfBody": message_contents.digest(body),
        "Body": body,
    }
    told = _told(row, [*request.get("AttributeNames", ()), *request.get("MessageSystemAttributeNames", ())])
    if told:
        shown["Attributes"] = told
    wanted = request.get("MessageAttributeNames", ())
    chosen = {name: one for name, one in attributes.items() if _is_wanted(name, wanted)}
    if chosen:
        shown |= {"MessageAttributes": chosen, "MD5OfMessageAttributes": message_contents.attributes_digest(chosen)}
    return shown


def _told(row: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, str]:
    """The system attributes that were asked for."""
    there = {
        **row["system"],
        "SentTimestamp": str(int(row["sent"] * 1000)),
        "ApproximateReceiveCount": str(row["receives"]),
        "ApproximateFirstReceiveTimestamp": str(int(row["first_received"] * 1000)),
    }
    if row["group"]:
        there["MessageGroupId"] = row["group"]
    if "MessageDeduplicationId" in there:
        there["SequenceNumber"] = str(row["number"]).zfill(SEQUENCE_DIGITS)
    return there if "All" in wanted else {name: there[name] for name in wanted if name in there}


def _is_wanted(name: str, wanted: Sequence[str]) -> bool:
    """Whether a message attribute was asked for: by name, by how it begins (`foo.*`), or all."""
    return any(
        one in ALL or name == one or (one.endswith(".*") and name.startswith(one.removesuffix("*"))) for one in wanted
    )
