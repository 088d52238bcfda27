"""Retry policies of a step: which failures are tried again, when, and how often.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError

SERVICE_FAULT = "Step.SERVICE_FAULT"
THROTTLING = "Step.THROTTLING"
INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
CAPACITY_ERROR = "SageMaker.CAPACITY_ERROR"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"
EXCEPTION_TYPES = (SERVICE_FAULT, THROTTLING, INTERNAL_ERROR, CAPACITY_ERROR, RESOURCE_LIMIT)
# How a job's FailureReason begins.
REASONS = {"InternalServerError": INTERNAL_ERROR, "CapacityError": CAPACITY_ERROR}
THROTTLED = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"})
MINUTE_SECONDS = 60.0
ATTEMPTS_MAX = 20


@dataclass(frozen=True)
class RetryPolicy:
    """types: the exceptions it is for. The pause before retry n (from 0) is interval_seconds * rate ** n.

    Bounded by attempts_max tries in all or by seconds_max since the first one.
    """

    types: frozenset[str]
    rate: float
    interval_seconds: float
    attempts_max: int | None
    seconds_max: float | None

    def pause_seconds(self, attempts: int, since_first_seconds: float) -> float | None:
        """How long to wait before the next attempt after `attempts` failed ones; None to give up."""
        if self.attempts_max is not None and attempts > self.attempts_max:
            return None
        pause = self.interval_seconds * self.rate ** (attempts - 1)
        if self.seconds_max is not None and since_first_seconds + pause > self.seconds_max:
            return None
        return float(pause)


def policy(raw: Any) -> RetryPolicy:
    """A policy of a definition. ValueError says what is wrong with it."""
    if not isinstance(raw, dict):
        raise ValueError("every one of its RetryPolicies must be an object")
    types = raw.get("ExceptionType") or []
    unknown = [one for one in types if one not in EXCEPTION_TYPES]
    if not types or unknown:
        raise ValueError(f"ExceptionType of a retry policy is {types!r}; it takes some of {', '.join(EXCEPTION_TYPES)}")
    attempts, minutes = raw.get("MaxAttempts"), raw.get("ExpireAfterMin")
    if attempts is not None and not 1 <= attempts <= ATTEMPTS_MAX:
        raise ValueError(f"MaxAttempts of a retry policy is {attempts}; it must be from 1 to {ATTEMPTS_MAX}")
    return RetryPolicy(
        frozenset(types),
        float(raw.get("BackoffRate", 2.0)),
        float(raw.get("IntervalSeconds", 1)),
        attempts,
        minutes * MINUTE_SECONDS if minutes is not None else None,
    )


def kind_of_reason(reason: str) -> str | None:
    """The exception type of a failed job, by the beginning of its FailureReason; None for the user's own mistakes."""
    return next((kind for prefix, kind in REASONS.items() if reason.startswith(prefix)), None)


def kind_of_error(error: AwsError) -> str | None:
    """The exception type of a refused request."""
    if error.code == "ResourceLimitExceeded":
        return RESOURCE_LIMIT
    if error.code in THROTTLED:
        return THROTTLING
    return SERVICE_FAULT if error.status in (500, 503) else None


def pause_seconds(
    policies: Iterable[RetryPolicy], kind: str | None, attempts: int, since_first_seconds: float
) -> float | None:
    """How long to wait before trying again; None when no policy covers this failure or its bounds are reached."""
    covering = next((one for one in policies if kind in one.types), None)
    return covering.pause_seconds(attempts, since_first_seconds) if covering else None
