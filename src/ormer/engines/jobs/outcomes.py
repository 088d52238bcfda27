"""How a job ended, in AWS's words: the final status and the sentence that tells a person what broke."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ormer.engines.jobs.plans import TRAINING
from ormer.engines.jobs.supervision import Result

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html (FailureReason, ExitMessage)
FILE_BYTES_MAX = 1024
REASON_CHARACTERS_MAX = 1024
TRACEBACK_START = "Traceback (most recent call last)"
LINES_MAX = 12
DISK_WORDS = ("No space left on device", "Errno 28", "Disk quota exceeded")


@dataclass(frozen=True)
class Outcome:
    """The final status. secondary: a training job's SecondaryStatus. reason: "" when there is nothing to explain.

    exit_message: what a processing job wrote to /opt/ml/output/message. lost: nobody saw how it ended.
    """

    status: str
    secondary: str
    reason: str = ""
    exit_message: str = ""
    lost: bool = False


def outcome_of(kind: str, stopping: bool, results: Sequence[Result], folders: Sequence[Path]) -> Outcome:
    """The outcome of a job from its hosts' results and their /opt/ml folders, both in the hosts' order."""
    blamed = _blamed(results)
    result, folder = results[blamed], folders[blamed]
    message = said(folder / "output" / "message")
    if all(each.succeeded for each in results):
        return Outcome("Completed", "Completed", exit_message=message)
    if result.reason == "Stopped" or (stopping and result.reason not in ("OutOfMemory", "Lost", "SupervisorFailed")):
        return Outcome("Stopped", "Stopped", exit_message=message)
    if result.reason == "MaxRuntimeExceeded":
        if kind == TRAINING:
            return Outcome("Stopped", "MaxRuntimeExceeded")
        return Outcome("Stopped", "Stopped", reason=f"MaxRuntimeExceeded: {result.message}", exit_message=message)
    reason = _reason(result, said(folder / "output" / "failure"), message)
    if len(results) > 1:
        reason = f"{reason} (on {folder.parent.name})"
    return Outcome("Failed", "Failed", reason[:REASON_CHARACTERS_MAX], message, lost=result.reason == "Lost")


def said(path: Path) -> str:
    """The first kilobyte of a file the job may have written; "" when there is none. Links are not followed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return os.read(descriptor, FILE_BYTES_MAX).decode("utf-8", "ignore").strip()
    finally:
        os.close(descriptor)


def _blamed(results: Sequence[Result]) -> int:
    """Which host's end explains the job's: the first to fail by itself, for the others were stopped because of it."""
    own = [number for number, result in enumerate(results) if not result.succeeded and result.reason != "Stopped"]
    if own:
        return min(own, key=lambda number: results[number].ended or 0)
    stopped = [number for number, result in enumerate(results) if not result.succeeded]
    return stopped[0] if stopped else 0


def _reason(result: Result, failure: str, message: str) -> str:
    tail = [line for line in result.tail if line.strip()]
    code = f"exit code: {result.exit_code}" if result.exit_code else ""
    if result.reason == "Lost":
        text = result.message or "its supervisor ended without saying how"
        return f"InternalServerError: the job was lost: {text}. It was killed, or the machine went down while it ran."
    if result.reason == "OutOfMemory":
        return f"AlgorithmError: OutOfMemory: {result.message}; use a larger instance type, {code or 'killed'}"
    if result.reason == "StartFailed":
        return f"ClientError: the job's command could not be started: {result.message or _ending(tail)}"
    if result.reason == "SupervisorFailed":
        return f"InternalServerError: {result.message}"
    if result.reason == "ServerDied":
        return f"AlgorithmError: {result.message}: {_ending(tail)}"
    words = failure or message or _ending(tail)
    if any(word in line for word in DISK_WORDS for line in [*tail, words]):
        words = f"the disk is full (No space left on device): {words}"
    if not words.startswith(("AlgorithmError", "ClientError", "InternalServerError")):
        words = f"AlgorithmError: {words}" if words else "AlgorithmError: the program ended without a word"
    if code and f"{result.exit_code}" not in words[-40:]:
        room = REASON_CHARACTERS_MAX - len(code) - 2
        words = f"{_kept(words, room)}, {code}"
    return words


def _ending(tail: Sequence[str]) -> str:
    """The last words of a program: its last traceback, or its last lines."""
    text = "\n".join(tail[-LINES_MAX:])
    whole = "\n".join(tail)
    start = whole.rfind(TRACEBACK_START)
    if start >= 0:
        text = whole[start:]
    return _kept(text, REASON_CHARACTERS_MAX - 60)


def _kept(text: str, characters_max: int) -> str:
    """The end of a text that is too long: what went wrong stands in the last line."""
    return text if len(text) <= characters_max else "..." + text[-(characters_max - 3) :]
