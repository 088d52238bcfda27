"""Permissions of a queue: statements of its policy, each by its label."""

from __future__ import annotations

import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.sqs import attributes
from ormer.services.sqs.queues import get
from ormer.stores import resource_policies, resources
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.queues.queues import Queue

JsonDict = dict[str, Any]


def add_permission(call: Call, request: JsonDict) -> JsonDict:
    """Let accounts do something with a queue. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html

    Errors: QueueDoesNotExist, InvalidParameterValue for a label that is there.
    """
    label = request["Label"]
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        statements = _statements(queue)
        if any(one.get("Sid") == label for one in statements):
            text = f"Value {label} for parameter Label is invalid. Reason: Already exists."
            raise AwsError("InvalidParameterValue", text)
        made = {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in request["AWSAccountIds"]]},
            "Action": [f"SQS:{action}" for action in request["Actions"]],
            "Resource": queue.arn,
        }
        _save(call, tx, queue, [*statements, made])
    return {}


def remove_permission(call: Call, request: JsonDict) -> JsonDict:
    """Take a permission back. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html

    Errors: QueueDoesNotExist, InvalidParameterValue for a label that is not there.
    """
    label = request["Label"]
    with call.write() as tx:
        queue = get(call, request["QueueUrl"])
        statements = _statements(queue)
        kept = [one for one in statements if one.get("Sid") != label]
        if len(kept) == len(statements):
            text = f"Value {label} for parameter Label is invalid. Reason: can't find label on existing policy."
            raise AwsError("InvalidParameterValue", text)
        _save(call, tx, queue, kept)
    return {}


def _statements(queue: Queue) -> list[JsonDict]:
    text = queue.attributes.get("Policy")
    return list(resource_policies.statements(json.loads(text))) if text else []


def _save(call: Call, tx: Tx, queue: Queue, statements: list[JsonDict]) -> None:
    policy = {"Version": "2012-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": statements}
    given = {"Policy": json.dumps(policy) if statements else ""}
    after = attributes.changed(queue.row.document["Attributes"], given)
    resources.save(tx, queue.row, {"Attributes": after}, now=call.now, facts=attributes.facts(after))
