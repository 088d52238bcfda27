"""What a build's document says of its phases: our own, and those its program told of, which may have told anything.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BuildPhase.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.jobs.supervision import Result

JsonDict = dict[str, Any]
BEFORE = ("SUBMITTED", "QUEUED", "PROVISIONING")
INSIDE = ("DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS")
SUCCEEDED, FAILED, FAULT = "SUCCEEDED", "FAILED", "FAULT"
STOPPED, TIMED_OUT = "STOPPED", "TIMED_OUT"
MESSAGE_CHARACTERS_MAX = 4000
VARIABLES_MAX = 100


def entered(phases: list[JsonDict], phase: str, now: float) -> list[JsonDict]:
    """The phases with the last one ended well and the next one begun."""
    return [*ended(phases, now, SUCCEEDED), {"phaseType": phase, "startTime": now}]


def ended(phases: list[JsonDict], now: float, status: str, contexts: list[JsonDict] | None = None) -> list[JsonDict]:
    """The phases with the last one over, unless it is already."""
    *earlier, last = phases
    if "endTime" in last:
        return phases
    closed = {
        **last,
        "phaseStatus": status,
        "endTime": max(now, last["startTime"]),
        "durationInSeconds": max(0, int(now - last["startTime"])),
        "contexts": contexts or last.get("contexts", []),
    }
    return [*earlier, closed]


def with_inside(phases: list[JsonDict], told: object) -> list[JsonDict]:
    """The phases with what the program tells of those inside; our own before them have ended."""
    inside = [phase for each in (told if isinstance(told, list) else []) if (phase := _phase(each))]
    if not inside:
        return phases
    before = [phase for phase in phases if phase["phaseType"] in BEFORE]
    return [*ended(before, inside[0]["startTime"], SUCCEEDED), *inside[: len(INSIDE)]]


def finished(phases: list[JsonDict], status: str, contexts: list[JsonDict], now: float) -> list[JsonDict]:
    """The phases of a build that is over."""
    last = ended(phases, now, SUCCEEDED if status == SUCCEEDED else status, contexts)
    if contexts and "endTime" in phases[-1] and phases[-1].get("phaseStatus") == SUCCEEDED:
        last = [*last[:-1], {**last[-1], "phaseStatus": status, "contexts": contexts}]
    final = {"phaseType": "FINALIZING", "startTime": now, "endTime": now, "durationInSeconds": 0}
    return [*last, {**final, "phaseStatus": SUCCEEDED, "contexts": []}, {"phaseType": "COMPLETED", "startTime": now}]


def verdict(result: Result, stopping: bool) -> tuple[str, list[JsonDict]]:
    """The build's status and the contexts of the phase it ended in, from how its program ended."""
    if result.succeeded:
        return SUCCEEDED, []
    if result.reason == "Stopped" or (stopping and result.reason == "Exited"):
        return STOPPED, []
    if result.reason == "MaxRuntimeExceeded":
        return TIMED_OUT, [context("BUILD_TIMED_OUT", "Build has timed out.")]
    if result.reason == "OutOfMemory":
        return FAILED, [context("OUT_OF_MEMORY", f"{result.message}; choose a larger compute type")]
    if result.reason == "Exited":
        tail = "\n".join(line for line in result.tail[-8:] if line.strip())
        return FAILED, [context("COMMAND_EXECUTION_ERROR", tail)]
    text = result.message or "it was killed, or the machine went down while it ran"
    return FAULT, [context("INTERNAL_SERVICE_ERROR", f"the build was lost: {text}")]


def says_why(phases: list[JsonDict]) -> bool:
    """Whether a phase has told already why the build failed."""
    return any(phase.get("phaseStatus") == FAILED and phase.get("contexts") for phase in phases)


def exported(told: object) -> list[JsonDict]:
    """The variables a build exports, as its document has them."""
    pairs = [each for each in (told if isinstance(told, list) else []) if isinstance(each, dict)]
    found = [{"name": str(each.get("name", "")), "value": str(each.get("value", ""))} for each in pairs]
    return [each for each in found if each["name"]][:VARIABLES_MAX]


def context(code: str, message: str) -> JsonDict:
    """Why a phase ended as it did. A text of the form `CODE: words` keeps its own code."""
    head, colon, rest = message.partition(": ")
    if colon and head.isupper() and head.replace("_", "").isalpha():
        code, message = head, rest
    return {"statusCode": code, "message": message[:MESSAGE_CHARACTERS_MAX]}


def _phase(told: object) -> JsonDict | None:
    """One phase of the program's, None for what is none."""
    if not isinstance(told, dict) or told.get("phaseType") not in INSIDE or not _is_time(told.get("startTime")):
        return None
    found: JsonDict = {"phaseType": told["phaseType"], "startTime": float(told["startTime"])}
    contexts = [each for each in told.get("contexts") or () if isinstance(each, dict)]
    found["contexts"] = [
        {
            "statusCode": str(each.get("statusCode", ""))[:100],
            "message": str(each.get("message", ""))[:MESSAGE_CHARACTERS_MAX],
        }
        for each in contexts[:10]
    ]
    if _is_time(told.get("endTime")):
        seconds = max(0.0, float(told["endTime"]) - found["startTime"])
        status = told.get("phaseStatus")
        found |= {
            "endTime": float(told["endTime"]),
            "durationInSeconds": int(seconds),
            "phaseStatus": status if status in (SUCCEEDED, FAILED) else FAILED,
        }
    return found


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
