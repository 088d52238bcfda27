"""Invocations: one row each, from the moment it was asked for until its answer is no longer needed.

The row is the durable part: the task "function_invocation" moves it on. What waits for an asynchronous one watches the
row and finds the answer in it.
"""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions.functions import Target
from ormer.stores.resources import Row
from ormer.stores.secrets import Vault
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = "FunctionInvocation"
RUNNING, SUCCEEDED, FAILED = "RUNNING", "SUCCEEDED", "FAILED"
# How long an answer that was given later can still be read.
KEPT_SECONDS = 86_400.0


@dataclass(frozen=True)
class Answer:
    """How an invocation ended. payload: the function's JSON, or that of its error. error: Lambda's word for a
    function that failed (`Unhandled`), "" when it did not. tail: the last of its log.

    code, message: set when the function could not be run at all; then it has no payload.
    """

    payload: str = ""
    error: str = ""
    tail: str = ""
    code: str = ""
    message: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.error or self.code)


def begin(
    tx: Tx,
    vault: Vault,
    target: Target,
    payload: str,
    *,
    now: float,
    asynchronous: bool,
    actor: str = "",
    client_context: str = "",
    retries: int | None = None,
) -> Row:
    """Ask for an invocation; it runs when this transaction commits.

    retries: how often it is tried again after a failure, None for what the function's configuration says.
    """
    request_id = str(uuid.uuid4())
    row = resources.create(
        tx,
        arn=f"{target.function.arn}:{target.version}/durable-execution/{request_id}",
        kind=KIND,
        name=request_id,
        parent=target.function.arn,
        status=RUNNING,
        document={"FunctionArn": target.arn, "Version": target.version, "StartTimestamp": now},
        facts={
            "id": request_id.replace("-", ""),
            "configuration": target.configuration.arn,
            "qualifier": target.qualifier,
            "event": base64.b64encode(vault.seal(payload, request_id)).decode(),
            "asynchronous": asynchronous,
            "attempt": 1,
            "client_context": client_context,
            **({} if retries is None else {"retries": retries}),
        },
        now=now,
        actor=actor,
        event=False,
    )
    assert row is not None, "a new id is nobody's"
    return row


def event_of(row: Row, vault: Vault) -> str:
    """What the function is given, as JSON. It lies sealed: events carry credentials and addresses for answers."""
    return vault.open(base64.b64decode(row.facts["event"]), row.name)


def answer_of(row: Row) -> Answer:
    """The answer of an invocation that has ended."""
    return Answer(**row.facts["answer"])


def reason_of(row: Row) -> str:
    """Why an invocation failed, in words."""
    return reason_of_answer(answer_of(row))


def reason_of_answer(answer: Answer) -> str:
    """Why an answer is a failure, in words."""
    try:
        told = json.loads(answer.payload) if answer.payload else {}
    except ValueError:
        told = {}
    said = told.get("errorMessage") if isinstance(told, dict) else ""
    return str(answer.message or said or "it says no more")


def forget_old(tx: Tx, now: float) -> None:
    """Remove invocations that ended so long ago that nobody asks for them any more."""
    c = table.c
    old = (c.kind == KIND, c.status != RUNNING, c.modified < now - KEPT_SECONDS)
    for row in tx.all(sa.select(c.arn).where(*old).limit(500)):
        resources.delete(tx, row["arn"])
