"""Payload templates: objects in which members named `….$` are filled in, by a path or an intrinsic function.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-inputpath-params.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.state_machines.language import intrinsics, paths
from ormer.engines.state_machines.language.faults import RUNTIME, Fault
from ormer.engines.state_machines.language.paths import Data

FILLED = ".$"


def filled(template: Any, data: Data) -> Any:
    """The template's value. Raises Fault."""
    if isinstance(template, list):
        return [filled(each, data) for each in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(FILLED): value(inner, data) if name.endswith(FILLED) else filled(inner, data)
        for name, inner in template.items()
    }


def value(text: Any, data: Data) -> Any:
    """What a path or a call comes to. Raises Fault."""
    if not isinstance(text, str):
        raise Fault(RUNTIME, f"A member whose name ends in {FILLED} must be a path or an intrinsic function.")
    if text.startswith(intrinsics.PREFIX):
        return intrinsics.called(text, data)
    return paths.read(text, data)


def faults(template: Any, where: str) -> list[tuple[str, str]]:
    """[(where, what is wrong)] of a template."""
    if isinstance(template, list):
        return [each for index, inner in enumerate(template) for each in faults(inner, f"{where}[{index}]")]
    if not isinstance(template, dict):
        return []
    found: list[tuple[str, str]] = []
    for name, inner in template.items():
        place = f"{where}/{name}"
        if not name.endswith(FILLED):
            found += faults(inner, place)
            continue
        wrong = fault_of(inner)
        if wrong:
            found.append((place, wrong))
    return found


def fault_of(text: Any) -> str:
    """What is wrong with a path or a call, "" for a good one."""
    if not isinstance(text, str):
        return "The value for a field that ends with '.$' must be a STRING"
    if text.startswith(intrinsics.PREFIX):
        return intrinsics.fault_of(text)
    return paths.fault_of(text)
