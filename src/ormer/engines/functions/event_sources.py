"""The task "event_source_mapping": asks a function with what comes into a queue.

The queue's messages wake it, and so do the ends of the invocations that it began; it never polls. Messages are received
as the function's role, in the transaction that asks the function, so none is asked for without being held, nor held
without being asked for. A batch whose function failed is left to the queue: it is seen again when its time is over, and
buried when that happened too often. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import base64
import json
from typing import Any

from ormer.aws import event_filters
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity, session_identity
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions import asking, invocations
from ormer.stores.functions.event_sources import ENABLED, TASK
from ormer.stores.port import Api
from ormer.stores.queues import queues, receiving
from ormer.stores.queues.queues import Queue
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# AWS begins with five at once, and adds more; here a machine is shared.
AT_ONCE = 5
RECEIVED_AT_ONCE = 10
PROBLEM_SECONDS = 60.0
OK = "OK"


def run(work: Work) -> Again | None:
    """Settle what was answered, and ask with what waits. Returns when it is to look again."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None:
            return None
        queue, function = queues.of_arn(tx, row.parent), resources.get(tx, row.facts["function"])
        if queue is None or function is None:
            return None
        api = work.port.acting_as(session_identity(function.document["Role"], function.name), row.region)
        try:
            # Each goes back by itself: what was settled stays so when the next batch cannot be asked for.
            with tx.connection.begin_nested():
                row = _settle(work, tx, api, row)
            if row.document["State"] != ENABLED:
                return Again() if row.facts["batches"] else None
            with tx.connection.begin_nested():
                return _ask(work, tx, api, row, queue)
        except AwsError as error:
            _note(work, tx, row, {"LastProcessingResult": f"PROBLEM: {error.message}"}, row.facts["batches"])
            return Again(seconds=PROBLEM_SECONDS)


def _settle(work: Work, tx: Tx, api: Api, row: Row) -> Row:
    """Delete the messages of batches that were answered well."""
    left, told = dict(row.facts["batches"]), row.document.get("LastProcessingResult", "No records processed")
    for arn, handles in row.facts["batches"].items():
        asked = resources.get(tx, arn)
        if asked is not None and asked.status == invocations.RUNNING:
            resources.watch(tx, arn, TASK, row.arn)
            continue
        del left[arn]
        failed = _failed(row, asked, handles)
        told = OK if not failed else "PROBLEM: Function call failed"
        _delete(api, row, [handle for id_, handle in handles.items() if id_ not in failed])
    return row if left == row.facts["batches"] else _note(work, tx, row, {"LastProcessingResult": told}, left)


def _failed(row: Row, asked: Row | None, handles: JsonDict) -> set[str]:
    """The ids of a batch's messages that were not dealt with."""
    if asked is None or asked.status == invocations.FAILED:
        return set(handles)
    if "ReportBatchItemFailures" not in row.document.get("FunctionResponseTypes", ()):
        return set()
    try:
        answer = json.loads(invocations.answer_of(asked).payload or "null")
        listed = {one["itemIdentifier"] for one in (answer or {}).get("batchItemFailures") or ()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set(handles)
    # An id that nobody sent means that the function does not know what it says.
    return listed if listed <= set(handles) else set(handles)


def _ask(work: Work, tx: Tx, api: Api, row: Row, queue: Queue) -> Again:
    """Ask the function with batches, as many as may be under way at once."""
    batches = dict(row.facts["batches"])
    wanted = event_filters.patterns(row.document.get("FilterCriteria"))
    most = row.document.get("ScalingConfig", {}).get("MaximumConcurrency", AT_ONCE)
    while len(batches) < most:
        later = _gathering(work, tx, row, queue)
        if later is not None:
            _note(work, tx, row, {}, batches)
            return Again(at=later)
        records = _received(api, row, queue)
        if not records:
            break
        kept = [one for one in records if event_filters.passes(one, wanted)]
        ids = {one["messageId"] for one in kept}
        _delete(api, row, [one["receiptHandle"] for one in records if one["messageId"] not in ids])
        if kept:
            asked = _begin(work, tx, row, kept)
            batches[asked.arn] = {one["messageId"]: one["receiptHandle"] for one in kept}
            resources.watch(tx, asked.arn, TASK, row.arn)
    if batches != row.facts["batches"]:
        _note(work, tx, row, {}, batches)
    at = receiving.next_visible(tx, queue, work.now) if len(batches) < most else None
    return Again(at=at) if at is not None else Again()


def _gathering(work: Work, tx: Tx, row: Row, queue: Queue) -> float | None:
    """Until when more messages are waited for, to ask with many at once; None when it is time."""
    window = row.document["MaximumBatchingWindowInSeconds"]
    waiting = receiving.visible(tx, queue, work.now) if window else ()
    if not waiting or len(waiting) >= row.document["BatchSize"]:
        return None
    at = float(waiting[0]["visible"]) + window
    return at if at > work.now else None


def _received(api: Api, row: Row, queue: Queue) -> list[JsonDict]:
    """Up to BatchSize messages as the records that functions are given."""
    records: list[JsonDict] = []
    while (missing := row.document["BatchSize"] - len(records)) > 0:
        request = {
            "QueueUrl": _url(row),
            "MaxNumberOfMessages": min(missing, RECEIVED_AT_ONCE),
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        found = api("sqs", "ReceiveMessage", request).get("Messages", [])
        if not found:
            break
        records += [_record(row, message) for message in found]
    return records


def _record(row: Row, message: JsonDict) -> JsonDict:
    """A message as functions know it. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "dataType": one["DataType"],
                **({"stringValue": one["StringValue"]} if "StringValue" in one else {}),
                **({"binaryValue": base64.b64encode(one["BinaryValue"]).decode()} if "BinaryValue" in one else {}),
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, one in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": row.parent,
        "awsRegion": row.region,
    }


def _begin(work: Work, tx: Tx, row: Row, records: list[JsonDict]) -> Row:
    account = work.port.acting_as(root_identity(row.account), row.region)
    return asking.ask(account, tx, row.document["FunctionArn"], {"Records": records}, work.now, retries=0)


def _delete(api: Api, row: Row, handles: list[str]) -> None:
    for start in range(0, len(handles), RECEIVED_AT_ONCE):
        part = handles[start : start + RECEIVED_AT_ONCE]
        entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(part)]
        api("sqs", "DeleteMessageBatch", {"QueueUrl": _url(row), "Entries": entries})


def _url(row: Row) -> str:
    parts = row.parent.split(":")
    return f"/{parts[4]}/{parts[5]}"


def _note(work: Work, tx: Tx, row: Row, change: JsonDict, batches: JsonDict) -> Row:
    fresh = resources.get(tx, row.arn)
    assert fresh is not None, "it was read in this transaction"
    return resources.save(tx, fresh, change, now=work.now, facts={"batches": batches}, touch=False)
