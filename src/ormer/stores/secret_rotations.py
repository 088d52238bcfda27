"""Rotations of secrets: a version is begun, a function fills it in four steps, and it becomes the current one.

A rotation under way stands in the secret's facts: {"token": version id, "step": number, "invocation": ARN or ""}.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_how.html
"""

from __future__ import annotations

import math

from ormer.aws.schedules import Schedule
from ormer.stores import resources, secret_versions, tasks
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.secret_versions import PENDING, Version

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
FACT = "rotation"
DAY_SECONDS = 86_400.0


def begin(tx: Tx, row: Row, token: str, now: float) -> Row:
    """Begin a rotation: an empty version of id `token` that is pending, for the function to fill."""
    versions = secret_versions.of(tx, row.arn)
    pending = next((one for one in versions if PENDING in one.stages and not one.sealed), None)
    if pending is not None and pending.id != token:
        # What an earlier rotation began and never filled.
        secret_versions.forget(tx, pending)
    if secret_versions.find(tx, row.arn, token) is None:
        number = versions[-1].number + 1 if versions else 1
        secret_versions.add(tx, Version(row.arn, token, number, b"", False, "", [], now))
    secret_versions.move(tx, row.arn, PENDING, token)
    tasks.wake(tx, secret_versions.ROTATION_TASK, row.arn)
    return resources.save(tx, row, {}, now=now, facts={FACT: {"token": token, "step": 0, "invocation": ""}})


def following(rules: dict[str, object], now: float) -> float | None:
    """When the next rotation is due by a secret's rules; None when they name no time. Raises ValueError."""
    if rules.get("ScheduleExpression"):
        return Schedule.parse(str(rules["ScheduleExpression"])).next_after(now)
    days = rules.get("AutomaticallyAfterDays")
    # AWS rotates in the day's window, which begins at midnight UTC.
    return math.floor(now / DAY_SECONDS + float(str(days))) * DAY_SECONDS if days else None
