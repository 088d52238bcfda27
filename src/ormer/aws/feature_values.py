"""What a feature's value may be, and when a record's event was: the words of Feature Store, parsed and checked.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ormer.aws.errors import AwsError

JsonDict = dict[str, Any]
INTEGRAL, FRACTIONAL, STRING = "Integral", "Fractional", "String"
# Columns that the offline store adds to every record.
# https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
OWN_COLUMNS = ("write_time", "api_invocation_time", "is_deleted")
PARTITIONS = ("year", "month", "day", "hour")
SECONDS: Mapping[str, int] = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Days": 86_400, "Weeks": 604_800}
ISO = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z")
WHOLE = re.compile(r"[+-]?\d+")
LONG_MIN, LONG_MAX = -(1 << 63), (1 << 63) - 1
# The years 0001 and 9999, which a calendar can tell.
FIRST_SECOND, LAST_SECOND = -62_135_596_800.0, 253_402_300_799.0


def invalid(text: str) -> AwsError:
    """Feature Store's way to say that a record is wrong."""
    return AwsError("ValidationError", f"Validation Error: {text}")


def event_seconds(name: str, kind: str, value: str) -> float:
    """When a record's event was, in seconds since the epoch. ValidationError for a form Feature Store does not take.

    https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-create-feature-group.html
    """
    return _fractional_seconds(name, value) if kind == FRACTIONAL else _iso_seconds(name, value)


def check_value(name: str, kind: str, value: str) -> None:
    """Raise ValidationError unless a text is a value of the feature's type."""
    if kind == INTEGRAL:
        good = WHOLE.fullmatch(value) is not None and LONG_MIN <= int(value) <= LONG_MAX
    elif kind == FRACTIONAL:
        good = _is_number(value)
    else:
        good = True
    if not good:
        shown = value if len(value) <= 100 else f"{value[:100]}..."
        raise invalid(f"The value '{shown}' of the feature '{name}' is not of its type {kind}.")


def ttl_seconds(duration: Mapping[str, Any] | None) -> int | None:
    """A TtlDuration in seconds; None where there is none."""
    if not duration or "Value" not in duration:
        return None
    return int(duration["Value"]) * SECONDS[duration.get("Unit", "Seconds")]


def iso_time(seconds: float) -> str:
    """A moment as Feature Store writes it, with milliseconds where there are any."""
    moment = datetime.fromtimestamp(round(seconds, 3), UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}Z" if moment.microsecond else f"{text}Z"


def _iso_seconds(name: str, value: str) -> float:
    match = ISO.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        whole = datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        text = f"The event time '{value[:100]}' of the feature '{name}' is not in the format yyyy-MM-dd'T'HH:mm:ssZ"
        raise invalid(f"{text} or yyyy-MM-dd'T'HH:mm:ss.SSSZ of ISO-8601, such as 2026-03-01T12:00:00Z.") from None
    return whole + (float(f"0.{match[2]}") if match[2] else 0.0)


def _fractional_seconds(name: str, value: str) -> float:
    if not _is_number(value) or not FIRST_SECOND <= float(value) <= LAST_SECOND:
        text = f"The event time '{value[:100]}' of the feature '{name}' is not a time in Unix seconds"
        raise invalid(f"{text}, such as 1772366400.0.")
    return float(value)


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value)) and "_" not in value and value == value.strip()
    except ValueError:
        return False
