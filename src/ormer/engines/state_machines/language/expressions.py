"""JSONata: texts of the form `{% … %}`, wherever they stand in a state.

An expression is somebody's program: it is given two seconds and a bounded depth, its regular expressions too.
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from collections.abc import Mapping
from typing import Any

from ormer.engines.state_machines.language.faults import EVALUATION, Fault

JsonDict = dict[str, Any]
BEGIN, END = "{%", "%}"
SECONDS_MAX, DEPTH_MAX = 2.0, 200
RANGE_MAX = 1000
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def is_expression(value: Any) -> bool:
    return isinstance(value, str) and value.strip().startswith(BEGIN) and value.strip().endswith(END)


def filled(template: Any, states: JsonDict, variables: Mapping[str, Any], where: str) -> Any:
    """The value of whatever holds expressions. states: what `$states` is. Raises Fault."""
    if is_expression(template):
        return evaluated(template, states, variables, where)
    if isinstance(template, list):
        return [filled(each, states, variables, f"{where}[{index}]") for index, each in enumerate(template)]
    if isinstance(template, dict):
        return {name: filled(inner, states, variables, f"{where}/{name}") for name, inner in template.items()}
    return template


def evaluated(text: str, states: JsonDict, variables: Mapping[str, Any], where: str) -> Any:
    """One expression's value. Raises Fault."""
    source = _source(text)
    try:
        expression = _compiled(source)
        frame = expression.create_frame()
        frame.set_runtime_bounds(int(SECONDS_MAX * 1000), DEPTH_MAX)
        for name, value in {**variables, "states": states}.items():
            frame.bind(name, _told_apart(value))
        for name, function in FUNCTIONS.items():
            frame.bind(name, _lambda(function))
        # Nothing is the expression's own input: all there is has a name.
        expression.set_output_convert_nulls(False)
        found = expression.evaluate(None, frame)
    except Fault as fault:
        raise Fault(EVALUATION, f"{fault.cause} ({where}: {source})") from None
    except Exception as error:  # whatever a stranger's program may raise in the interpreter
        text = str(error) or type(error).__name__
        raise Fault(
            EVALUATION, f"The JSONata expression '{source}' specified for the field '{where}' threw an error: {text}"
        ) from None
    if found is None:
        raise Fault(
            EVALUATION,
            f"The JSONata expression '{source}' specified for the field '{where}' returned nothing (undefined).",
        )
    return _plain(found, source, where)


def fault_of(text: str) -> str:
    """What is wrong with an expression's form, "" for a good one."""
    try:
        _compiled(_source(text))
    except Exception as error:  # the parser has errors of many types
        return f"JSONata expression cannot be read: {error}"
    return ""


def faults(template: Any, where: str) -> list[tuple[str, str]]:
    """[(where, what is wrong)] of whatever holds expressions."""
    if isinstance(template, list):
        return [each for index, inner in enumerate(template) for each in faults(inner, f"{where}[{index}]")]
    if isinstance(template, dict):
        return [each for name, inner in template.items() for each in faults(inner, f"{where}/{name}")]
    wrong = fault_of(template) if is_expression(template) else ""
    return [(where, wrong)] if wrong else []


def _source(text: str) -> str:
    return text.strip().removeprefix(BEGIN).removesuffix(END).strip()


def _compiled(source: str) -> Any:
    # An expression keeps state of its evaluation; threads share none. It takes half a second to import.
    from jsonata import Jsonata

    return Jsonata(source, _Bounded)


class _Bounded:
    """A regular expression that is given up when it takes too long."""

    def __init__(self, pattern: str, flags: Any) -> None:
        import regex

        chosen = (regex.IGNORECASE if flags.case_insensitive else 0) | (regex.MULTILINE if flags.multiline else 0)
        self._pattern = regex.compile(pattern, chosen)

    def search(self, text: str) -> Any:
        return self._pattern.search(text, timeout=SECONDS_MAX)

    def finditer(self, text: str) -> Any:
        return self._pattern.finditer(text, timeout=SECONDS_MAX)

    def sub(self, replacement: Any, text: str, count: int = 0) -> str:
        return str(self._pattern.sub(replacement, text, count=count, timeout=SECONDS_MAX))

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        return list(self._pattern.split(text, maxsplit=maxsplit, timeout=SECONDS_MAX))


def _lambda(function: Any) -> Any:
    from jsonata import Jsonata

    return Jsonata.JLambda(function)


def _told_apart(value: Any) -> Any:
    """A value with its nulls as the interpreter writes them: None is nothing at all to it."""
    from jsonata.utils import Utils

    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, list):
        return [_told_apart(each) for each in value]
    return {name: _told_apart(inner) for name, inner in value.items()} if isinstance(value, Mapping) else value


def _null(value: Any) -> Any:
    """JSON's null for the interpreter's. Raises TypeError for what JSON has not."""
    from jsonata.utils import Utils

    if value is Utils.NULL_VALUE:
        return None
    raise TypeError(type(value).__name__)


def _plain(value: Any, source: str, where: str) -> Any:
    """The value as JSON has it: whole numbers whole. Raises Fault for a function and the like."""
    try:
        found = json.loads(json.dumps(value, default=_null))
    except (TypeError, ValueError, RecursionError):
        raise Fault(
            EVALUATION, f"The JSONata expression '{source}' specified for the field '{where}' returned no JSON."
        ) from None
    return _whole(found)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return {name: _whole(inner) for name, inner in value.items()} if isinstance(value, dict) else value


# -- functions that Step Functions adds ---------------------------------------------------------------------------


def _partition(values: list[Any], size: int) -> list[list[Any]]:
    if int(size) < 1:
        raise Fault(EVALUATION, "$partition needs a size of 1 or more.")
    return [list(values[start : start + int(size)]) for start in range(0, len(values), int(size))]


def _range(first: int, last: int, step: int) -> list[int]:
    found = range(int(first), int(last) + (1 if step > 0 else -1), int(step))
    if len(found) > RANGE_MAX:
        raise Fault(EVALUATION, f"$range makes {RANGE_MAX} elements at most.")
    return list(found)


def _hash(text: str, algorithm: str = "SHA-1") -> str:
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _random(seed: Any = None) -> float:
    return random.Random(seed).random() if seed is not None else random.random()


FUNCTIONS = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": lambda: str(uuid.uuid4()),
    "parse": lambda text: json.loads(text),
}
