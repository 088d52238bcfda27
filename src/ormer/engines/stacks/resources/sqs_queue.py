"""AWS::SQS::Queue: Ref gives its URL."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, FIFO = "QueueName", "FifoQueue"
# Properties that SetQueueAttributes knows by the same names.
ATTRIBUTES = words(
    "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoThroughputLimit KmsDataKeyReusePeriodSeconds "
    "KmsMasterKeyId MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds RedriveAllowPolicy "
    "RedrivePolicy SqsManagedSseEnabled VisibilityTimeout"
)


def _create(site: Site, properties: JsonDict) -> Made:
    is_fifo = text_of(properties.get(FIFO, False)).lower() == "true"
    name = text_of(properties.get(NAME) or site.name(75) + (".fifo" if is_fifo else ""))
    attributes = _attributes(properties) | ({FIFO: "true"} if is_fifo else {})
    url = str(site.call("sqs", "CreateQueue", {NAME: name, "Attributes": attributes})["QueueUrl"])
    asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
    arn = str(site.call("sqs", "GetQueueAttributes", asked)["Attributes"]["QueueArn"])
    return Made(url, {"Arn": arn, NAME: name, "QueueUrl": url}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    before, after = _attributes(held.properties), _attributes(properties)
    change = {name: after.get(name, "") for name in {*before, *after} if before.get(name) != after.get(name)}
    if change:
        site.call("sqs", "SetQueueAttributes", {"QueueUrl": held.physical_id, "Attributes": change})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call("sqs", "DeleteQueue", {"QueueUrl": held.physical_id})


def _attributes(properties: JsonDict) -> dict[str, str]:
    return {name: _text(properties[name]) for name in sorted(ATTRIBUTES) if name in properties}


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else text_of(value)


TYPE = ResourceType(
    "AWS::SQS::Queue",
    _create,
    _delete,
    words(FIFO, NAME, *ATTRIBUTES),
    _update,
    words(FIFO, NAME),
    attributes=words("Arn QueueUrl", NAME),
    named_by=NAME,
)
