"""What a message of a queue may hold, how large it is, and the digests by which clients prove that it arrived whole.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Mapping
from typing import Any

Attributes = Mapping[str, Mapping[str, Any]]
# Characters that XML can carry.
UNFIT = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
NAME = re.compile(r"(?!(?i:aws|amazon)\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.\-]{1,256}(?<!\.)")
TYPE = re.compile(r"(?:String|Number|Binary)(?:\..{1,246})?")
ATTRIBUTES_MAX = 10
LENGTH = struct.Struct(">I")
TEXT, BYTES = b"\x01", b"\x02"


def digest(body: str) -> str:
    """MD5OfMessageBody."""
    return hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


def attributes_digest(attributes: Attributes) -> str:
    """MD5OfMessageAttributes: name, type and value of each, by name, each behind its length."""
    whole = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        one = attributes[name]
        is_binary = "BinaryValue" in one
        value = bytes(one["BinaryValue"]) if is_binary else str(one["StringValue"]).encode()
        for part in (name.encode(), str(one["DataType"]).encode()):
            whole.update(LENGTH.pack(len(part)) + part)
        whole.update((BYTES if is_binary else TEXT) + LENGTH.pack(len(value)) + value)
    return whole.hexdigest()


def size(body: str, attributes: Attributes) -> int:
    """A message's size in bytes: body, and names, types and values of its attributes."""
    total = len(body.encode())
    for name, one in attributes.items():
        value = one["BinaryValue"] if "BinaryValue" in one else str(one.get("StringValue", "")).encode()
        total += len(name.encode()) + len(str(one["DataType"]).encode()) + len(value)
    return total


def fault(attributes: Attributes) -> str:
    """Why these attributes cannot be sent, "" when they can."""
    if len(attributes) > ATTRIBUTES_MAX:
        return f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{ATTRIBUTES_MAX}]."
    for name, one in attributes.items():
        if not NAME.fullmatch(name):
            return f"Message (user) attribute name '{name}' is invalid: use letters, digits, _, - and single dots."
        kind = str(one.get("DataType", ""))
        if not TYPE.fullmatch(kind):
            return (
                f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
                "prefixes is Binary, Number, and String."
            )
        member = "BinaryValue" if kind.startswith("Binary") else "StringValue"
        if not one.get(member):
            return f"The message attribute '{name}' with type '{kind}' must use field '{member}', not empty."
        if member == "StringValue" and UNFIT.search(one[member]):
            return f"The message attribute '{name}' holds characters that cannot be sent."
        if kind.startswith("Number") and not _is_number(one[member]):
            return f"Can't cast the value of message attribute '{name}' to a number."
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
