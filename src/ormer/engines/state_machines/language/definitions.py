"""Definitions: a text becomes a state machine, and what is wrong with it is told with its place.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ormer.engines.state_machines.language import choices, expressions, intrinsics, paths, templates
from ormer.engines.state_machines.language.faults import ALL, KNOWN

JsonDict = dict[str, Any]


def words(*texts: str) -> frozenset[str]:
    """The names that the texts hold."""
    return frozenset(name for text in texts for name in text.split())


JSONPATH, JSONATA = "JSONPath", "JSONata"
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
DEFINITION_BYTES_MAX, NAME_CHARACTERS_MAX = 1_048_576, 80
COMMON = frozenset(("Type", "Comment", "QueryLanguage"))
FLOWING = frozenset(("Next", "End"))
# Members of JSONPath states, of JSONata states, and of both.
BY_PATH = frozenset(("InputPath", "OutputPath"))
RESULTING = frozenset(("ResultPath",))
SELECTING = frozenset(("ResultSelector",))
RETRYING = frozenset(("Retry", "Catch"))
OUTPUT = frozenset(("Output",))
ASSIGN = frozenset(("Assign",))
# Of states that have work done: tasks, branches, items.
WORKING = COMMON | FLOWING | BY_PATH | RESULTING | SELECTING | RETRYING | OUTPUT | ASSIGN
MEMBERS: Mapping[str, frozenset[str]] = {
    "Pass": COMMON | FLOWING | BY_PATH | RESULTING | OUTPUT | ASSIGN | {"Result", "Parameters"},
    "Task": WORKING
    | {
        "Resource",
        "Parameters",
        "Arguments",
        "Credentials",
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        "HeartbeatSeconds",
        "HeartbeatSecondsPath",
    },
    "Choice": COMMON | BY_PATH | OUTPUT | ASSIGN | {"Choices", "Default"},
    "Wait": COMMON | FLOWING | BY_PATH | OUTPUT | ASSIGN | {"Seconds", "Timestamp", "SecondsPath", "TimestampPath"},
    "Succeed": COMMON | BY_PATH | OUTPUT,
    "Fail": COMMON | {"Error", "Cause", "ErrorPath", "CausePath"},
    "Parallel": WORKING | {"Branches", "Parameters", "Arguments"},
    "Map": WORKING
    | {
        "Iterator",
        "ItemProcessor",
        "ItemsPath",
        "Items",
        "ItemSelector",
        "Parameters",
        "MaxConcurrency",
        "MaxConcurrencyPath",
        "Label",
    },
}
# Of a Map whose items are executions of their own.
DISTRIBUTED = frozenset(
    (
        "ItemReader",
        "ItemBatcher",
        "ResultWriter",
        "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
        "ToleratedFailureCount",
        "ToleratedFailureCountPath",
    )
)
ONLY_PATH = words(
    "InputPath OutputPath ResultPath ResultSelector Parameters ItemsPath TimeoutSecondsPath HeartbeatSecondsPath "
    "SecondsPath TimestampPath ErrorPath CausePath MaxConcurrencyPath"
)
ONLY_JSONATA = frozenset(("Arguments", "Output", "Items"))
REFERENCES = ("ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath")
CATCH_MEMBERS = frozenset(("ErrorEquals", "Next", "ResultPath", "Comment", "Assign", "Output"))
RETRY_MEMBERS = frozenset(
    ("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment")
)
WAITS = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")
TOP = frozenset(("Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"))
INNER = frozenset(("Comment", "StartAt", "States", "QueryLanguage", "ProcessorConfig"))


@dataclass(frozen=True)
class Diagnostic:
    """One thing that is wrong. where: a pointer into the definition, as AWS writes it."""

    code: str
    message: str
    where: str = ""
    severity: str = "ERROR"

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" + (f" at {self.where}" if self.where else "")


class Broken(Exception):
    """A definition that cannot be used; `diagnostics` say why."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        super().__init__(", ".join(map(str, diagnostics)))
        self.diagnostics = diagnostics


def parse(text: str) -> JsonDict:
    """A definition that can be run. Raises Broken."""
    found = diagnostics(text)
    if found:
        raise Broken(found)
    machine: JsonDict = json.loads(text)
    return machine


def read(text: str) -> JsonDict:
    """A definition that was checked when it was kept."""
    machine: JsonDict = json.loads(text)
    return machine


def diagnostics(text: str) -> list[Diagnostic]:
    """All that is wrong with a definition's text."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [Diagnostic("INVALID_JSON_DESCRIPTION", str(error))]
    if not isinstance(raw, dict):
        return [Diagnostic("SCHEMA_VALIDATION_FAILED", "A definition must be an OBJECT", "/")]
    return list(_Checker().machine(raw, "", TOP, JSONPATH))


def language_of(machine: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """The query language of a state."""
    return str(state.get("QueryLanguage") or machine.get("QueryLanguage") or JSONPATH)


def branches(state: Mapping[str, Any]) -> list[JsonDict]:
    """The state machines inside of a state: a Parallel's branches, a Map's one."""
    if state.get("Type") == "Parallel":
        return list(state["Branches"])
    if state.get("Type") == "Map":
        return [state.get("ItemProcessor") or state["Iterator"]]
    return []


def scoped(machine: JsonDict, scope: list[Any]) -> JsonDict:
    """The inner state machine that a flow's scope leads to."""
    here = machine
    for name, branch in scope:
        here = branches(here["States"][name])[branch]
    return here


class _Checker:
    """Walks a definition; names of states are unique in all of it."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def machine(self, raw: JsonDict, where: str, members: frozenset[str], language: str) -> Iterator[Diagnostic]:
        yield from _unknown(raw, members, where)
        language = str(raw.get("QueryLanguage", language))
        if language not in (JSONPATH, JSONATA):
            yield _schema(f"QueryLanguage must be {JSONPATH} or {JSONATA}", f"{where}/QueryLanguage")
        states = raw.get("States")
        if not isinstance(states, dict) or not states:
            yield _schema("The required property 'States' must be a non-empty OBJECT", where or "/")
            return
        start = raw.get("StartAt")
        if not isinstance(start, str):
            yield _schema("The required property 'StartAt' must be a STRING", where or "/")
        elif start not in states:
            yield Diagnostic("MISSING_TRANSITION_TARGET", f"Missing 'StartAt' target: {start}", f"{where}/StartAt")
        if "TimeoutSeconds" in raw and not _is_count(raw["TimeoutSeconds"], 1):
            yield _schema("TimeoutSeconds must be a positive INTEGER", f"{where}/TimeoutSeconds")
        for name, state in states.items():
            place = f"{where}/States/{name}"
            if name in self._seen:
                yield Diagnostic("DUPLICATE_STATE_NAME", f"Duplicate state name: {name}", place)
            self._seen.add(name)
            if len(name) > NAME_CHARACTERS_MAX:
                yield _schema(f"A state's name has {NAME_CHARACTERS_MAX} characters at most", place)
            if not isinstance(state, dict):
                yield _schema("A state must be an OBJECT", place)
                continue
            yield from self._state(state, place, states, language)
        if not any(_ends(state) for state in states.values() if isinstance(state, dict)):
            yield Diagnostic("MISSING_END_STATE", "No terminal state was found", where or "/")

    def _state(self, state: JsonDict, where: str, states: JsonDict, language: str) -> Iterator[Diagnostic]:
        kind = state.get("Type")
        if not isinstance(kind, str) or kind not in MEMBERS:
            yield _schema(f"The Type must be one of {', '.join(MEMBERS)}", f"{where}/Type")
            return
        if kind == "Map" and (DISTRIBUTED & set(state) or _mode(state) == "DISTRIBUTED"):
            yield _schema(
                "Maps in distributed mode are not run here: use the mode INLINE, and a Lambda function to read items",
                where,
            )
            return
        yield from _unknown(state, MEMBERS[kind], where)
        language = str(state.get("QueryLanguage", language))
        for name in state:
            if language == JSONATA and name in ONLY_PATH:
                yield _schema(f"'{name}' is not allowed when the query language is set to {JSONATA}", f"{where}/{name}")
            if language == JSONPATH and name in ONLY_JSONATA:
                yield _schema(f"'{name}' is only allowed when the query language is {JSONATA}", f"{where}/{name}")
        yield from _transitions(state, kind, where, states)
        yield from _data(state, where, language)
        yield from _retries(state, where, states, language)
        checks = {"Choice": _choice, "Wait": _wait, "Task": _task, "Fail": _fail}
        if kind in checks:
            yield from checks[kind](state, where, states, language)
        if kind in ("Parallel", "Map"):
            yield from self._inner(state, kind, where, language)

    def _inner(self, state: JsonDict, kind: str, where: str, language: str) -> Iterator[Diagnostic]:
        if kind == "Parallel":
            found = state.get("Branches")
            if not isinstance(found, list) or not found:
                yield _schema("The required property 'Branches' must be a non-empty ARRAY", where)
                return
            inner = [(f"{where}/Branches[{index}]", each) for index, each in enumerate(found)]
        else:
            name = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
            inner = [(f"{where}/{name}", state.get(name))]
        # A state's own language is that of its inner states only where the whole definition speaks it.
        for place, each in inner:
            if isinstance(each, dict):
                yield from self.machine(each, place, INNER, language)
            else:
                yield _schema("must be an OBJECT with StartAt and States", place)


def _mode(state: JsonDict) -> str:
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return str(config.get("Mode", "INLINE")) if isinstance(config, dict) else "INLINE"


def _schema(message: str, where: str) -> Diagnostic:
    return Diagnostic("SCHEMA_VALIDATION_FAILED", message, where)


def _unknown(raw: JsonDict, members: frozenset[str], where: str) -> Iterator[Diagnostic]:
    for name in raw:
        if name not in members:
            yield _schema(f"The field '{name}' is not supported by Step Functions", f"{where}/{name}")


def _ends(state: JsonDict) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _target(state: JsonDict, member: str, where: str, states: JsonDict) -> Iterator[Diagnostic]:
    target = state[member]
    if not isinstance(target, str):
        yield _schema(f"'{member}' must be a STRING", f"{where}/{member}")
    elif target not in states:
        yield Diagnostic("MISSING_TRANSITION_TARGET", f"Missing '{member}' target: {target}", f"{where}/{member}")


def _transitions(state: JsonDict, kind: str, where: str, states: JsonDict) -> Iterator[Diagnostic]:
    if kind in ("Choice", "Succeed", "Fail"):
        return
    if ("Next" in state) == (state.get("End") is True):
        yield _schema("These fields are required: exactly one of [Next, End]", where)
    if "Next" in state:
        yield from _target(state, "Next", where, states)


def _data(state: JsonDict, where: str, language: str) -> Iterator[Diagnostic]:
    if language == JSONATA:
        for name in (
            *ONLY_JSONATA,
            "Assign",
            "ItemSelector",
            "Seconds",
            "Timestamp",
            "TimeoutSeconds",
            "Error",
            "Cause",
        ):
            if name in state:
                yield from (_schema(why, place) for place, why in expressions.faults(state[name], f"{where}/{name}"))
        return
    for name in ("InputPath", "OutputPath", *REFERENCES):
        wrong = ""
        if isinstance(state.get(name), str):
            wrong = paths.fault_of(state[name])
        elif state.get(name) is not None:
            wrong = "must be a JSONPath or null"
        if wrong:
            yield _schema(wrong, f"{where}/{name}")
    if state.get("ResultPath") is not None and not _is_reference(state["ResultPath"]):
        yield _schema("The value for 'ResultPath' must be a reference path or null", f"{where}/ResultPath")
    for name in ("Parameters", "ResultSelector", "ItemSelector", "Assign"):
        if name in state:
            yield from (_schema(why, place) for place, why in templates.faults(state[name], f"{where}/{name}"))


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and paths.is_reference(value)


def _retries(state: JsonDict, where: str, states: JsonDict, language: str) -> Iterator[Diagnostic]:
    for member, known in (("Retry", RETRY_MEMBERS), ("Catch", CATCH_MEMBERS)):
        rules = state.get(member, [])
        if not isinstance(rules, list):
            yield _schema("must be an ARRAY", f"{where}/{member}")
            continue
        for index, rule in enumerate(rules):
            place = f"{where}/{member}[{index}]"
            if not isinstance(rule, dict):
                yield _schema("must be an OBJECT", place)
                continue
            yield from _unknown(rule, known, place)
            yield from _errors(rule, place, is_last=index == len(rules) - 1)
            if member == "Catch":
                if "Next" not in rule:
                    yield _schema("These fields are required: [Next]", place)
                else:
                    yield from _target(rule, "Next", place, states)
                if rule.get("ResultPath") is not None and not _is_reference(rule["ResultPath"]):
                    yield _schema("The value for 'ResultPath' must be a reference path or null", f"{place}/ResultPath")
            else:
                yield from _numbers(rule, place)


def _errors(rule: JsonDict, where: str, is_last: bool) -> Iterator[Diagnostic]:
    names = rule.get("ErrorEquals")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        yield _schema("The required property 'ErrorEquals' must be a non-empty ARRAY of STRINGs", where)
        return
    if ALL in names and (len(names) > 1 or not is_last):
        yield _schema(f"{ALL} must appear alone, in the last rule", f"{where}/ErrorEquals")
    for name in names:
        if name.startswith("States.") and name not in KNOWN:
            yield _schema(f"The error name {name} is reserved and unknown", f"{where}/ErrorEquals")


def _numbers(rule: JsonDict, where: str) -> Iterator[Diagnostic]:
    for name, least in (("IntervalSeconds", 1), ("MaxAttempts", 0), ("MaxDelaySeconds", 1)):
        if name in rule and not _is_count(rule[name], least):
            yield _schema(f"{name} must be an INTEGER of {least} or more", f"{where}/{name}")
    rate = rule.get("BackoffRate", 1)
    if not isinstance(rate, int | float) or isinstance(rate, bool) or rate < 1:
        yield _schema("BackoffRate must be a NUMBER of 1 or more", f"{where}/BackoffRate")


def _choice(state: JsonDict, where: str, states: JsonDict, language: str) -> Iterator[Diagnostic]:
    rules = state.get("Choices")
    if not isinstance(rules, list) or not rules:
        yield _schema("The required property 'Choices' must be a non-empty ARRAY", where)
        return
    for index, rule in enumerate(rules):
        place = f"{where}/Choices[{index}]"
        if not isinstance(rule, dict) or "Next" not in rule:
            yield _schema("These fields are required: [Next]", place)
            continue
        yield from _target(rule, "Next", place, states)
        if language == JSONPATH:
            yield from (_schema(why, there) for there, why in choices.faults(rule, place))
        elif "Condition" not in rule:
            yield _schema("These fields are required: [Condition]", place)
        else:
            yield from (
                _schema(why, there) for there, why in expressions.faults(rule["Condition"], f"{place}/Condition")
            )
    if "Default" in state:
        yield from _target(state, "Default", where, states)


def _wait(state: JsonDict, where: str, states: JsonDict, language: str) -> Iterator[Diagnostic]:
    given = [name for name in WAITS if name in state]
    if len(given) != 1:
        yield _schema(f"These fields are required: exactly one of [{', '.join(WAITS)}]", where)
        return
    value = state[given[0]]
    if language == JSONATA and expressions.is_expression(value):
        return
    if given[0] == "Seconds" and not _is_count(value, 0):
        yield _schema("Seconds must be an INTEGER of 0 or more", f"{where}/Seconds")
    if given[0] == "Timestamp" and choices.moment(value) is None:
        yield _schema("Timestamp must be a time in ISO 8601, with a zone", f"{where}/Timestamp")


def _task(state: JsonDict, where: str, states: JsonDict, language: str) -> Iterator[Diagnostic]:
    if not isinstance(state.get("Resource"), str):
        yield _schema("These fields are required: [Resource]", where)
    if "Credentials" in state:
        yield _schema("Credentials are not there: a task runs as the state machine's role", f"{where}/Credentials")
    for name in ("TimeoutSeconds", "HeartbeatSeconds"):
        value = state.get(name, 1)
        if not _is_count(value, 1) and not (language == JSONATA and expressions.is_expression(value)):
            yield _schema(f"{name} must be a positive INTEGER", f"{where}/{name}")


def _fail(state: JsonDict, where: str, states: JsonDict, language: str) -> Iterator[Diagnostic]:
    for name in ("ErrorPath", "CausePath"):
        value = state.get(name)
        if value is None:
            continue
        wrong = "must be a STRING" if not isinstance(value, str) else ""
        if not wrong:
            is_call = value.startswith(intrinsics.PREFIX)
            wrong = intrinsics.fault_of(value) if is_call else paths.fault_of(value)
        if wrong:
            yield _schema(wrong, f"{where}/{name}")
