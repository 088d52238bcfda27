"""Queues: made, found, set, emptied and deleted."""

from __future__ import annotations

import re
from typing import Any

from ormer.aws import queue_urls
from ormer.aws.errors import AwsError
from ormer.services.sqs import attributes
from ormer.stores import resource_policies, resources
from ormer.stores.nouns import page_of
from ormer.stores.port import Call
from ormer.stores.queues import messages, queues
from ormer.stores.queues.queues import FIFO, KIND, SERVICE, Queue
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo")
PAGE = 1000
PURGE_SECONDS = 60.0
PURGED = "purged"


def create_queue(call: Call, request: JsonDict) -> JsonDict:
    """Make a queue, or answer the one of this name and these attributes. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html

    Differs: the name of a deleted queue is free at once. Errors: QueueNameExists, InvalidAttributeName,
    InvalidAttributeValue, InvalidParameterValue.
    """
    name, given = request["QueueName"], attributes.changed({}, request.get("Attributes", {}))
    _check_name(name, given)
    arn = queues.arn_of(call.region, call.account, name)
    with call.write() as tx:
        found = queues.of_arn(tx, arn)
        if found is not None:
            _check_same(found, given)
            return {"QueueUrl": url(call, found.row)}
        attributes.check(tx, arn, given)
        tags = [{"Key": key, "Value": value} for key, value in request.get("tags", {}).items()]
        row = resources.create(
            tx,
            arn=arn,
            kind=KIND,
            name=name,
            document={"Attributes": given},
            now=call.now,
            facts=attributes.facts(given),
            tag_list=tags,
            actor=call.identity.arn,
        )
        assert row is not None, "the name was looked up in this transaction"
    return {"QueueUrl": url(call, row)}


def get_queue_url(call: Call, request: JsonDict) -> JsonDict:
    """A queue's URL by its name. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html

    Errors: QueueDoesNotExist.
    """
    owner = request.get("QueueOwnerAWSAccountId") or call.account
    with call.read() as tx:
        found = queues.of_arn(tx, queues.arn_of(call.region, owner, request["QueueName"]))
    if found is None:
        raise missing()
    resource_policies.admit_strangers(call, found.row)
    return {"QueueUrl": url(call, found.row)}


def list_queues(call: Call, request: JsonDict) -> JsonDict:
    """Page through the URLs of queues, by how their names begin. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"""
    c = table.c
    where = [c.account == call.account, c.region == call.region, c.service == SERVICE, c.kind == KIND]
    if request.get("QueueNamePrefix"):
        where.append(c.name.startswith(request["QueueNamePrefix"], autoescape=True))
    with call.read() as tx:
        rows = resources.select(tx, *where, order=c.name)
    page, token = page_of(rows, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    # Without MaxResults AWS answers a thousand and no token.
    more = {"NextToken": token} if token and "MaxResults" in request else {}
    return {"QueueUrls": [url(call, row) for row in page], **more}


def get_queue_attributes(call: Call, request: JsonDict) -> JsonDict:
    """What a queue is and how much waits in it. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html

    Errors: QueueDoesNotExist, InvalidAttributeName.
    """
    wanted = request.get("AttributeNames", ())
    unknown = [name for name in wanted if name not in ("All", *attributes.SETTABLE, *attributes.TOLD)]
    if unknown:
        raise AwsError("InvalidAttributeName", f"Unknown Attribute {unknown[0]}.")
    queue = get(call, request["QueueUrl"])
    with call.read() as tx:
        told = {
            "QueueArn": queue.arn,
            "CreatedTimestamp": str(int(queue.row.created)),
            "LastModifiedTimestamp": str(int(queue.row.modified)),
            **queues.counts(tx, queue.arn, call.now),
            **queue.attributes,
        }
    shown = told if "All" in wanted else {name: told[name] for name in wanted if name in told}
    return {"Attributes": shown} if shown else {}


def set_queue_attributes(call: Call, request: JsonDict) -> JsonDict:
    """Change a queue's attributes; an empty text takes one away. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

    Errors: QueueDoesNotExist, InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue.
    """
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        if "FifoQueue" in request["Attributes"] and not queue.is_fifo:
            raise AwsError("InvalidAttributeName", "Unknown Attribute FifoQueue.")
        attributes.check(tx, queue.arn, request["Attributes"])
        after = attributes.changed(queue.row.document["Attributes"], request["Attributes"])
        resources.save(tx, queue.row, {"Attributes": after}, now=call.now, facts=attributes.facts(after))
    return {}


def delete_queue(call: Call, request: JsonDict) -> JsonDict:
    """Delete a queue with its messages. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html

    Errors: QueueDoesNotExist.
    """
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        messages.forget(tx, queue.arn)
        resources.delete(tx, queue.arn)
        messages.announce(tx, queue.arn)
    return {}


def purge_queue(call: Call, request: JsonDict) -> JsonDict:
    """Delete all messages of a queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html

    Errors: QueueDoesNotExist, PurgeQueueInProgress for a minute after the last time.
    """
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        if call.now < (queue.row.facts.get(PURGED) or 0.0) + PURGE_SECONDS:
            text = f"Only one PurgeQueue operation on {queue.row.name} is allowed every 60 seconds."
            raise AwsError("PurgeQueueInProgress", text)
        messages.forget(tx, queue.arn)
        resources.save(tx, queue.row, {}, now=call.now, facts={PURGED: call.now}, touch=False)
    return {}


def get(call: Call, queue_url: str) -> Queue:
    """The queue that a URL means; QueueDoesNotExist when there is none."""
    with call.read() as tx:
        found = queues.of_url(tx, call.region, call.account, queue_url)
    if found is None:
        raise missing()
    resource_policies.admit_strangers(call, found.row)
    return found


def url(call: Call, row: Row) -> str:
    """A queue's URL, at the address by which clients find this server."""
    return queue_urls.url(call.stores.repositories.address, row.account, row.name)


def missing() -> AwsError:
    return AwsError("QueueDoesNotExist", "The specified queue does not exist.")


def _check_name(name: str, given: JsonDict) -> None:
    is_fifo = given.get("FifoQueue") == "true"
    if is_fifo and not FIFO_NAME.fullmatch(name):
        text = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
        raise AwsError("InvalidParameterValue", text + "with .fifo suffix and be 1 to 80 in length.")
    if not is_fifo and not NAME.fullmatch(name):
        text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        hint = " A FIFO queue, whose name ends in .fifo, needs the attribute FifoQueue=true."
        raise AwsError("InvalidParameterValue", text + (hint if name.endswith(FIFO) else ""))
    if given.get("FifoQueue") == "false":
        raise AwsError("InvalidAttributeName", "Unknown Attribute FifoQueue.")


def _check_same(found: Queue, given: JsonDict) -> None:
    """A queue that is there is answered when no attribute that was given is another one."""
    differs = [name for name, value in given.items() if found.attributes.get(name) != value]
    if differs:
        text = f"A queue already exists with the same name and a different value for attribute {differs[0]}"
        raise AwsError("QueueNameExists", text)
