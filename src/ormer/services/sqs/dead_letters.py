"""Dead-letter queues: whose they are, and messages brought back from them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.sqs.queues import get, url
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.queues import queues, receiving
from ormer.stores.queues.queues import KIND, SERVICE, Queue
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 1000
TASKS_KEPT, TASKS_PAGE = 10, 1
MOVES = "moves"
SOURCE = "DeadLetterQueueSourceArn"


def list_dead_letter_source_queues(call: Call, request: JsonDict) -> JsonDict:
    """The URLs of the queues that bury their messages here. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html

    Errors: QueueDoesNotExist.
    """
    queue = get(call, request["QueueUrl"])
    with call.read() as tx:
        sources = _sources(tx, queue)
    page, token = page_of(sources, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    more = {"NextToken": token} if token and "MaxResults" in request else {}
    return {"queueUrls": [url(call, one.row) for one in page], **more}


def start_message_move_task(call: Call, request: JsonDict) -> JsonDict:
    """Bring the messages of a dead-letter queue back to where they came from, or to another queue.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    Differs: all are moved at once, whatever rate is asked for. Errors: ResourceNotFoundException, UnsupportedOperation.
    """
    with call.write() as tx:
        source = _by_arn(tx, call, request["SourceArn"])
        if not _sources(tx, source):
            text = "Source queue must be configured as a Dead Letter Queue."
            raise AwsError("InvalidParameterValue", text)
        given = request.get("DestinationArn")
        target = _by_arn(tx, call, given) if given else None
        moved = _moved(tx, call, source, target)
        handle = str(uuid.uuid4())
        told = {
            "Status": "COMPLETED",
            "SourceArn": source.arn,
            **({"DestinationArn": given} if given else {}),
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved,
            "StartedTimestamp": int(call.now * 1000),
        }
        kept = [told, *source.row.facts.get(MOVES, ())][:TASKS_KEPT]
        resources.save(tx, source.row, {}, now=call.now, facts={MOVES: kept}, touch=False)
    return {"TaskHandle": handle}


def list_message_move_tasks(call: Call, request: JsonDict) -> JsonDict:
    """What was brought back from a dead-letter queue, the latest first. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html"""
    with call.read() as tx:
        source = _by_arn(tx, call, request["SourceArn"])
    return {"Results": source.row.facts.get(MOVES, [])[: int(request.get("MaxResults", TASKS_PAGE))]}


def _moved(tx: Tx, call: Call, source: Queue, target: Queue | None) -> int:
    count = 0
    for row in receiving.visible(tx, source, call.now):
        own = target or queues.of_arn(tx, row["system"].get(SOURCE, ""))
        if own is None:
            # Sent here by somebody, not buried: it has no place to go back to.
            continue
        system = {name: value for name, value in row["system"].items() if name != SOURCE}
        receiving.move(tx, row, own, call.now, system)
        count += 1
    return count


def _by_arn(tx: Tx, call: Call, arn: str) -> Queue:
    found = queues.of_arn(tx, arn) if arns.is_arn(arn) else None
    if found is None or found.row.account != call.account:
        raise AwsError("ResourceNotFoundException", "The resource that you specified for the ARN doesn't exist.", 404)
    return found


def _sources(tx: Tx, queue: Queue) -> list[Queue]:
    c = table.c
    where = (c.account == queue.row.account, c.region == queue.row.region, c.service == SERVICE, c.kind == KIND)
    found = [queues.queue(row) for row in resources.select(tx, *where, order=c.name)]
    return [one for one in found if one.redrive is not None and one.redrive.target == queue.arn]
