"""Reading and writing the analyzer's JSON files the way Spark's pretty printer lays them out."""

import json
import math
from pathlib import Path
from typing import Any

from .mistakes import ClientError

NOT_A_NUMBER = "NaN"


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Write `document` to `path`, creating its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_pretty(document, ""))


def _pretty(value: Any, indent: str) -> str:
    """Objects by lines, lists of plain values on one line: long sketches stay short to write and to read."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        members = (f"{inner}{json.dumps(key)} : {_pretty(member, inner)}" for key, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        return "[ " + ", ".join(_pretty(item, indent) for item in value) + " ]"
    return json.dumps(value, allow_nan=False)


def read_document(path: Path, what: str) -> dict[str, Any]:
    """The JSON object in `path` (or in the only JSON file of that folder); `what` names it in errors."""
    if path.is_dir():
        files = sorted(path.rglob("*.json"))
        if len(files) != 1:
            raise ClientError(f"Expected one {what} file in {path}, found {len(files)}.")
        path = files[0]
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ClientError(f"Unable to read the {what} file {path}: {error.strerror}.") from error
    except ValueError as error:
        raise ClientError(f"The {what} file {path} is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise ClientError(f"The {what} file {path} must hold a JSON object.")
    return document


def number_or_text(value: float) -> float | str:
    """`value`, or the word AWS writes where JSON has no number for it."""
    if math.isfinite(value):
        return value
    return NOT_A_NUMBER if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def java_text(value: float) -> str:
    """`value` as Java prints a double, which the wordings of violations show: 0.0, 1.0E-4, 3.8E7."""
    if not math.isfinite(value):
        return str(number_or_text(value))
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    mantissa, _, exponent = f"{value:.17e}".partition("e")
    shortest = repr(float(value))
    digits = shortest.partition("e")[0] if "e" in shortest else None
    if digits is None:
        digits = next(f"{value:.{n}e}".partition("e")[0] for n in range(1, 18) if float(f"{value:.{n}e}") == value)
    mantissa = digits if "." in digits else digits + ".0"
    return f"{mantissa}E{int(exponent)}"
