"""Values for a template's parameters: given, kept from before or by default, checked against their constraints.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import regex

from ormer.aws.checks import PATTERN_SECONDS_MAX, java_pattern
from ormer.engines.stacks.language.declarations import Parameter
from ormer.engines.stacks.language.faults import TemplateFault, format_error
from ormer.engines.stacks.language.functions import Value
from ormer.engines.stacks.language.templates import Template

HIDDEN = "****"
# Beside the values of parameters that are stored elsewhere stand their names there.
STORED_AT = "AWS::SSM::Parameter::Name "


def values(
    template: Template, given: Iterable[Mapping[str, Any]], before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """{name: text} of every parameter, from a request's Parameters; raises TemplateFault in CloudFormation's words.

    before: the texts of the stack as it is, for UsePreviousValue.
    """
    asked = {one.get("ParameterKey", ""): one for one in given}
    unknown = [name for name in asked if name not in template.parameters]
    if unknown:
        raise TemplateFault(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    found, missing = {}, []
    for name, parameter in template.parameters.items():
        text = _value(parameter, asked.get(name), before or {})
        if text is None:
            missing.append(name)
            continue
        check(parameter, text)
        found[name] = text
    if missing:
        raise TemplateFault(f"Parameters: [{', '.join(missing)}] must have values")
    return found


def _value(parameter: Parameter, asked: Mapping[str, Any] | None, before: Mapping[str, str]) -> str | None:
    if asked is None:
        return parameter.default
    if asked.get("UsePreviousValue"):
        if "ParameterValue" in asked:
            raise TemplateFault(
                f"Invalid input for parameter key {parameter.name}. Cannot specify usePreviousValue as true and "
                "non empty value for a parameter"
            )
        if parameter.name not in before:
            raise TemplateFault(
                f"Invalid input for parameter key {parameter.name}. Cannot specify usePreviousValue as true for a "
                "parameter key not in the previous template"
            )
        return before.get(STORED_AT + parameter.name, before[parameter.name])
    value = asked.get("ParameterValue")
    return parameter.default if value is None else str(value)


def read(template: Template, texts: Mapping[str, str]) -> dict[str, Value]:
    """What functions see of the texts: lists of list parameters, the text of all others."""
    return {
        name: members(template.parameters[name], text) for name, text in texts.items() if not name.startswith(STORED_AT)
    }


def members(parameter: Parameter, text: str) -> Value:
    """A list parameter's members, or the text itself."""
    if not parameter.is_list:
        return text
    return [each.strip() for each in text.split(",")] if text else []


def hidden(template: Template) -> frozenset[str]:
    """Names of parameters whose values are shown to nobody."""
    return frozenset(name for name, one in template.parameters.items() if one.no_echo)


# -- constraints --------------------------------------------------------------------------------------------------


def check(parameter: Parameter, text: str) -> None:
    """Raise TemplateFault when a value breaks a constraint of its parameter."""
    fault = _fault(parameter, text)
    if fault is None:
        return
    if parameter.constraint:
        fault = f"Parameter '{parameter.name}' failed to satisfy constraint: {parameter.constraint}"
    raise TemplateFault(fault)


def _fault(parameter: Parameter, text: str) -> str | None:
    name = parameter.name
    found = members(parameter, text)
    each = found if isinstance(found, list) else [found]
    if parameter.is_number:
        fault = next((one for value in each if (one := _number_fault(parameter, value))), None)
        if fault is not None:
            return fault
    if parameter.allowed and any(value not in parameter.allowed for value in each):
        return f"Parameter '{name}' must be one of AllowedValues"
    if parameter.min_length is not None and len(text) < parameter.min_length:
        return f"Parameter '{name}' must contain at least {parameter.min_length} characters"
    if parameter.max_length is not None and len(text) > parameter.max_length:
        return f"Parameter '{name}' must contain at most {parameter.max_length} characters"
    if parameter.pattern and not all(_matches(parameter, value) for value in each):
        return f"Parameter '{name}' must match pattern {parameter.pattern}"
    return None


def _number_fault(parameter: Parameter, text: str) -> str | None:
    try:
        number = float(text)
    except ValueError:
        return (
            f"Parameter validation failed: parameter value {text} for parameter name {parameter.name} is not a number"
        )
    least, most = parameter.min_value, parameter.max_value
    if least is not None and not number >= least:
        return f"Parameter '{parameter.name}' must be a number not less than {_shown(least)}"
    if most is not None and not number <= most:
        return f"Parameter '{parameter.name}' must be a number not greater than {_shown(most)}"
    return None


def _shown(number: float) -> str:
    return str(int(number)) if number.is_integer() else str(number)


def _matches(parameter: Parameter, text: str) -> bool:
    """Whether the whole text fits the pattern, which is Java's."""
    try:
        return java_pattern(parameter.pattern).fullmatch(text, timeout=PATTERN_SECONDS_MAX) is not None
    except regex.error:
        raise format_error(f"[/Parameters/{parameter.name}/AllowedPattern] is not a regular expression.") from None
    except TimeoutError:
        raise TemplateFault(
            f"Parameter '{parameter.name}': its AllowedPattern takes too long; write it without nested repetition."
        ) from None
