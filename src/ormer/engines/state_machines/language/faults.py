"""What goes wrong in a state: an error's name, by which retriers and catchers find it, and its cause in words.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

ALL, TASK_FAILED, TIMEOUT = "States.ALL", "States.TaskFailed", "States.Timeout"
RUNTIME, DATA_LIMIT = "States.Runtime", "States.DataLimitExceeded"
PARAMETER_PATH, RESULT_PATH = "States.ParameterPathFailure", "States.ResultPathMatchFailure"
INTRINSIC, NO_CHOICE, BRANCH = "States.IntrinsicFailure", "States.NoChoiceMatched", "States.BranchFailed"
HEARTBEAT, PERMISSIONS, EVALUATION = "States.HeartbeatTimeout", "States.Permissions", "States.QueryEvaluationError"
EXCEED = "States.ExceedToleratedFailureThreshold"
# Names that begin so and are none of these may not be thrown or caught.
KNOWN = frozenset(
    (
        ALL,
        TASK_FAILED,
        TIMEOUT,
        RUNTIME,
        DATA_LIMIT,
        PARAMETER_PATH,
        RESULT_PATH,
        INTRINSIC,
        NO_CHOICE,
        BRANCH,
        HEARTBEAT,
        PERMISSIONS,
        EVALUATION,
        EXCEED,
        "States.ItemReaderFailed",
        "States.ResultWriterFailed",
        "States.Http.Socket",
    )
)
# What States.ALL does not catch.
UNCAUGHT = frozenset((RUNTIME, DATA_LIMIT))


class Fault(Exception):
    """A state that fails. error: its name. cause: why, in words."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(cause)
        self.error = error
        self.cause = cause


def matches(names: list[str], error: str) -> bool:
    """Whether a retrier or catcher that names these errors is for this one."""
    if error in names:
        return True
    if ALL in names:
        return error not in UNCAUGHT
    # A task's own errors are failures of a task, a time-out excepted; a missed heartbeat is a time-out too.
    if TASK_FAILED in names:
        return error != TIMEOUT and error not in UNCAUGHT and not error.startswith("States.")
    return TIMEOUT in names and error == HEARTBEAT
