"""Cut an operation's result to the members AWS's model knows, so that a stored document can be answered as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

Fit = Callable[[Any], Any]


class MissingOutput(AssertionError):
    """An answer lacks a member that its model requires: our bug, never the caller's."""


class Fitter:
    """Compiled output filters by operation.

    strict: raise MissingOutput when a required member is absent (every contract test runs so).
    """

    def __init__(self, strict: bool = False) -> None:
        self._strict = strict
        self._compiled: dict[tuple[str, str], Fit] = {}

    def fit(self, operation: OperationModel, result: Mapping[str, Any] | None) -> dict[str, Any]:
        """`result` without unknown members and without None; lists, texts and numbers stay as they are."""
        key = (operation.service_model.service_name, operation.name)
        if key not in self._compiled:
            shape = operation.output_shape
            self._compiled[key] = _nothing if shape is None else self._compile(shape, {}, operation.name)
        fitted: dict[str, Any] = self._compiled[key](result or {})
        return fitted

    def _compile(self, shape: Shape, made: dict[str, Fit], where: str) -> Fit:
        if shape.name in made:
            return made[shape.name]

        def later(value: Any) -> Any:
            return made[shape.name](value)

        made[shape.name] = later
        streamed = shape.serialization.get("eventstream")
        if isinstance(shape, StructureShape) and not shape.is_document_type and not streamed:
            made[shape.name] = self._structure(shape, made, where)
        elif isinstance(shape, ListShape):
            inner = self._compile(shape.member, made, where)
            made[shape.name] = _same if inner is _same else (lambda value: [inner(item) for item in value])
        elif isinstance(shape, MapShape):
            deep = self._compile(shape.value, made, where)
            made[shape.name] = (
                _same if deep is _same else (lambda value: {key: deep(item) for key, item in value.items()})
            )
        else:
            made[shape.name] = _same
        return made[shape.name]

    def _structure(self, shape: StructureShape, made: dict[str, Fit], where: str) -> Fit:
        members = {name: self._compile(member, made, where) for name, member in shape.members.items()}
        required = tuple(shape.required_members) if self._strict else ()

        def fit(value: Mapping[str, Any]) -> dict[str, Any]:
            for name in required:
                if value.get(name) is None:
                    raise MissingOutput(f"{where}: {shape.name} lacks its required member {name}")
            return {name: members[name](item) for name, item in value.items() if item is not None and name in members}

        return fit


def _same(value: Any) -> Any:
    return value


def _nothing(value: Any) -> dict[str, Any]:
    return {}
