"""Texts in YAML or JSON as plain values: short forms become functions, dates stay texts, doubtful things are refused.

Built from the parser's events, so that every fault names its line and nothing is constructed but texts, numbers, truth
values, lists and dicts. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from ormer.engines.stacks.language.faults import TemplateFault, format_error
from ormer.engines.stacks.language.words import words

# Far deeper than any template; shallower than what would exhaust a thread's stack.
NESTING_MAX = 100
# `!Ref x` is {"Ref": "x"} and `!Condition x` is {"Condition": "x"}; every other short form stands for Fn::.
PLAIN_FORMS = frozenset({"Ref", "Condition"})
SHORT_FORMS = PLAIN_FORMS | words(
    "And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap GetAZs GetAtt If ImportValue Join "
    "Length Not Or RefAll Select Split Sub ToJsonString Transform ValueOf ValueOfAll"
)
TEXT_TAG = "tag:yaml.org,2002:str"
# YAML's own tags, which change nothing here: what a plain scalar reads as decides.
YAML_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "seq", "map")) | {"!"}
# What reads as a truth value, a number or nothing; `2010-09-09`, `0755` and `12:30` stay the texts they are.
TRUE = frozenset(["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
FALSE = frozenset(["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
NOTHING = frozenset(("", "~", "null", "Null", "NULL"))
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,300})")
DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")


def load(text: str) -> dict[str, Any]:
    """A template's text as plain values. Raises TemplateFault with line and column."""
    loaded = _json(text) if text.lstrip()[:1] == "{" else _yaml(text)
    if not isinstance(loaded, dict):
        raise format_error("unsupported structure.")
    return loaded


# -- YAML ---------------------------------------------------------------------------------------------------------


def _yaml(text: str) -> Any:
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        return _Builder(events).document()
    except yaml.MarkedYAMLError as error:
        raise _malformed("YAML", error.problem_mark or error.context_mark, error.problem or "") from None
    except yaml.YAMLError as error:
        raise format_error(f"YAML not well-formed. ({_one_line(error)})") from None


def _malformed(language: str, mark: Any, why: str) -> TemplateFault:
    where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
    return format_error(f"{language} not well-formed.{where}{' ' + why + '.' if why else ''}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


class _Builder:
    """Plain values from the parser's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events

    def document(self) -> Any:
        """The first document's value; raises on a second."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise format_error("unsupported structure.")
        value = self._value(next(self._events), (), 0)
        next(self._events)
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            raise format_error("a template is one YAML document, not several.")
        return value

    def _value(self, event: Any, path: tuple[str, ...], depth: int) -> Any:
        if depth > NESTING_MAX:
            raise format_error(f"nested more than {NESTING_MAX} levels deep{_at(event)}.")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise format_error(f"YAML aliases are not allowed in CloudFormation templates{_at(event)}.")
        tag = event.tag or ""
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, tag, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._list(path, depth)
        else:
            value = self._dict(path, depth)
        if not tag or tag in YAML_TAGS:
            return value
        return _function(tag.removeprefix("!"), value, event)

    def _scalar(self, event: Any, tag: str, path: tuple[str, ...]) -> Any:
        is_text = tag == TEXT_TAG or not (event.implicit[0] or tag in YAML_TAGS - {"!"})
        if is_text:
            return event.value
        value = _read(event.value)
        if value is None:
            raise _no_nulls(path)
        return value

    def _list(self, path: tuple[str, ...], depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._value(event, (*path, str(len(found))), depth + 1))
        return found

    def _dict(self, path: tuple[str, ...], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise format_error(f"the name of a member must be a text{_at(event)}.")
            name = event.value
            if name in found:
                raise format_error(f"duplicate key '{name}'{_at(event)}.")
            found[name] = self._value(next(self._events), (*path, name), depth + 1)
        return found


def _read(text: str) -> Any:
    """A plain scalar's value; None for nothing."""
    if text in NOTHING:
        return None
    if text in TRUE or text in FALSE:
        return text in TRUE
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text


def _function(form: str, value: Any, event: Any) -> dict[str, Any]:
    """The long form of `!form value`."""
    if form not in SHORT_FORMS:
        raise format_error(f"unknown tag !{form}{_at(event)}.")
    if form == "GetAtt" and isinstance(value, str):
        value = list(value.partition("."))[::2] if "." in value else [value]
    return {form if form in PLAIN_FORMS else f"Fn::{form}": value}


def _at(event: Any) -> str:
    mark = event.start_mark
    return f" (line {mark.line + 1}, column {mark.column + 1})"


def _no_nulls(path: tuple[str, ...]) -> TemplateFault:
    return format_error(f"[/{'/'.join(path)}] 'null' values are not allowed in templates.")


# -- JSON ---------------------------------------------------------------------------------------------------------


class _Twice(Exception):
    """A member's name stands twice in one object."""


def _json(text: str) -> Any:
    try:
        loaded = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise format_error(f"JSON not well-formed. (line {error.lineno}, column {error.colno})") from None
    except _Twice as twice:
        raise _located(text, str(twice)) from None
    except (RecursionError, ValueError) as error:
        raise format_error(f"JSON not well-formed. ({_one_line(error)})") from None
    _check(loaded, (), 0)
    return loaded


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        raise _Twice(next(name for name, _ in pairs if name in seen or seen.add(name)))  # type: ignore[func-returns-value]
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _located(text: str, name: str) -> TemplateFault:
    """The fault with its line: JSON is YAML too, whose parser tells where things stand."""
    try:
        _yaml(text.replace("\t", " "))
    except TemplateFault as fault:
        if "duplicate key" in str(fault):
            return fault
    return format_error(f"duplicate key '{name}'.")


def _check(value: Any, path: tuple[str, ...], depth: int) -> None:
    """Raise for what YAML's builder refuses too: nothing, deep nesting, and halves of characters."""
    if depth > NESTING_MAX:
        raise format_error(f"nested more than {NESTING_MAX} levels deep.")
    if value is None:
        raise _no_nulls(path)
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name)
            _check(inner, (*path, name), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check(inner, (*path, str(index)), depth + 1)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise format_error("JSON not well-formed. (a text holds half of a character)") from None
