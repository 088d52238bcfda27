"""Attributes of queues: which there are, what they may be, and what they mean for others.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import resource_policies
from ormer.stores.database import Tx
from ormer.stores.queues import queues

JsonDict = dict[str, Any]
RANGES: Mapping[str, tuple[int, int]] = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1024, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "FifoQueue": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "SqsManagedSseEnabled": ("true", "false"),
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
FIFO_ONLY = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
TEXTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId")
SETTABLE = frozenset({*RANGES, *WORDS, *TEXTS})
# Attributes that only are answered.
TOLD = (
    "QueueArn",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
RECEIVES_MAX = 1000
PERMISSIONS = ("allowAll", "denyAll", "byQueue")


def check(tx: Tx, arn: str, given: Mapping[str, str]) -> None:
    """Raise InvalidAttributeName or InvalidAttributeValue unless the queue may have these attributes."""
    is_fifo = arn.endswith(queues.FIFO)
    for name, value in given.items():
        if name not in SETTABLE or (name in FIFO_ONLY and not is_fifo):
            raise AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if name in RANGES and not _within(value, *RANGES[name]):
            raise invalid(name, value)
        if name in WORDS and value not in WORDS[name]:
            raise invalid(name, value)
    if given.get("Policy"):
        policy(given["Policy"])
    if given.get("RedrivePolicy"):
        _check_redrive(tx, arn, given["RedrivePolicy"])
    if given.get("RedriveAllowPolicy"):
        _check_allowed(given["RedriveAllowPolicy"])


def changed(before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The attributes with what was given; an empty text takes one away."""
    return {name: value for name, value in {**before, **given}.items() if value != ""}


def facts(attributes: Mapping[str, str]) -> JsonDict:
    """The queue's policy, where everyone's are looked for."""
    text = attributes.get("Policy")
    return {resource_policies.FACT: policy(text) if text else None}


def policy(text: str) -> JsonDict:
    """A queue's policy; InvalidAttributeValue when it is none."""
    try:
        return resource_policies.parsed(text)
    except ValueError as error:
        raise AwsError("InvalidAttributeValue", f"Invalid value for the parameter Policy: {error}.") from None


def invalid(name: str, value: str) -> AwsError:
    return AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}: {value}.")


def _within(value: str, low: int, high: int) -> bool:
    return value.isdecimal() and low <= int(value) <= high


def _check_redrive(tx: Tx, arn: str, text: str) -> None:
    given = _object("RedrivePolicy", text)
    target, count = str(given.get("deadLetterTargetArn", "")), str(given.get("maxReceiveCount", ""))
    if not _within(count, 1, RECEIVES_MAX):
        reason = (
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to {RECEIVES_MAX} both inclusive."
        )
        raise _refused("RedrivePolicy", text, reason)
    dead = queues.of_arn(tx, target)
    own, wanted = arns.parse(arn), arns.parse(target) if dead is not None else None
    if dead is None or wanted is None or (wanted.account, wanted.region) != (own.account, own.region):
        raise _refused("RedrivePolicy", text, "Dead letter target does not exist.")
    if dead.is_fifo != arn.endswith(queues.FIFO):
        raise _refused("RedrivePolicy", text, "Dead-letter queue must be same type of queue as the source.")
    allowed = json.loads(dead.attributes.get("RedriveAllowPolicy", "{}"))
    permission = allowed.get("redrivePermission", "allowAll")
    if permission == "denyAll" or (permission == "byQueue" and arn not in allowed.get("sourceQueueArns", ())):
        raise _refused("RedrivePolicy", text, f"The queue {target} does not allow this queue to use it.")


def _check_allowed(text: str) -> None:
    given = _object("RedriveAllowPolicy", text)
    if given.get("redrivePermission") not in PERMISSIONS:
        raise _refused("RedriveAllowPolicy", text, f"redrivePermission must be one of {', '.join(PERMISSIONS)}.")


def _object(name: str, text: str) -> JsonDict:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _refused(name, text, f"{name} is not a valid JSON map.")
    return found


def _refused(name: str, text: str, reason: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"Value {text} for parameter {name} is invalid. Reason: {reason}")
