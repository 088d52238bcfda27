"""Pipeline parameters: declared in the definition, given as text when an execution starts.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import validation
from ormer.engines.pipelines.expressions import text_of

TYPES = ("String", "Integer", "Float", "Boolean")
_MISSING = object()


@dataclass(frozen=True)
class Parameter:
    """A declared parameter. `default` is None when a value must be given; `choices` is empty when any will do."""

    name: str
    type: str
    default: Any = None
    choices: tuple[Any, ...] = ()


def declared(raw: dict[str, Any]) -> Parameter:
    """A parameter of a definition. ValueError says what is wrong with it."""
    name, kind = raw.get("Name"), raw.get("Type")
    if not isinstance(name, str) or not name:
        raise ValueError("every parameter needs a Name")
    if kind not in TYPES:
        raise ValueError(f"parameter '{name}' has the type {kind!r}; it must be one of {', '.join(TYPES)}")
    choices = tuple(_fits(name, kind, choice) for choice in raw.get("EnumValues") or ())
    default = raw.get("DefaultValue")
    if default is not None:
        default = _fits(name, kind, default)
        _allowed(name, default, choices)
    return Parameter(name, kind, default, choices)


def assigned(parameters: Mapping[str, Parameter], given: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Every parameter's value for an execution: what was given, read as its type, else the default.

    Raises ValidationException that names unknown, repeated, missing and ill-typed parameters.
    """
    texts: dict[str, str] = {}
    for pair in given:
        name = pair["Name"]
        if name not in parameters:
            known = ", ".join(sorted(parameters)) or "none"
            raise validation(f"Pipeline parameter '{name}' is not declared in the pipeline. Declared are: {known}.")
        if name in texts:
            raise validation(f"Pipeline parameter '{name}' is given twice. Give every parameter once.")
        texts[name] = pair["Value"]
    missing = [name for name, one in parameters.items() if name not in texts and one.default is None]
    if missing:
        raise validation(
            f"Missing pipeline parameters: [{', '.join(missing)}]. They have no default value: give each a value in "
            "PipelineParameters."
        )
    return {name: read(one, texts[name]) if name in texts else one.default for name, one in parameters.items()}


def read(parameter: Parameter, text: str) -> Any:
    """A given text as the parameter's type. Raises ValidationException when it does not fit."""
    value = _READERS[parameter.type](text)
    if value is _MISSING:
        raise validation(
            f"Invalid value for pipeline parameter '{parameter.name}': '{text}' is not of type {parameter.type}."
        )
    try:
        _allowed(parameter.name, value, parameter.choices)
    except ValueError as error:
        raise validation(f"Invalid value for pipeline parameter: {error}.") from None
    return value


def shown(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Values in AWS's form, as texts."""
    return [{"Name": name, "Value": text_of(value)} for name, value in values.items()]


def _allowed(name: str, value: Any, choices: tuple[Any, ...]) -> None:
    if choices and value not in choices:
        raise ValueError(f"parameter '{name}' has the value '{text_of(value)}', which is not among its EnumValues "
                         f"[{', '.join(map(text_of, choices))}]")  # fmt: skip


def _fits(name: str, kind: str, value: Any) -> Any:
    """A value that stands in the definition, which must be of the declared type already."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "String" and isinstance(value, str):
        return value
    if kind == "Boolean" and isinstance(value, bool):
        return value
    if kind == "Integer" and is_number and float(value).is_integer():
        return int(value)
    if kind == "Float" and is_number:
        return float(value)
    raise ValueError(f"parameter '{name}' is of type {kind}, but {value!r} is not")


def _integer(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return _MISSING


def _float(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return _MISSING


def _boolean(text: str) -> Any:
    # The SDKs send Python's spelling.
    return {"true": True, "false": False}.get(text.strip().lower(), _MISSING)


_READERS = {"String": lambda text: text, "Integer": _integer, "Float": _float, "Boolean": _boolean}
