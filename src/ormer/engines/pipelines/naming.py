"""Names of what a step makes: derived from execution, step and attempt, so that nothing is made twice."""

from __future__ import annotations

import hashlib
import re

NAME_LENGTH_MAX = 63
STEP_LENGTH_MAX = 20
TUNING_LENGTH_MAX = 32
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SUFFIX_LENGTH = 10


def suffix(*parts: str | int, length: int = SUFFIX_LENGTH) -> str:
    """Letters and digits that only these parts give."""
    number = int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest())
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(DIGITS))
        letters.append(DIGITS[index])
    return "".join(letters)


def job_name(execution_arn: str, step: str, attempt: int, prefix: str | None = None) -> str:
    """AWS's form `pipelines-<execution id>-<step>-<10 letters>`, or with the definition's own prefix in front.

    At most 63 characters, letters, digits and single inner hyphens as job names must be.
    """
    identifier = execution_arn.rsplit("/", 1)[-1]
    end = suffix(execution_arn, step, attempt)
    if prefix:
        room = NAME_LENGTH_MAX - len(identifier) - len(end) - 2
        return f"{_plain(prefix)[:room].rstrip('-')}-{identifier}-{end}"
    return f"pipelines-{identifier}-{_plain(step)[:STEP_LENGTH_MAX].rstrip('-')}-{end}"


def tuning_name(execution_arn: str, step: str, attempt: int) -> str:
    """The same for tuning and AutoML jobs, whose names have 32 characters: `<execution id>-<step>-<10 letters>`."""
    identifier, end = execution_arn.rsplit("/", 1)[-1], suffix(execution_arn, step, attempt)
    room = TUNING_LENGTH_MAX - len(identifier) - len(end) - 2
    return f"{identifier}-{_plain(step)[:room].rstrip('-')}-{end}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "step"
