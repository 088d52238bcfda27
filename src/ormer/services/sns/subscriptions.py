"""Subscriptions: who is told what a topic says."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ormer.aws import arns, filter_policies
from ormer.aws.errors import AwsError
from ormer.aws.pattern_tests import InvalidPattern
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table
from ormer.stores.topics import deliveries, hosts, subscriptions

JsonDict = dict[str, Any]
PAGE = 100
SUBSCRIPTION = Noun("Subscription", name="SubscriptionArn", arn="{name}", service="sns", page=PAGE, order="Ascending")
LAMBDA, SQS = "lambda", "sqs"
PENDING = "pending confirmation"
SETTABLE = ("RawMessageDelivery", "DeliveryPolicy", "RedrivePolicy", "FilterPolicy", "FilterPolicyScope")
CONFIRMATION_TEXT = (
    "You have chosen to subscribe to the topic {}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)


def subscribe(call: Call, request: JsonDict) -> JsonDict:
    """Let an endpoint listen; it is asked to confirm. https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html

    Differs: functions, queues, and http and https to this machine and hosts that the configuration names; email is
    recorded, but no mail is sent, so that it stays pending. Errors: NotFound, InvalidParameter.
    """
    protocol, endpoint = request["Protocol"], request.get("Endpoint", "")
    given = request.get("Attributes", {})
    _check_attributes(given)
    # A name is looked up in the network, which may take its time: not while others wait to write.
    _check_endpoint(call, protocol, endpoint)
    with call.write() as tx:
        topic = _topic(tx, call, request["TopicArn"])
        row = next((one for one in subscriptions.of_topic(tx, topic.arn) if _is(one, protocol, endpoint)), None)
        if row is None:
            row = _create(call, topic, protocol, endpoint, given)
        silent = deliveries.first(tx, row.arn) is None
        # Who subscribes again is asked again, unless that is under way.
        if protocol in hosts.PORTS and silent and not subscriptions.is_confirmed(row):
            content = {"Message": CONFIRMATION_TEXT.format(topic.arn), "Token": row.facts["token"]}
            deliveries.add(tx, row.arn, deliveries.CONFIRMATION, str(uuid.uuid4()), content, call.now)
    shown = subscriptions.is_confirmed(row) or request.get("ReturnSubscriptionArn", False)
    return {"SubscriptionArn": row.arn if shown else PENDING}


def confirm_subscription(call: Call, request: JsonDict) -> JsonDict:
    """Confirm by the token that was sent. https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html

    Errors: NotFound, InvalidParameter.
    """
    with call.write() as tx:
        topic = _topic(tx, call, request["TopicArn"])
        row = subscriptions.confirm(tx, topic.arn, request["Token"], call.now)
    if row is None:
        raise AwsError("InvalidParameter", "Invalid parameter: Token")
    return {"SubscriptionArn": row.arn}


def unsubscribe(call: Call, request: JsonDict) -> JsonDict:
    """End a subscription; nothing happens when it is not there. https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html"""
    with call.write() as tx:
        row = SUBSCRIPTION.find(call, request["SubscriptionArn"])
        if row is not None:
            remove(tx, row)
    return {}


def list_subscriptions(call: Call, request: JsonDict) -> JsonDict:
    """Page through subscriptions. https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html"""
    rows, more = SUBSCRIPTION.rows(call, {"MaxResults": PAGE, "NextToken": request.get("NextToken")})
    return {"Subscriptions": [_shown(row) for row in rows], **more}


def list_subscriptions_by_topic(call: Call, request: JsonDict) -> JsonDict:
    """Page through a topic's subscriptions. https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html

    Errors: NotFound.
    """
    with call.read() as tx:
        topic = _topic(tx, call, request["TopicArn"])
    asked = {"MaxResults": PAGE, "NextToken": request.get("NextToken")}
    rows, more = SUBSCRIPTION.rows(call, asked, table.c.parent == topic.arn)
    return {"Subscriptions": [_shown(row) for row in rows], **more}


def get_subscription_attributes(call: Call, request: JsonDict) -> JsonDict:
    """What a subscription is. https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html

    Errors: NotFound.
    """
    row = _get(call, request["SubscriptionArn"])
    pending = not subscriptions.is_confirmed(row)
    return {
        "Attributes": {
            "SubscriptionArn": row.arn,
            "TopicArn": row.parent,
            "Owner": row.account,
            "Protocol": row.document["Protocol"],
            "Endpoint": row.document["Endpoint"],
            "PendingConfirmation": json.dumps(pending),
            "ConfirmationWasAuthenticated": "false",
            "RawMessageDelivery": "false",
            **row.document["Attributes"],
        }
    }


def set_subscription_attributes(call: Call, request: JsonDict) -> JsonDict:
    """Set one attribute. https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html

    Errors: NotFound, InvalidParameter.
    """
    change = {request["AttributeName"]: request.get("AttributeValue", "")}
    _check_attributes(change)
    with call.write() as tx:
        row = _get(call, request["SubscriptionArn"])
        after = {name: value for name, value in {**row.document["Attributes"], **change}.items() if value != ""}
        resources.save(tx, row, {"Attributes": after}, now=call.now)
    return {}


def remove(tx: Tx, row: Row) -> None:
    """Delete a subscription and what was on its way to it."""
    deliveries.forget(tx, row.arn)
    resources.delete(tx, row.arn)


def _create(call: Call, topic: Row, protocol: str, endpoint: str, given: JsonDict) -> Row:
    id_ = str(uuid.uuid4())
    return SUBSCRIPTION.create(
        call,
        {"Protocol": protocol, "Endpoint": endpoint, "Attributes": given, "TopicArn": topic.arn},
        name=id_,
        arn=f"{topic.arn}:{id_}",
        parent=topic.arn,
        # Functions and queues of one's own need not confirm.
        facts={"token": subscriptions.new_token(id_), "confirmed": protocol in (LAMBDA, SQS)},
    )


def _check_endpoint(call: Call, protocol: str, endpoint: str) -> None:
    if protocol in ("email", "email-json"):
        if "@" not in endpoint:
            raise AwsError("InvalidParameter", "Invalid parameter: Email address")
        return
    if protocol == LAMBDA:
        if not arns.is_arn(endpoint) or arns.parse(endpoint).service != LAMBDA:
            raise AwsError("InvalidParameter", "Invalid parameter: Lambda endpoint ARN")
        return
    if protocol == SQS:
        if not arns.is_arn(endpoint) or arns.parse(endpoint).service != SQS:
            raise AwsError("InvalidParameter", "Invalid parameter: SQS endpoint ARN")
        if endpoint.endswith(".fifo"):
            text = "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
            raise AwsError("InvalidParameter", text)
        return
    if protocol not in hosts.PORTS:
        text = f"The protocol {protocol} is not answered here; use http, https, lambda, sqs or email."
        raise AwsError("InvalidParameter", text)
    if not endpoint.startswith(f"{protocol}://"):
        raise AwsError("InvalidParameter", f"Invalid parameter: Endpoint must match the protocol {protocol}")
    with call.read() as tx:
        allowed = hosts.allowed(tx)
    try:
        hosts.place(endpoint, allowed)
    except ValueError as error:
        raise AwsError("InvalidParameter", str(error)) from None


def _check_attributes(given: JsonDict) -> None:
    for name in given:
        if name not in SETTABLE:
            raise AwsError("InvalidParameter", f"Invalid parameter: AttributeName: {name}")
    scope = given.get("FilterPolicyScope")
    if scope and scope not in filter_policies.SCOPES:
        raise AwsError("InvalidParameter", f"Invalid parameter: FilterPolicyScope: Invalid value [{scope}]")
    try:
        filter_policies.check(given.get("FilterPolicy", ""))
        redrive = json.loads(given.get("RedrivePolicy") or "{}")
    except (InvalidPattern, ValueError) as error:
        raise AwsError("InvalidParameter", f"Invalid parameter: FilterPolicy or RedrivePolicy: {error}") from None
    if not isinstance(redrive, dict) or (redrive and not arns.is_arn(str(redrive.get("deadLetterTargetArn", "")))):
        raise AwsError("InvalidParameter", "Invalid parameter: RedrivePolicy: deadLetterTargetArn must name a queue")


def _is(row: Row, protocol: str, endpoint: str) -> bool:
    return (row.document["Protocol"], row.document["Endpoint"]) == (protocol, endpoint)


def _topic(tx: Tx, call: Call, arn: str) -> Row:
    row = resources.get(tx, arn)
    if row is None or row.kind != "Topic" or row.account != call.account:
        raise AwsError("NotFound", "Topic does not exist", 404)
    return row


def _get(call: Call, arn: str) -> Row:
    row = SUBSCRIPTION.find(call, arn)
    if row is None:
        raise AwsError("NotFound", "Subscription does not exist", 404)
    return row


def _shown(row: Row) -> JsonDict:
    return {
        "SubscriptionArn": row.arn if subscriptions.is_confirmed(row) else "PendingConfirmation",
        "Owner": row.account,
        "Protocol": row.document["Protocol"],
        "Endpoint": row.document["Endpoint"],
        "TopicArn": row.parent,
    }
