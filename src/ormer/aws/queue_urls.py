"""URLs of queues: the account and the name stand at their end, whatever host they name.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

PLACE = re.compile(r".*/(?P<account>\d{12})/(?P<name>[A-Za-z0-9_-]{1,80}(?:\.fifo)?)/?")


class Place(NamedTuple):
    """The queue that a URL means. account: "" where only a name was given."""

    account: str
    name: str


def url(endpoint: str, account: str, name: str) -> str:
    """A queue's URL at this server."""
    return f"{endpoint}/{account}/{name}"


def parse(given: str) -> Place | None:
    """The account and name of a queue's URL, or of its bare name; None when it is neither."""
    try:
        found = PLACE.fullmatch(urlsplit(given).path)
    except ValueError:
        return None
    if found is not None:
        return Place(found["account"], found["name"])
    return Place("", given) if given and "/" not in given else None
