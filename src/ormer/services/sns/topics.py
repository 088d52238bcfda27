"""Topics."""

from __future__ import annotations

import json
import re
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.sns.subscriptions import remove
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.topics import subscriptions

JsonDict = dict[str, Any]
PAGE = 100
NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
TOPIC = Noun("Topic", name="Name", arn="{name}", service="sns", page=PAGE, order="Ascending")
SETTABLE = ("DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "TracingConfig", "SignatureVersion")


def create_topic(call: Call, request: JsonDict) -> JsonDict:
    """Create a topic, or answer the one of this name. https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html

    Differs: FIFO topics are refused. Errors: InvalidParameter.
    """
    name, given = request["Name"], request.get("Attributes", {})
    if name.endswith(".fifo") or given.get("FifoTopic") == "true":
        raise AwsError("InvalidParameter", "FIFO topics are not answered here; use a standard topic.")
    if not NAME.fullmatch(name):
        raise AwsError("InvalidParameter", "Invalid parameter: Topic Name")
    _check_attributes(given)
    with call.write():
        row = TOPIC.find(call, name)
        if row is None:
            words = {key: value for key, value in request.items() if key != "Attributes"}
            row = TOPIC.create(call, words, document={"Attributes": given})
    return {"TopicArn": row.arn}


def delete_topic(call: Call, request: JsonDict) -> JsonDict:
    """Delete a topic with its subscriptions; nothing happens when it is not there. https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html"""
    with call.write() as tx:
        row = TOPIC.find(call, request["TopicArn"])
        if row is not None:
            for subscription in subscriptions.of_topic(tx, row.arn):
                remove(tx, subscription)
            TOPIC.remove(call, row)
    return {}


def list_topics(call: Call, request: JsonDict) -> JsonDict:
    """Page through topics. https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html"""
    rows, more = TOPIC.rows(call, {"MaxResults": PAGE, "NextToken": request.get("NextToken")})
    return {"Topics": [{"TopicArn": row.arn} for row in rows], **more}


def get_topic_attributes(call: Call, request: JsonDict) -> JsonDict:
    """What a topic is and how many listen. https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html

    Errors: NotFound.
    """
    row = get(call, request["TopicArn"])
    with call.read() as tx:
        confirmed = [subscriptions.is_confirmed(one) for one in subscriptions.of_topic(tx, row.arn)]
    # A policy that was taken away is the one of a new topic again.
    given = {name: value for name, value in row.document["Attributes"].items() if value or name != "Policy"}
    return {
        "Attributes": {
            "TopicArn": row.arn,
            "Owner": row.account,
            "DisplayName": "",
            "Policy": _policy(row),
            "SubscriptionsConfirmed": str(sum(confirmed)),
            "SubscriptionsPending": str(len(confirmed) - sum(confirmed)),
            "SubscriptionsDeleted": "0",
            **given,
        }
    }


def set_topic_attributes(call: Call, request: JsonDict) -> JsonDict:
    """Set one attribute. https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html

    Errors: NotFound, InvalidParameter.
    """
    change = {request["AttributeName"]: request.get("AttributeValue", "")}
    _check_attributes(change)
    with call.write() as tx:
        row = get(call, request["TopicArn"])
        resources.save(tx, row, {"Attributes": {**row.document["Attributes"], **change}}, now=call.now)
    return {}


def get(call: Call, arn: str) -> Row:
    """The topic; NotFound when there is none."""
    row = TOPIC.find(call, arn)
    if row is None:
        raise AwsError("NotFound", "Topic does not exist", 404)
    return row


def _check_attributes(given: JsonDict) -> None:
    unknown = [name for name in given if name not in (*SETTABLE, "FifoTopic")]
    if unknown:
        raise AwsError("InvalidParameter", f"Invalid parameter: AttributeName: {unknown[0]}")


def _policy(row: Row) -> str:
    """The policy that AWS gives a new topic: its account may use it."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes", "SNS:ListSubscriptionsByTopic"],
        "Resource": row.arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": row.account}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
