"""SQS as its older clients know it: the names of its query protocol, which botocore's newest model no longer tells.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

JsonDict = dict[str, Any]
NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
# How the elements of a list are called.
LISTED: Mapping[str, str] = {
    "AttributeNameList": "AttributeName",
    "MessageAttributeNameList": "MessageAttributeName",
    "MessageSystemAttributeList": "MessageSystemAttributeName",
    "AWSAccountIdList": "AWSAccountId",
    "ActionNameList": "ActionName",
    "TagKeyList": "TagKey",
    "QueueUrlList": "QueueUrl",
    "MessageList": "Message",
    "StringList": "StringListValue",
    "BinaryList": "BinaryListValue",
    "SendMessageBatchRequestEntryList": "SendMessageBatchRequestEntry",
    "SendMessageBatchResultEntryList": "SendMessageBatchResultEntry",
    "DeleteMessageBatchRequestEntryList": "DeleteMessageBatchRequestEntry",
    "DeleteMessageBatchResultEntryList": "DeleteMessageBatchResultEntry",
    "ChangeMessageVisibilityBatchRequestEntryList": "ChangeMessageVisibilityBatchRequestEntry",
    "ChangeMessageVisibilityBatchResultEntryList": "ChangeMessageVisibilityBatchResultEntry",
    "BatchResultErrorEntryList": "BatchResultErrorEntry",
    "ListMessageMoveTasksResultEntryList": "ListMessageMoveTasksResultEntry",
}
# How a map's entries are called, and their keys; the values are called Value.
MAPPED: Mapping[str, tuple[str, str]] = {
    "QueueAttributeMap": ("Attribute", "Name"),
    "MessageSystemAttributeMap": ("Attribute", "Name"),
    "MessageBodyAttributeMap": ("MessageAttribute", "Name"),
    "MessageBodySystemAttributeMap": ("MessageSystemAttribute", "Name"),
    "TagMap": ("Tag", "Key"),
}
# Error codes that are not the names of their shapes.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
PREFIX = "AWS.SimpleQueueService."
CODES: Mapping[str, str] = {
    "QueueDoesNotExist": f"{PREFIX}NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    **{
        name: PREFIX + name
        for name in (
            "QueueDeletedRecently",
            "BatchEntryIdsNotDistinct",
            "BatchRequestTooLong",
            "EmptyBatchRequest",
            "InvalidBatchEntryId",
            "MessageNotInflight",
            "PurgeQueueInProgress",
            "TooManyEntriesInBatchRequest",
            "UnsupportedOperation",
        )
    },
}


# Words that the service checks itself, to refuse them with its own code.
CHECKED_LATER = ("QueueAttributeName", "MessageSystemAttributeName", "MessageSystemAttributeNameForSends")


def with_codes(model: JsonDict) -> JsonDict:
    """The model with its older error codes, which its answers carry in either protocol."""
    for name in CHECKED_LATER:
        model["shapes"][name].pop("enum", None)
    for name, shape in model["shapes"].items():
        if shape.get("exception"):
            code = CODES.get(name, name)
            shape["error"] = {"code": code, "httpStatusCode": 400, "senderFault": True}
    return model


def as_form(model: JsonDict) -> JsonDict:
    """A copy of the model in which everything is called as forms call it."""
    made = copy.deepcopy(model)
    made["metadata"] |= {"protocol": "query", "protocols": ["query"], "xmlNamespace": NAMESPACE}
    for name, shape in made["shapes"].items():
        if name in LISTED:
            shape["member"]["locationName"] = LISTED[name]
        elif name in MAPPED:
            shape["key"]["locationName"], shape["value"]["locationName"] = MAPPED[name][1], "Value"
        for member in shape.get("members", {}).values():
            if member["shape"] in MAPPED:
                member["locationName"] = MAPPED[member["shape"]][0]
    for name, operation in made["operations"].items():
        if "output" in operation:
            operation["output"]["resultWrapper"] = f"{name}Result"
    return made
