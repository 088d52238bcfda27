"""Paths: `$.a.b[0]` into a state's data, `$$.a` into the context object, `$name.a` into a variable.

A path that can only lead to one place is read here; filters, slices and wildcards by python-jsonpath, whose findings
come as a list, as at AWS.
https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ormer.engines.state_machines.language.faults import PARAMETER_PATH, RESULT_PATH, RUNTIME, Fault

Step = str | int
STEP = re.compile(r"\.([^.\[\]*?()\s,'\"]+)|\[\s*(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(-?\d+))\s*\]")
ROOT = re.compile(r"\$\$|\$([A-Za-z_][A-Za-z0-9_]*)?")
LENGTH = ".length()"
# A regular expression may take for ever.
UNBOUNDED = re.compile(r"=~|\b(?:match|search)\s*\(")
NO_REGEX = "Regular expressions in paths are not evaluated here"


@dataclass(frozen=True)
class Data:
    """What paths lead into: a state's input, the context object, and the variables in reach."""

    value: Any
    context: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)


def read(path: str, data: Data) -> Any:
    """What a path leads to. Raises Fault where there is nothing."""
    root, rest = _root(path, data)
    steps = definite(rest)
    if steps is not None:
        return _dig(path, root, steps)
    if rest.endswith(LENGTH):
        found = read(path.removesuffix(LENGTH), data)
        if not isinstance(found, list | dict | str):
            raise Fault(RUNTIME, f"The JSONPath '{path}' counts what has no length.")
        return len(found)
    if UNBOUNDED.search(rest):
        raise Fault(RUNTIME, f"Invalid path '{path}': {NO_REGEX}.")
    # Few definitions need it, and it takes a while to import.
    import jsonpath

    try:
        return jsonpath.findall(f"${rest}", root)
    except (jsonpath.JSONPathError, RecursionError, TypeError) as error:
        raise Fault(RUNTIME, f"Invalid path '{path}': {error}") from None


def present(path: str, data: Data) -> bool:
    """Whether a path leads anywhere."""
    try:
        found = read(path, data)
    except Fault:
        return False
    return definite(_root(path, data)[1]) is not None or found != []


def fault_of(path: str) -> str:
    """What is wrong with a path's form, "" for a good one."""
    found = ROOT.match(path)
    if found is None:
        return "Value is not a valid JSONPath"
    rest = path[found.end() :]
    if definite(rest) is not None or rest.endswith(LENGTH):
        return ""
    if UNBOUNDED.search(rest):
        return NO_REGEX
    import jsonpath

    try:
        jsonpath.compile(f"${rest}")
    except (jsonpath.JSONPathError, RecursionError) as error:
        return f"Value is not a valid JSONPath: {error}"
    return ""


def is_reference(path: str) -> bool:
    """Whether a path names one place in a state's data, so that something can be put there."""
    return path.startswith("$") and not path.startswith("$$") and definite(path[1:]) is not None


def placed(path: str, document: Any, value: Any) -> Any:
    """The document with a value at a reference path; what is not there yet is made. Raises Fault."""
    steps = definite(path[1:])
    assert steps is not None, "a definition's reference paths are checked"
    if not steps:
        return value
    found = copy.deepcopy(document)
    if not isinstance(found, dict | list):
        raise _no_place(path, document)
    here = found
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        last = following is None
        if isinstance(step, int) and isinstance(here, list) and -len(here) <= step < len(here):
            if last:
                here[step] = value
            elif not isinstance(here[step], dict | list):
                raise _no_place(path, document)
            here = here[step]
        elif isinstance(step, str) and isinstance(here, dict):
            if last:
                here[step] = value
            elif not isinstance(here.get(step), dict | list):
                if step in here and here[step] is not None:
                    raise _no_place(path, document)
                here[step] = {}
            here = here[step]
        else:
            raise _no_place(path, document)
    return found


@lru_cache(4096)
def definite(rest: str) -> tuple[Step, ...] | None:
    """The steps of a path behind its root; None when it may lead to several places."""
    steps: list[Step] = []
    position = 0
    while position < len(rest):
        found = STEP.match(rest, position)
        if found is None:
            return None
        name, single, double, number = found.groups()
        if number is not None:
            steps.append(int(number))
        else:
            text = name if name is not None else single if single is not None else double
            steps.append(re.sub(r"\\(.)", r"\1", text))
        position = found.end()
    return tuple(steps)


def _root(path: str, data: Data) -> tuple[Any, str]:
    found = ROOT.match(path)
    if found is None:
        raise Fault(RUNTIME, f"Invalid path '{path}': a path begins with '$'.")
    rest = path[found.end() :]
    if found[0] == "$$":
        return data.context, rest
    if found[1] is None:
        return data.value, rest
    if found[1] not in data.variables:
        raise Fault(RUNTIME, f"The variable '${found[1]}' of the path '{path}' has no value.")
    return data.variables[found[1]], rest


def _dig(path: str, root: Any, steps: tuple[Step, ...]) -> Any:
    value: Any = root
    there: bool
    for step in steps:
        if isinstance(value, Mapping):
            there = isinstance(step, str) and step in value
        else:
            there = isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value)
        if not there:
            raise Fault(PARAMETER_PATH, f"The JSONPath '{path}' could not be found in the input '{_shown(root)}'")
        value = value[step]
    return value


def _no_place(path: str, document: Any) -> Fault:
    return Fault(RESULT_PATH, f"Unable to apply ReferencePath {path} to input {_shown(document)}")


def _shown(value: Any) -> str:
    import json

    text = json.dumps(value, default=str)
    return text if len(text) <= 1000 else f"{text[:1000]}..."
