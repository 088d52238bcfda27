"""How a job says why it failed: the errors that are the user's to mend, and the file /opt/ml/output/failure."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

FAILURE_CHARS_MAX = 1024
"""The platform shows this many characters of the failure file as FailureReason.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
"""

PLATFORM_WORDS_CHARS = 64
"""Room left for what the platform adds around the text: "AlgorithmError: " before it, ", exit code: 1" behind it."""

TRACEBACK_START = "Traceback (most recent call last)"
COMMAND_CHARS_MAX = 160
CUT = "..."


class UserError(Exception):
    """The user's data, parameters or code are at fault; the text says what to change."""


class AlgorithmError(Exception):
    """The algorithm failed on input that looked right."""


class CommandFailed(UserError):
    """A command of the user's (a script, an installation) ended with an exit code other than 0.

    The text has the form of SageMaker's training toolkit and fits into FailureReason with the end of the output in it,
    because a traceback says what happened in its last lines.
    """

    def __init__(self, kind: str, command: str, exit_code: int, output: str, extra: Optional[str] = None) -> None:
        self.kind = kind
        self.exit_code = exit_code
        head = '{}:\nExitCode {}\nErrorMessage "'.format(kind, exit_code)
        tail = '"\n'
        if extra:
            tail += 'ExtraInfo "{}"\n'.format(extra)
        tail += 'Command "{}"'.format(shorten(command, COMMAND_CHARS_MAX))
        room = FAILURE_CHARS_MAX - PLATFORM_WORDS_CHARS - len(head) - len(tail)
        super().__init__(head + last_words(output, room) + tail)


def last_words(output: str, chars_max: int) -> str:
    """Returns the part of a program's output that says why it ended: the last traceback, cut from its front to fit.

    Whole lines are dropped first, so that the text starts at a line's beginning.
    """
    output = output.strip()
    start = output.rfind(TRACEBACK_START)
    if start >= 0:
        output = output[start:]
    if len(output) <= chars_max:
        return output
    kept = output[-(chars_max - len(CUT) - 1) :]
    first_break = kept.find("\n")
    if 0 <= first_break < len(kept) - 1:
        kept = kept[first_break + 1 :]
    return CUT + "\n" + kept


def shorten(text: str, chars_max: int) -> str:
    """Returns the text, cut in its middle where it is longer than chars_max."""
    if len(text) <= chars_max:
        return text
    half = (chars_max - len(CUT)) // 2
    return text[:half] + CUT + text[-half:]


def write_failure(root: Path, reason: str) -> None:
    """Writes the reason where the platform looks for it. An earlier reason, written by user code itself, stays."""
    path = root / "output" / "failure"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size:
        return
    path.write_text(reason, encoding="utf-8", errors="replace")
