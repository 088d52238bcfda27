"""Batches: up to ten entries, each of which succeeds or fails by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ormer.aws.errors import AwsError

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html
ENTRIES_MAX = 10
ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def checked(entries: Sequence[JsonDict]) -> Sequence[JsonDict]:
    """The entries of a batch; raises AWS's refusals of the batch as a whole."""
    if not entries:
        raise AwsError("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > ENTRIES_MAX:
        text = f"Maximum number of entries per request are {ENTRIES_MAX}. You have sent {len(entries)}."
        raise AwsError("TooManyEntriesInBatchRequest", text)
    ids = [entry["Id"] for entry in entries]
    if any(not ID.fullmatch(one) for one in ids):
        text = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most "
        raise AwsError("InvalidBatchEntryId", text + "80 letters long.")
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise AwsError("BatchEntryIdsNotDistinct", f"Id {twice} repeated.")
    return entries


def answered(entries: Sequence[JsonDict], do: Callable[[JsonDict], JsonDict]) -> JsonDict:
    """Do something with each entry. Returns Successful and Failed; `do` raises AwsError for an entry that fails."""
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **do(entry)})
        except AwsError as error:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
    # Members that are empty are left out in AWS's answers, but the model requires them.
    return {"Successful": successful, "Failed": failed}
