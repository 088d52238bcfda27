"""What a receiver does with a message: delete it, or hold it for longer or shorter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.sqs import batches
from ormer.services.sqs.queues import get
from ormer.services.sqs.receiving import VISIBILITY_SECONDS_MAX
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.queues import receiving
from ormer.stores.queues.queues import Queue

JsonDict = dict[str, Any]


def delete_message(call: Call, request: JsonDict) -> JsonDict:
    """Delete a message by the handle of its last receipt; once is as good as twice.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
    Errors: QueueDoesNotExist, ReceiptHandleIsInvalid, InvalidParameterValue for a FIFO message that is not held.
    """
    with call.write() as tx:
        return _delete(call, tx, get(call, request["QueueUrl"]), request)


def delete_message_batch(call: Call, request: JsonDict) -> JsonDict:
    """Delete up to ten messages. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html"""
    entries = batches.checked(request["Entries"])
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        return batches.answered(entries, lambda entry: _delete(call, tx, queue, entry))


def change_message_visibility(call: Call, request: JsonDict) -> JsonDict:
    """Hold a received message for so many seconds from now. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html

    Errors: QueueDoesNotExist, ReceiptHandleIsInvalid, MessageNotInflight, InvalidParameterValue.
    """
    with call.write() as tx:
        return _hold(call, tx, get(call, request["QueueUrl"]), request)


def change_message_visibility_batch(call: Call, request: JsonDict) -> JsonDict:
    """Hold up to ten received messages. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html"""
    entries = batches.checked(request["Entries"])
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        return batches.answered(entries, lambda entry: _hold(call, tx, queue, entry))


def _delete(call: Call, tx: Tx, queue: Queue, entry: JsonDict) -> JsonDict:
    row, is_last = _received(tx, queue, entry["ReceiptHandle"])
    if row is None or not is_last:
        # It is gone, or somebody else has received it since: their message now.
        return {}
    if queue.is_fifo and row["visible"] <= call.now:
        text = f"Value {entry['ReceiptHandle']} for parameter ReceiptHandle is invalid. Reason: The receipt handle has "
        raise AwsError("InvalidParameterValue", text + "expired.")
    receiving.delete(tx, row["number"])
    # The next of its group may be received now.
    receiving.announce(tx, queue.arn)
    return {}


def _hold(call: Call, tx: Tx, queue: Queue, entry: JsonDict) -> JsonDict:
    seconds = int(entry.get("VisibilityTimeout", queue.seconds("VisibilityTimeout")))
    if not 0 <= seconds <= VISIBILITY_SECONDS_MAX:
        text = f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an "
        raise AwsError("InvalidParameterValue", text + "integer between 0 and 43200.")
    row, is_last = _received(tx, queue, entry["ReceiptHandle"])
    if row is None or not is_last:
        text = f"Value {entry['ReceiptHandle']} for parameter ReceiptHandle is invalid. Reason: Message does not exist "
        raise AwsError("InvalidParameterValue", text + "or is not available for visibility timeout change.")
    if row["visible"] <= call.now:
        raise AwsError("MessageNotInflight", "The message referred to isn't in flight.")
    receiving.show_again(tx, queue, row["number"], call.now + seconds)
    return {}


def _received(tx: Tx, queue: Queue, handle: str) -> tuple[Mapping[str, Any] | None, bool]:
    """The message that a handle means, and whether it is the handle of its last receipt."""
    receipt = receiving.receipt(handle)
    if receipt is None:
        raise AwsError("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    row = receiving.find(tx, queue, receipt)
    return row, row is not None and row["receipt"] == receipt.word
