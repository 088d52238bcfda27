"""What follows an asynchronous invocation: further attempts after a failure, and word of how it ended.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ormer.aws import arns
from ormer.aws.clock import iso
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.worker import Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions import functions, invocations
from ormer.stores.functions.invocations import Answer
from ormer.stores.logs import append, stream
from ormer.stores.port import Api
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ATTEMPTS_AGAIN = 2
AGE_SECONDS_MAX = 21_600
PAUSE_SECONDS = 60.0
# Nothing changes by trying these again.
FINAL = ("ResourceNotFoundException", "InvalidZipFileException", "InvalidRuntimeException")


def due(work: Work, row: Row, answer: Answer) -> float | None:
    """When a failed invocation is to be tried again, by the calendar; None when it is not."""
    if not row.facts["asynchronous"] or answer.code in FINAL:
        return None
    given = _config(work, row)
    again = row.facts.get("retries", given.get("MaximumRetryAttempts", ATTEMPTS_AGAIN))
    attempt = row.facts["attempt"]
    at = work.now + PAUSE_SECONDS * attempt
    too_old = at > row.created + given.get("MaximumEventAgeInSeconds", AGE_SECONDS_MAX)
    return None if attempt > again or too_old else at


def send_on(work: Work, tx: Tx, row: Row, answer: Answer) -> None:
    """Send the record of an ended invocation to the destination for such an end, if there is one.

    A destination that refuses it is told of in the function's log group.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    if answer.failed:
        _bury(work, tx, row, answer)
    wanted = "OnFailure" if answer.failed else "OnSuccess"
    place = _config(work, row).get("DestinationConfig", {}).get(wanted, {}).get("Destination")
    function = resources.get(tx, row.parent)
    if not place or function is None:
        return
    event = invocations.event_of(row, work.stores.vault)
    _try(work, tx, row, function, place, lambda api: _send(api, place, _record(row, event, answer, work.now)))


def _bury(work: Work, tx: Tx, row: Row, answer: Answer) -> None:
    """Send the event itself to the function's dead-letter queue or topic.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-add-dlq.html
    """
    function = resources.get(tx, row.parent)
    place = (function.document.get("DeadLetterConfig") or {}).get("TargetArn") if function is not None else None
    if not place or function is None or not row.facts["asynchronous"]:
        return
    text = {"RequestID": row.name, "ErrorMessage": invocations.reason_of_answer(answer)[:1024]}
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in text.items() if value}
    attributes["ErrorCode"] = {"DataType": "Number", "StringValue": "200"}
    event = invocations.event_of(row, work.stores.vault)
    _try(work, tx, row, function, place, lambda api: _put(api, place, event, {"MessageAttributes": attributes}))


def _try(work: Work, tx: Tx, row: Row, function: Row, place: str, send: Callable[[Api], None]) -> None:
    """Send as the function's role; a place that refuses is told of in the function's log group."""
    api = work.port.acting_as(session_identity(function.document["Role"], function.name), row.region)
    try:
        with tx.connection.begin_nested():
            send(api)
    except (AwsError, ValueError) as error:
        line = f"The record of {row.name} could not be sent to {place}: {error}"
        group = f"/aws/lambda/{function.name}"
        own = stream(tx, row.account, row.region, group, "destinations", work.now)
        append(tx, own["id"], [(int(work.now * 1000), line)], work.now)


def _put(api: Api, place: str, text: str, more: JsonDict) -> None:
    """Put a text into a queue or a topic."""
    target = arns.parse(place)
    if target.service == "sqs":
        api("sqs", "SendMessage", {"QueueUrl": f"/{target.account}/{target.resource}", "MessageBody": text, **more})
    elif target.service == "sns":
        api("sns", "Publish", {"TopicArn": place, "Message": text, **more})
    else:
        raise ValueError(f"{target.service} takes no dead letters; use a queue or a topic")


def _send(api: Api, place: str, record: JsonDict) -> None:
    target, text = arns.parse(place), json.dumps(record)
    if target.service == "lambda":
        api("lambda", "Invoke", {"FunctionName": place, "InvocationType": "Event", "Payload": text.encode()})
    elif target.service in ("sns", "sqs"):
        _put(api, place, text, {})
    elif target.service == "events":
        kind = "Failure" if record["requestContext"]["condition"] != "Success" else "Success"
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {kind}",
            "Detail": text,
            "Resources": [record["requestContext"]["functionArn"]],
            "EventBusName": place,
        }
        api("events", "PutEvents", {"Entries": [entry]})
    else:
        raise ValueError(f"{target.service} is no destination here; use a function, a topic, a queue or an event bus")


def _record(row: Row, event: str, answer: Answer, now: float) -> JsonDict:
    condition = "RetriesExhausted" if answer.failed else "Success"
    return {
        "version": "1.0",
        "timestamp": iso(now),
        "requestContext": {
            "requestId": row.name,
            "functionArn": f"{row.parent}:{row.document['Version']}",
            "condition": condition,
            "approximateInvokeCount": row.facts["attempt"],
        },
        "requestPayload": json.loads(event),
        "responseContext": {
            "statusCode": 200,
            "executedVersion": row.document["Version"],
            **({"functionError": answer.error} if answer.error else {}),
        },
        "responsePayload": json.loads(answer.payload) if answer.payload else {"errorMessage": answer.message},
    }


def _config(work: Work, row: Row) -> JsonDict:
    with work.read() as tx:
        function = resources.get(tx, row.parent)
    return functions.invoke_config(function, row.facts["qualifier"]) if function is not None else {}
