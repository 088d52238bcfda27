"""Whether a request satisfies its model's constraints, said in AWS's own words.

Validators are compiled once per operation into closures, because a Describe is checked thousands of times a minute.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import regex
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from ormer.aws.errors import AwsError

# Where a path leads, innermost last: ("tags", "1.member", "key") prints as 'tags.1.member.key'.
Path = tuple[str, ...]
Check = Callable[[Any, Path, list[str]], None]
Scalar = Callable[[Any], list[str]]

# The model's patterns are Java's; a hostile one must not hold a thread for longer than this.
PATTERN_SECONDS_MAX = 2.0
# AWS prints the refused value; a definition of a megabyte is not worth printing whole.
PRINTED_CHARACTERS_MAX = 1024

# Patterns that every text satisfies: matching them costs time (and for the last one backtracking) for nothing.
MATCH_ALL = frozenset({r"[\s\S]*", r"[\S\s]*", r"(?s).*", r"^[\s\S]*$", r".*(?:[ \r\n\t].*)*"})

# Java writes characters beyond the basic plane as surrogate pairs.
JAVA_ASTRAL_RANGE, ASTRAL_RANGE = r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"


# The error code services answer a failed constraint with; everyone else says ValidationException.
CODES: Mapping[str, str] = {
    "sts": "ValidationError",
    "sqs": "MissingParameter",
    "iam": "ValidationError",
    "cloudformation": "ValidationError",
    "cloudwatch": "ValidationError",
    "sagemaker-runtime": "ValidationError",
    "sagemaker-featurestore-runtime": "ValidationError",
    "sns": "ValidationError",
    "s3": "InvalidArgument",
    "logs": "InvalidParameterException",
    "ecr": "InvalidParameterException",
    "codebuild": "InvalidInputException",
    "athena": "InvalidRequestException",
    "glue": "InvalidInputException",
}


def code_for(service: str) -> str:
    """The code this service puts on a request that fails validation."""
    return CODES.get(service, "ValidationException")


class Checker:
    """Compiled validators by operation. Threads may share it: compiling twice is harmless."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], Check | None] = {}

    def check(self, operation: OperationModel, params: Mapping[str, Any]) -> None:
        """Raise the service's validation error when `params` break the model; members AWS does not know are ignored.

        Timestamps are numbers (epoch seconds), datetimes or ISO texts; blobs are bytes or base64 text.
        Errors: SerializationException for a value of the wrong type.
        """
        service = operation.service_model.service_name
        key = (service, operation.name)
        if key not in self._compiled:
            shape = operation.input_shape
            self._compiled[key] = None if shape is None else _compile(shape, {})
        check = self._compiled[key]
        if check is None:
            return
        errors: list[str] = []
        check(params, (), errors)
        if errors:
            raise AwsError(code_for(service), _sentence(errors))


def _sentence(errors: list[str]) -> str:
    count = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected: "
    return count + "; ".join(errors)


def _failed(value: Any, path: Path, constraint: str, sensitive: bool = False) -> str:
    shown = "null" if value is None else f"'{_printed(value)}'"
    where = f"Value {shown} at" if not sensitive else "Value at"
    return f"{where} '{'.'.join(path)}' failed to satisfy constraint: {constraint}"


def _printed(value: Any) -> str:
    """A value as Java's toString prints it, which is what AWS's messages show."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key}={_printed(item)}" for key, item in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(map(_printed, value)) + "]"
    else:
        text = str(value)
    return text if len(text) <= PRINTED_CHARACTERS_MAX else text[:PRINTED_CHARACTERS_MAX] + "..."


def lower_camel(name: str) -> str:
    """AWS prints `pipelineName` for the member PipelineName."""
    return name[:1].lower() + name[1:]


def wrong_type(found: Any, wanted: str) -> AwsError:
    """SerializationException in the words of AWS's JSON reader."""
    if isinstance(found, list | tuple):
        return AwsError("SerializationException", "Start of list found where not expected")
    if isinstance(found, Mapping):
        return AwsError("SerializationException", "Start of structure or map found where not expected.")
    kind = "TRUE_VALUE" if found is True else "FALSE_VALUE" if found is False else None
    kind = kind or ("NUMBER_VALUE" if isinstance(found, int | float) else "STRING_VALUE")
    return AwsError("SerializationException", f"{kind} can not be converted to {wanted}")


def _compile(shape: Shape, made: dict[str, Check]) -> Check:
    """The validator of one shape; `made` holds those under construction, so that recursive shapes end."""
    if shape.name in made:
        return made[shape.name]

    def later(value: Any, path: Path, errors: list[str]) -> None:
        made[shape.name](value, path, errors)

    made[shape.name] = later
    if isinstance(shape, StructureShape):
        check = _structure(shape, made)
    elif isinstance(shape, ListShape):
        check = _list(shape, made)
    elif isinstance(shape, MapShape):
        check = _map(shape, made)
    else:
        check = _leaf(shape)
    made[shape.name] = check
    return check


def _structure(shape: StructureShape, made: dict[str, Check]) -> Check:
    if shape.is_document_type or shape.metadata.get("eventstream"):
        return _anything
    members = {name: (lower_camel(name), _compile(member, made)) for name, member in shape.members.items()}
    required = [(name, lower_camel(name)) for name in shape.required_members]

    def check(value: Any, path: Path, errors: list[str]) -> None:
        if not isinstance(value, Mapping):
            raise wrong_type(value, "a structure")
        for name, shown in required:
            if value.get(name) is None:
                errors.append(_failed(None, (*path, shown), "Member must not be null"))
        for name, item in value.items():
            known = members.get(name)
            if known is not None and item is not None:
                known[1](item, (*path, known[0]), errors)

    return check


def _anything(value: Any, path: Path, errors: list[str]) -> None:
    """Documents and streams carry no constraints."""


def _list(shape: ListShape, made: dict[str, Check]) -> Check:
    size = _size_rules(shape)
    member = shape.member
    sensitive = bool(shape.metadata.get("sensitive"))
    scalar = None if isinstance(member, StructureShape | ListShape | MapShape) else _scalar(member)
    rules = _constraints(member) if scalar else ""
    nested = _compile(member, made) if scalar is None else None

    def check(value: Any, path: Path, errors: list[str]) -> None:
        if not isinstance(value, list | tuple):
            raise wrong_type(value, "a list")
        errors.extend(_failed(value, path, rule, sensitive) for rule in size(len(value)))
        if scalar is not None:
            if any(item is None or scalar(item) for item in value):
                constraint = f"Member must satisfy constraint: [{rules or 'Member must not be null'}]"
                errors.append(_failed(value, path, constraint, sensitive))
            return
        assert nested is not None
        for place, item in enumerate(value, 1):
            inner = (*path, f"{place}.member")
            if item is None:
                errors.append(_failed(None, inner, "Member must not be null"))
            else:
                nested(item, inner, errors)

    return check


def _map(shape: MapShape, made: dict[str, Check]) -> Check:
    size = _size_rules(shape)
    keys, values = _scalar(shape.key), shape.value
    sensitive = bool(shape.metadata.get("sensitive"))
    scalar = None if isinstance(values, StructureShape | ListShape | MapShape) else _scalar(values)
    nested = _compile(values, made) if scalar is None else None

    def check(value: Any, path: Path, errors: list[str]) -> None:
        if not isinstance(value, Mapping):
            raise wrong_type(value, "a map")
        errors.extend(_failed(value, path, rule, sensitive) for rule in size(len(value)))
        if any(keys(key) for key in value):
            constraint = f"Map keys must satisfy constraint: [{_constraints(shape.key)}]"
            errors.append(_failed(value, path, constraint, sensitive))
        if scalar is not None:
            if any(item is not None and scalar(item) for item in value.values()):
                constraint = f"Map value must satisfy constraint: [{_constraints(values)}]"
                errors.append(_failed(value, path, constraint, sensitive))
            return
        assert nested is not None
        for key, item in value.items():
            if item is not None:
                nested(item, (*path, f"{key}.member"), errors)

    return check


def _leaf(shape: Shape) -> Check:
    scalar = _scalar(shape)
    sensitive = bool(shape.metadata.get("sensitive"))

    def check(value: Any, path: Path, errors: list[str]) -> None:
        errors.extend(_failed(value, path, rule, sensitive) for rule in scalar(value))

    return check


def _scalar(shape: Shape) -> Scalar:
    """The broken rules of one text, number, blob, boolean or timestamp; wrong types raise."""
    kind = shape.type_name
    if kind in ("string", "character"):
        return _text(shape)
    if kind in ("integer", "long"):
        return _number(shape, int, "Integer" if kind == "integer" else "Long")
    if kind in ("float", "double", "bigdecimal"):
        return _number(shape, float, "Float" if kind == "float" else "Double")
    if kind == "boolean":
        return _boolean
    if kind == "blob":
        return _blob(shape)
    assert kind == "timestamp", f"no validator for {kind}"
    return _timestamp


def _text(shape: Shape) -> Scalar:
    size, rules = _size_rules(shape), shape.metadata
    enum = frozenset(rules.get("enum", ()))
    enum_rule = f"Member must satisfy enum value set: [{', '.join(rules.get('enum', ()))}]"
    pattern = rules.get("pattern")
    matches = None if pattern is None or pattern in MATCH_ALL else java_pattern(pattern)

    def broken(value: Any) -> list[str]:
        if not isinstance(value, str):
            # The HTTP header member of a JSON value arrives already decoded.
            if shape.serialization.get("jsonvalue"):
                return []
            raise wrong_type(value, "a String")
        failed = size(len(value))
        if matches is not None and not _fully(matches, value):
            failed.append(f"Member must satisfy regular expression pattern: {pattern}")
        if enum and value not in enum:
            failed.append(enum_rule)
        return failed

    return broken


def java_pattern(pattern: str) -> regex.Pattern[str]:
    """A model's pattern compiled; the `regex` library reads Java's classes, properties and possessive quantifiers."""
    pattern = pattern.replace(JAVA_ASTRAL_RANGE, ASTRAL_RANGE)
    try:
        return regex.compile(pattern)
    except regex.error:
        return regex.compile(pattern, regex.VERSION1)


def _fully(pattern: regex.Pattern[str], value: str) -> bool:
    """Whether the whole text matches, as AWS's services test it; a pattern that runs away refuses the value."""
    try:
        return pattern.fullmatch(value, timeout=PATTERN_SECONDS_MAX) is not None
    except TimeoutError:
        return False


def _number(shape: Shape, kind: type, name: str) -> Scalar:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")

    def broken(value: Any) -> list[str]:
        if kind is float and value in ("NaN", "Infinity", "-Infinity"):
            return []
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(value, name)
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise wrong_type(value, name)
        failed = []
        if high is not None and value > high:
            failed.append(f"Member must have value less than or equal to {high}")
        if low is not None and value < low:
            failed.append(f"Member must have value greater than or equal to {low}")
        return failed

    return broken


def _boolean(value: Any) -> list[str]:
    if not isinstance(value, bool):
        raise wrong_type(value, "Boolean")
    return []


def _timestamp(value: Any) -> list[str]:
    if isinstance(value, datetime) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return []
    if not isinstance(value, str):
        raise wrong_type(value, "Timestamp")
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise wrong_type(value, "Timestamp") from None
    return []


def _blob(shape: Shape) -> Scalar:
    size = _size_rules(shape)

    def broken(value: Any) -> list[str]:
        if isinstance(value, str):
            try:
                value = base64.b64decode(value, validate=True)
            except binascii.Error:
                raise wrong_type(value, "a Blob") from None
        if isinstance(value, bytes | bytearray | memoryview):
            return size(len(value))
        if isinstance(value, bool | int | float | list | tuple | Mapping):
            raise wrong_type(value, "a Blob")
        return []  # a streaming body has no length yet

    return broken


def _size_rules(shape: Shape) -> Callable[[int], list[str]]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")

    def broken(size: int) -> list[str]:
        failed = []
        if high is not None and size > high:
            failed.append(f"Member must have length less than or equal to {high}")
        if low is not None and size < low:
            failed.append(f"Member must have length greater than or equal to {low}")
        return failed

    return broken


def _constraints(shape: Shape) -> str:
    """All rules of a list's or map's scalar member, as AWS lists them when one element breaks any."""
    rules, noun = shape.metadata, "value" if shape.type_name in ("integer", "long", "float", "double") else "length"
    texts = []
    if "max" in rules:
        texts.append(f"Member must have {noun} less than or equal to {rules['max']}")
    if "min" in rules:
        texts.append(f"Member must have {noun} greater than or equal to {rules['min']}")
    if "pattern" in rules:
        texts.append(f"Member must satisfy regular expression pattern: {rules['pattern']}")
    if rules.get("enum"):
        texts.append(f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]")
    return ", ".join(texts)
