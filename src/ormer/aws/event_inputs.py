"""What a target is sent: the event, a part of it (InputPath), a text (Input), or a template (InputTransformer).

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

JsonDict = dict[str, Any]

STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]|(\.\*|\[\*\])")
VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")
# A step of a path that means every element.
EVERY = None
RESERVED = (
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
)
MISSING = object()


def dumped(value: Any) -> str:
    """JSON as EventBridge writes it, without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def steps_of(path: str) -> list[str | int | None]:
    """The steps of a JSON path such as `$.detail.items[0].id`. Raises ValueError for another form."""
    if not path.startswith("$"):
        raise ValueError(f"{path} must begin with '$'.")
    steps: list[str | int | None] = []
    at = 1
    while at < len(path):
        found = STEP.match(path, at)
        if found is None:
            raise ValueError(f"{path} is not a JSON path EventBridge reads: use names, [index] and *.")
        name, index, quoted, _ = found.groups()
        steps.append(name or quoted or (int(index) if index is not None else EVERY))
        at = found.end()
    return steps


def found_at(path: str, event: Any) -> Any:
    """The value at the path, a list of all where it holds `*`, MISSING when there is none."""
    steps = steps_of(path)
    values = list(_walk(event, steps))
    if EVERY in steps:
        return values
    return values[0] if values else MISSING


def _walk(value: Any, steps: list[str | int | None]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, *rest = steps
    if step is EVERY:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for one in inner:
            yield from _walk(one, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield from _walk(value[step], rest)
    elif isinstance(value, dict) and step in value:
        yield from _walk(value[step], rest)


def check(target: Mapping[str, Any]) -> None:
    """Raise ValueError that says what is wrong with a target's Input, InputPath or InputTransformer."""
    given = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    if len(given) > 1:
        raise ValueError(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if target.get("Input"):
        try:
            json.loads(target["Input"])
        except (ValueError, RecursionError) as error:
            raise ValueError(f"JSON syntax error in Input for target {target['Id']}: {error}") from None
    if target.get("InputPath"):
        steps_of(target["InputPath"])
    if target.get("InputTransformer"):
        _check_template(target["Id"], target["InputTransformer"])


def _check_template(identifier: str, transformer: Mapping[str, Any]) -> None:
    paths = transformer.get("InputPathsMap") or {}
    for name, path in paths.items():
        if name.lower().startswith("aws"):
            raise ValueError(f"InputPathsMap key {name} of target {identifier} may not start with AWS.")
        steps_of(path)
    for name in VARIABLE.findall(transformer["InputTemplate"]):
        if name not in paths and name not in RESERVED:
            raise ValueError(f"InputTemplate for target {identifier} contains placeholder <{name}> without a path.")


def rendered(target: Mapping[str, Any], event: JsonDict, rule_arn: str) -> str:
    """The text a target is sent for an event."""
    if target.get("InputTransformer"):
        return _transformed(target["InputTransformer"], event, rule_arn)
    if target.get("Input"):
        return str(target["Input"])
    if target.get("InputPath"):
        value = found_at(target["InputPath"], event)
        return dumped(None if value is MISSING else value)
    return dumped(event)


def _transformed(transformer: Mapping[str, Any], event: JsonDict, rule_arn: str) -> str:
    """The template with its placeholders replaced: as JSON between the quotes' outsides, as text inside of them."""
    paths = transformer.get("InputPathsMap") or {}
    values = {name: found_at(path, event) for name, path in paths.items()} | _reserved(event, rule_arn)
    template, parts, at, quoted = transformer["InputTemplate"], [], 0, False
    for found in VARIABLE.finditer(template):
        if found[1] not in values:
            continue
        before = template[at : found.start()]
        quoted = _quoted_after(before, quoted)
        value = values[found[1]]
        parts += [before, _inside(value) if quoted else dumped(None if value is MISSING else value)]
        at = found.end()
    return "".join([*parts, template[at:]])


def _reserved(event: JsonDict, rule_arn: str) -> JsonDict:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rsplit("/", 1)[-1],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _quoted_after(text: str, quoted: bool) -> bool:
    """Whether a JSON string is open at the end of `text`, having been (or not) at its beginning."""
    escaped = False
    for letter in text:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = quoted
        elif letter == '"':
            quoted = not quoted
    return quoted


def _inside(value: Any) -> str:
    """A value inside a JSON string: texts escaped, objects and arrays without their quotes, nothing for nothing."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, str):
        return dumped(value)[1:-1]
    return dumped(value).replace("\\", "").replace('"', "")
