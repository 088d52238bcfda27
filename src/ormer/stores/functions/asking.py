"""Asking a function from inside: an asynchronous invocation that its asker can watch.

The port says whether the asker may; the row of the invocation is what is watched, and holds the answer.
"""

from __future__ import annotations

import json
from typing import Any

from ormer.aws import function_names
from ormer.aws.errors import AwsError
from ormer.stores.database import Tx
from ormer.stores.functions import functions, invocations
from ormer.stores.port import Api
from ormer.stores.resources import Row


def ask(api: Api, tx: Tx, function: str, event: Any, now: float, retries: int | None = None) -> Row:
    """Ask a function, by its name or ARN, as whoever `api` stands for; it runs when the transaction commits.

    retries: how often it is tried again, None for what the function says. Raises AwsError as Invoke does.
    """
    payload = json.dumps(event)
    api("lambda", "Invoke", {"FunctionName": function, "InvocationType": "DryRun", "Payload": payload.encode()})
    target = functions.target(tx, api.identity.account, api.region, function_names.parse(function))
    if target is None:
        raise AwsError("ResourceNotFoundException", f"Function not found: {function}", 404)
    vault, actor = api.port.stores.vault, api.identity.arn
    return invocations.begin(tx, vault, target, payload, now=now, asynchronous=True, actor=actor, retries=retries)
