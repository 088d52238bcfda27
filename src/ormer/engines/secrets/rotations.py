"""The task "secret_rotation": asks a secret's function for its four steps, one after the other, and again when due.

Durable is which step is under way, and its invocation, in the secret's facts; both are written in the transaction that
asks the function, so each step is asked once. A step that fails ends the rotation: the pending version stays pending,
and the next rotation begins anew.
"""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.engines.worker import Again, Work
from ormer.stores import events, resources, secret_rotations
from ormer.stores.database import Tx
from ormer.stores.functions import asking, invocations
from ormer.stores.resources import Row
from ormer.stores.secret_rotations import FACT, STEPS
from ormer.stores.secret_versions import ROTATION_TASK

JsonDict = dict[str, Any]


def run(work: Work) -> Again | None:
    """Move the rotation of `work.subject` on, or wait for the next one."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None or "DeletedDate" in row.document:
            return None
        if not row.facts.get(FACT):
            return _wait(work, tx, row)
        return _move(work, tx, row, row.facts[FACT])


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """End a rotation whose task raises again and again; see `work.Ending`."""
    row = resources.get(tx, work.subject)
    if row is None or not row.facts.get(FACT):
        return False
    _end(work, tx, row, {}, "RotationFailed", reason)
    return True


def _wait(work: Work, tx: Tx, row: Row) -> Again | None:
    at = row.document.get("NextRotationDate") if row.document.get("RotationEnabled") else None
    if at is None:
        return None
    if work.now < at:
        return Again(at=at)
    secret_rotations.begin(tx, row, str(uuid.uuid4()), work.now)
    return Again(seconds=0.0)


def _move(work: Work, tx: Tx, row: Row, rotation: JsonDict) -> Again | None:
    if not rotation["invocation"]:
        return _ask(work, tx, row, rotation)
    asked = resources.get(tx, rotation["invocation"])
    if asked is not None and asked.status == invocations.RUNNING:
        resources.watch(tx, asked.arn, ROTATION_TASK, row.arn)
        return Again()
    step = STEPS[rotation["step"]]
    if asked is None or asked.status == invocations.FAILED:
        reason = invocations.reason_of(asked) if asked is not None else "its invocation is gone"
        _end(work, tx, row, {}, "RotationFailed", f"{step}: {reason}")
        return Again(seconds=0.0)
    if step == STEPS[-1]:
        _end(work, tx, row, {"LastRotatedDate": work.now}, "RotationSucceeded", "")
        return Again(seconds=0.0)
    _note(work, tx, row, {**rotation, "step": rotation["step"] + 1, "invocation": ""})
    return Again(seconds=0.0)


def _ask(work: Work, tx: Tx, row: Row, rotation: JsonDict) -> Again:
    api = work.port.acting_as(root_identity(row.account), row.region)
    event = {"Step": STEPS[rotation["step"]], "SecretId": row.arn, "ClientRequestToken": rotation["token"]}
    try:
        asked = asking.ask(api, tx, row.document["RotationLambdaARN"], event, work.now, retries=0)
    except AwsError as error:
        _end(work, tx, row, {}, "RotationFailed", error.message)
        return Again(seconds=0.0)
    _note(work, tx, row, {**rotation, "invocation": asked.arn})
    resources.watch(tx, asked.arn, ROTATION_TASK, row.arn)
    return Again()


def _note(work: Work, tx: Tx, row: Row, rotation: JsonDict | None) -> None:
    resources.save(tx, row, {}, now=work.now, facts={FACT: rotation}, touch=False)


def _end(work: Work, tx: Tx, row: Row, change: JsonDict, told: str, reason: str) -> None:
    """End a rotation, and tell of it as CloudTrail does."""
    at = secret_rotations.following(row.document.get("RotationRules") or {}, work.now)
    following = {"NextRotationDate": at} if at and row.document.get("RotationEnabled") else {}
    resources.save(tx, row, {**change, **following}, now=work.now, facts={FACT: None}, touch=bool(change))
    detail = {
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": told,
        "awsRegion": row.region,
        "additionalEventData": {"SecretId": row.arn, **({"errorMessage": reason} if reason else {})},
    }
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source="aws.secretsmanager",
        detail_type="AWS Service Event via CloudTrail",
        detail=detail,
        resources=[row.arn],
        now=work.now,
    )
