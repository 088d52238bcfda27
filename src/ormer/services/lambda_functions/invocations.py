"""Invocations: a function is asked, now or soon."""

from __future__ import annotations

import base64
import json
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.lambda_functions import naming
from ormer.stores import resources
from ormer.stores.functions import invocations
from ormer.stores.functions.functions import Target
from ormer.stores.functions.invocations import Answer
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SYNCHRONOUS_BYTES_MAX, ASYNCHRONOUS_BYTES_MAX = 6_291_556, 1_048_576
# Beyond the function's own time-out: its environment may have to be built first.
PATIENCE_SECONDS = 900.0
STATUSES = {"TooManyRequestsException": 429, "ResourceNotFoundException": 404}


def invoke(call: Call, request: JsonDict) -> JsonDict:
    """Run a function: wait for its answer, let it run by itself (Event), or only ask whether one may (DryRun).

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    Differs: every invocation has a process of its own; resource policies are asked for REST APIs only.
    Errors: ResourceNotFoundException, InvalidRequestContentException, TooManyRequestsException, and what kept a
    function from being run at all.
    """
    kind = request.get("InvocationType", "RequestResponse")
    target = naming.target(call, request)
    payload = _text(request, ASYNCHRONOUS_BYTES_MAX if kind == "Event" else SYNCHRONOUS_BYTES_MAX)
    if kind == "DryRun":
        return {"StatusCode": 204}
    # Nobody waits inside a transaction: there the function runs once that has been committed.
    if kind == "Event" or call.stores.database.in_transaction:
        _begin(call, target, payload, request, asynchronous=True)
        return {"StatusCode": 202}
    return _answered(call, target, payload, request)


def _begin(call: Call, target: Target, payload: str, request: JsonDict, asynchronous: bool) -> str:
    with call.write() as tx:
        row = invocations.begin(
            tx,
            call.stores.vault,
            target,
            payload,
            now=call.now,
            asynchronous=asynchronous,
            actor=call.identity.arn,
            client_context=_context(request),
        )
    return row.arn


def _answered(call: Call, target: Target, payload: str, request: JsonDict) -> JsonDict:
    plane = call.port.function_plane
    if plane is None:
        raise AwsError("ServiceException", "No functions are run in this process.", 500)
    arn = _begin(call, target, payload, request, asynchronous=False)
    row = plane.wait(arn, target.configuration.document["Timeout"] + PATIENCE_SECONDS)
    if row is None:
        raise AwsError("ServiceException", "The function did not end in time; its log says more.", 500)
    with call.stores.database.write(durable=False) as tx:
        resources.delete(tx, arn)
    answer = invocations.answer_of(row)
    if answer.code:
        raise AwsError(answer.code, answer.message, STATUSES.get(answer.code, 502), Type="User")
    return {
        "StatusCode": 200,
        "ExecutedVersion": target.version,
        "Payload": answer.payload.encode(),
        **({"FunctionError": answer.error} if answer.error else {}),
        **_tail(answer, request),
    }


def _tail(answer: Answer, request: JsonDict) -> JsonDict:
    return {"LogResult": answer.tail} if request.get("LogType") == "Tail" else {}


def _text(request: JsonDict, bytes_max: int) -> str:
    """The payload as JSON. Raises InvalidRequestContentException."""
    content = request.get("Payload") or b"{}"
    raw = content.encode() if isinstance(content, str) else bytes(content)
    if len(raw) > bytes_max:
        text = f"{len(raw)} byte payload is too large for the invocation (limit {bytes_max} bytes)"
        raise AwsError("RequestTooLargeException", text, 413, Type="User")
    try:
        text = raw.decode()
        json.loads(text)
    except (ValueError, RecursionError) as error:
        why = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", why, 400, Type="User") from None
    return text


def _context(request: JsonDict) -> str:
    """The client's context as JSON, "" without one; what cannot be read is passed over."""
    try:
        text = base64.b64decode(request.get("ClientContext") or "").decode()
        return text if text and isinstance(json.loads(text), dict) else ""
    except ValueError:
        return ""
