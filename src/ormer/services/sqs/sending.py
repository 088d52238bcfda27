"""Sending messages, one or ten at a time."""

from __future__ import annotations

from typing import Any

from ormer.aws import message_contents
from ormer.aws.errors import AwsError
from ormer.services.sqs import batches
from ormer.services.sqs.queues import get
from ormer.stores.port import Call
from ormer.stores.queues import messages
from ormer.stores.queues.messages import Outgoing, Sent
from ormer.stores.queues.queues import Queue

JsonDict = dict[str, Any]
DELAY_SECONDS_MAX = 900
TRACE = "AWSTraceHeader"
# Numbers of messages are shown with this many digits: they are compared as texts.
SEQUENCE_DIGITS = 20


def send_message(call: Call, request: JsonDict) -> JsonDict:
    """Put a message into a queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

    Errors: QueueDoesNotExist, InvalidMessageContents, InvalidParameterValue, MissingParameter.
    """
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        outgoing = _outgoing(call, queue, request)
        sent = messages.send(tx, call.stores.vault, queue, outgoing, call.now)
    return _shown(queue, request, sent)


def send_message_batch(call: Call, request: JsonDict) -> JsonDict:
    """Put up to ten messages into a queue; each succeeds or fails by itself.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
    Errors: QueueDoesNotExist, EmptyBatchRequest, TooManyEntriesInBatchRequest, BatchEntryIdsNotDistinct,
    InvalidBatchEntryId, BatchRequestTooLong.
    """
    entries = batches.checked(request["Entries"])
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        sizes = (message_contents.size(one["MessageBody"], one.get("MessageAttributes", {})) for one in entries)
        if sum(sizes) > queue.bytes_max:
            text = f"Batch requests cannot be longer than {queue.bytes_max} bytes."
            raise AwsError("BatchRequestTooLong", text)

        def send(entry: JsonDict) -> JsonDict:
            outgoing = _outgoing(call, queue, entry)
            return _shown(queue, entry, messages.send(tx, call.stores.vault, queue, outgoing, call.now))

        return batches.answered(entries, send)


def _outgoing(call: Call, queue: Queue, request: JsonDict) -> Outgoing:
    """The message of a request, checked."""
    body, attributes = request["MessageBody"], request.get("MessageAttributes", {})
    if not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
    if message_contents.UNFIT.search(body):
        text = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
        raise AwsError("InvalidMessageContents", text + "#xFFFD | #x10000 to #x10FFFF.")
    system = request.get("MessageSystemAttributes", {})
    fault = message_contents.fault(attributes) or message_contents.fault(system)
    if fault:
        raise AwsError("InvalidParameterValue", fault)
    if message_contents.size(body, attributes) > queue.bytes_max:
        text = f"One or more parameters are invalid. Reason: Message must be shorter than {queue.bytes_max} bytes."
        raise AwsError("InvalidParameterValue", text)
    unknown = [name for name in system if name != TRACE]
    if unknown:
        raise AwsError(
            "InvalidParameterValue", f"Message system attribute name '{unknown[0]}' is invalid: use {TRACE}."
        )
    delay = request.get("DelaySeconds")
    if delay is not None and not 0 <= delay <= DELAY_SECONDS_MAX:
        text = f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
        raise AwsError("InvalidParameterValue", text)
    beside = {"SenderId": call.identity.user_id}
    if TRACE in system:
        beside[TRACE] = system[TRACE]["StringValue"]
    return Outgoing(body, attributes, beside, delay, *_order(queue, request, delay))


def _order(queue: Queue, request: JsonDict, delay: int | None) -> tuple[str, str]:
    """(message group, deduplication id), as far as the kind of queue has them."""
    group, id_ = request.get("MessageGroupId", ""), request.get("MessageDeduplicationId", "")
    if not queue.is_fifo:
        if id_:
            raise _not_for_this("MessageDeduplicationId", id_)
        return group, ""
    if not group:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageGroupId.")
    if delay:
        raise _not_for_this("DelaySeconds", delay)
    if not id_:
        if queue.attributes["ContentBasedDeduplication"] != "true":
            text = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            raise AwsError("InvalidParameterValue", text + "explicitly")
        id_ = messages.content_id(request["MessageBody"])
    return group, id_


def _not_for_this(name: str, value: Any) -> AwsError:
    text = f"Value {value} for parameter {name} is invalid. Reason: The request include parameter that is not valid "
    return AwsError("InvalidParameterValue", text + "for this queue type")


def _shown(queue: Queue, request: JsonDict, sent: Sent) -> JsonDict:
    shown = {"MessageId": sent.message_id, "MD5OfMessageBody": message_contents.digest(request["MessageBody"])}
    for member, name in (
        ("MessageAttributes", "MD5OfMessageAttributes"),
        ("MessageSystemAttributes", "MD5OfMessageSystemAttributes"),
    ):
        if request.get(member):
            shown[name] = message_contents.attributes_digest(request[member])
    if queue.is_fifo:
        shown["SequenceNumber"] = str(sent.number).zfill(SEQUENCE_DIGITS)
    return shown
