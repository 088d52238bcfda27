"""What a build tells when it moves: CodeBuild's two events, written in the transaction of the change.

https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html#sample-build-notifications-ref
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ormer.stores import events
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
SOURCE = "aws.codebuild"
STATE_CHANGE = "CodeBuild Build State Change"
PHASE_CHANGE = "CodeBuild Build Phase Change"
PROJECT, BUILD = "BuildProject", "Build"


def tell_state(tx: Tx, row: Row, now: float, actor: str = "") -> None:
    """Say that the build has the status it has now."""
    document = row.document
    phase = document["phases"][-1] if document["phases"] else {}
    detail = {
        "build-status": document["buildStatus"],
        "project-name": document["projectName"],
        "build-id": row.arn,
        "additional-information": _about(document),
        "current-phase": document["currentPhase"],
        "current-phase-context": _context(phase),
        "version": "1",
    }
    _emit(tx, row, STATE_CHANGE, detail, now, actor)


def tell_phase(tx: Tx, row: Row, phase: JsonDict, now: float) -> None:
    """Say that a phase of the build is over."""
    detail = {
        "completed-phase": phase["phaseType"],
        "completed-phase-status": phase.get("phaseStatus", "SUCCEEDED"),
        "completed-phase-context": _context(phase),
        "completed-phase-duration-seconds": phase.get("durationInSeconds", 0),
        "completed-phase-start": _date(phase.get("startTime")),
        "completed-phase-end": _date(phase.get("endTime", phase.get("startTime"))),
        "project-name": row.document["projectName"],
        "build-id": row.arn,
        "additional-information": _about(row.document),
        "version": "1",
    }
    _emit(tx, row, PHASE_CHANGE, detail, now, "")


def _emit(tx: Tx, row: Row, detail_type: str, detail: JsonDict, now: float, actor: str) -> None:
    events.emit(
        tx,
        account=row.account,
        region=row.region,
        source=SOURCE,
        detail_type=detail_type,
        detail=detail,
        resources=[row.arn],
        now=now,
        actor=actor,
    )


def _about(document: JsonDict) -> JsonDict:
    environment, source = document["environment"], document["source"]
    logs = document["logs"]
    artifact = {key: document["artifacts"].get(key, "") for key in ("md5sum", "sha256sum", "location")}
    found: JsonDict = {
        "artifact": artifact,
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment.get("privilegedMode", False),
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment.get("environmentVariables", []),
        },
        "timeout-in-minutes": document["timeoutInMinutes"],
        "build-complete": document["buildComplete"],
        "build-number": document["buildNumber"],
        "initiator": document["initiator"],
        "build-start-time": _date(document["startTime"]),
        "source": {"type": source["type"], **({"location": source["location"]} if "location" in source else {})},
        "logs": {
            "group-name": logs.get("groupName", ""),
            "stream-name": logs.get("streamName", ""),
            "deep-link": logs.get("deepLink", ""),
        },
        "phases": [_phase(each) for each in document["phases"]],
    }
    if "sourceVersion" in document:
        found["source-version"] = document["sourceVersion"]
    return found


def _phase(phase: JsonDict) -> JsonDict:
    found = {"phase-type": phase["phaseType"], "start-time": _date(phase.get("startTime"))}
    if "endTime" in phase:
        found |= {
            "phase-context": [f"{each['statusCode']}: {each['message']}" for each in phase.get("contexts", [])],
            "end-time": _date(phase["endTime"]),
            "duration-in-seconds": phase.get("durationInSeconds", 0),
            "phase-status": phase.get("phaseStatus", "SUCCEEDED"),
        }
    return found


def _context(phase: JsonDict) -> str:
    """The contexts of a phase as one text, which is how AWS sends them."""
    told = [f"{each['statusCode']}: {each['message']}" for each in phase.get("contexts", [])]
    return json.dumps(told) if told else "[]"


def _date(seconds: float | None) -> str:
    """`Sep 1, 2017 4:12:29 PM`, in UTC."""
    at = datetime.fromtimestamp(seconds or 0.0, UTC)
    return f"{at:%b} {at.day}, {at.year} {at.hour % 12 or 12}:{at:%M:%S %p}"
