"""Event source mappings: a function is asked with what comes into a queue.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns, event_filters
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.aws.pattern_tests import InvalidPattern
from ormer.services.lambda_functions import naming
from ormer.services.lambda_functions.refusals import conflict, invalid, not_found
from ormer.stores import access, resources, tasks
from ormer.stores.database import Tx
from ormer.stores.functions import event_sources
from ormer.stores.functions.event_sources import DISABLED, ENABLED, KIND, TASK
from ormer.stores.functions.functions import SERVICE, Target
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.queues import queues
from ormer.stores.queues.queues import Queue
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 100
BATCH, BATCH_FIFO_MAX, BATCH_WITHOUT_WINDOW_MAX = 10, 10, 10
NEEDED = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
CHANGEABLE = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FilterCriteria",
    "FunctionResponseTypes",
    "ScalingConfig",
)


def create_event_source_mapping(call: Call, request: JsonDict) -> JsonDict:
    """Let a function be asked with a queue's messages. https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html

    Differs: queues only, no streams. Errors: ResourceNotFoundException, ResourceConflictException,
    InvalidParameterValueException.
    """
    source = request.get("EventSourceArn", "")
    if not arns.is_arn(source) or arns.parse(source).service != queues.SERVICE:
        raise invalid(f"Functions are asked with the messages of SQS queues here, not from {source or 'elsewhere'}.")
    with call.write() as tx:
        target = naming.target(call, request)
        queue = _queue(tx, source)
        document = {"BatchSize": BATCH, "MaximumBatchingWindowInSeconds": 0, **_given(request)}
        _check(tx, call, target, queue, document)
        other = next((one for one in event_sources.of_source(tx, source) if _asks(one, target)), None)
        if other is not None:
            raise conflict(
                f'An event source mapping with SQS arn (" {source} ") and function (" {target.function.name} ") '
                f"already exists. Please update or delete the existing mapping with UUID {other.name}"
            )
        id_ = str(uuid.uuid4())
        arn = event_sources.arn_of(call.region, call.account, id_)
        row = resources.create(
            tx,
            arn=arn,
            kind=KIND,
            name=id_,
            parent=source,
            document={
                **document,
                **_pointed(target),
                "UUID": id_,
                "EventSourceArn": source,
                "EventSourceMappingArn": arn,
                "State": ENABLED if request.get("Enabled", True) else DISABLED,
                "StateTransitionReason": "USER_INITIATED",
                "LastModified": call.now,
            },
            facts={"function": target.function.arn, "qualifier": target.qualifier, "batches": {}},
            tag_list=[{"Key": key, "Value": value} for key, value in request.get("Tags", {}).items()],
            now=call.now,
            actor=call.identity.arn,
        )
        assert row is not None, "a new id is nobody's"
        tasks.wake(tx, TASK, arn)
    return row.document


def get_event_source_mapping(call: Call, request: JsonDict) -> JsonDict:
    """What a mapping is. https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html"""
    return _get(call, request["UUID"]).document


def list_event_source_mappings(call: Call, request: JsonDict) -> JsonDict:
    """Page through mappings, of a queue or a function. https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html"""
    c = table.c
    where = [c.account == call.account, c.region == call.region, c.service == SERVICE, c.kind == KIND]
    if request.get("EventSourceArn"):
        where.append(c.parent == request["EventSourceArn"])
    with call.read() as tx:
        rows = resources.select(tx, *where)
    if request.get("FunctionName"):
        target = naming.target(call, request)
        rows = [row for row in rows if _asks(row, target)]
    page, token = page_of(rows, request.get("Marker"), min(int(request.get("MaxItems", PAGE)), PAGE))
    return {"EventSourceMappings": [row.document for row in page], **({"NextMarker": token} if token else {})}


def update_event_source_mapping(call: Call, request: JsonDict) -> JsonDict:
    """Change a mapping, switch it on or off. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html"""
    with call.write() as tx:
        row = _get(call, request["UUID"])
        named = {"FunctionName": request.get("FunctionName") or row.document["FunctionArn"]}
        target = naming.target(call, named)
        change = {**_given(request), **_pointed(target)}
        _check(tx, call, target, _queue(tx, row.parent), {**row.document, **change})
        if "Enabled" in request:
            change["State"] = ENABLED if request["Enabled"] else DISABLED
        facts = {"function": target.function.arn, "qualifier": target.qualifier}
        row = resources.save(tx, row, {**change, "LastModified": call.now}, now=call.now, facts=facts)
        tasks.wake(tx, TASK, row.arn)
    return row.document


def delete_event_source_mapping(call: Call, request: JsonDict) -> JsonDict:
    """End a mapping; what its function was asked already ends by itself. https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html"""
    with call.write() as tx:
        row = _get(call, request["UUID"])
        resources.delete(tx, row.arn)
    return {**row.document, "State": "Deleting"}


def _given(request: JsonDict) -> JsonDict:
    return {name: request[name] for name in CHANGEABLE if name in request}


def _pointed(target: Target) -> JsonDict:
    return {"FunctionArn": target.arn}


def _asks(row: Row, target: Target) -> bool:
    same = (row.facts["function"], row.facts["qualifier"]) == (target.function.arn, target.qualifier)
    return same or (not target.qualifier and row.facts["function"] == target.function.arn)


def _get(call: Call, id_: str) -> Row:
    with call.read() as tx:
        row = resources.get(tx, event_sources.arn_of(call.region, call.account, id_))
    if row is None:
        raise not_found("The resource you requested does not exist.")
    return row


def _queue(tx: Tx, source: str) -> Queue:
    found = queues.of_arn(tx, source)
    if found is None:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error "
            "Message: The specified queue does not exist."
        )
    return found


def _check(tx: Tx, call: Call, target: Target, queue: Queue, document: JsonDict) -> None:
    """Raise InvalidParameterValueException for what cannot work."""
    size, window = document["BatchSize"], document["MaximumBatchingWindowInSeconds"]
    if queue.is_fifo and (size > BATCH_FIFO_MAX or window):
        raise invalid("FIFO queues have batches of 10 at most, and no batching window.")
    if size > BATCH_WITHOUT_WINDOW_MAX and not window:
        text = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        raise invalid(text)
    time_out = target.configuration.document["Timeout"]
    if queue.seconds("VisibilityTimeout") < time_out:
        raise invalid(
            f"Queue visibility timeout: {int(queue.seconds('VisibilityTimeout'))} seconds is less than Function "
            f"timeout: {time_out} seconds"
        )
    try:
        event_filters.patterns(document.get("FilterCriteria"))
    except InvalidPattern as error:
        raise invalid(f"Invalid filter pattern definition: {error}") from None
    _check_role(tx, call, target, queue)


def _check_role(tx: Tx, call: Call, target: Target, queue: Queue) -> None:
    """The function's role is who reads the queue."""
    identity = session_identity(target.configuration.document["Role"], target.function.name)
    for name in NEEDED:
        try:
            access.PolicyGate(call.stores).permit(identity, call.region, f"sqs:{name}", queue.arn)
        except AwsError:
            text = f"The function execution role does not have permissions to call {name} on SQS"
            raise invalid(text) from None
