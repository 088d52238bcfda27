"""Functions of a template replaced by their values: Ref, Fn::GetAtt, Fn::Sub, Fn::If and the others.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.engines.stacks.language import condition_functions as conditions
from ormer.engines.stacks.language import text_functions as texts
from ormer.engines.stacks.language.faults import TemplateFault, format_error, template_error
from ormer.engines.stacks.language.templates import Template
from ormer.engines.stacks.language.values import NO_VALUE, bounded, text_of, truth

JsonDict = dict[str, Any]
Value = str | list[str]
# `${Name}`, `${Name.Attribute}`; `${!Text}` stands for the text `${Text}` itself.
SUBSTITUTED = re.compile(r"\$\{(!?)([^${}]*)\}")
# Conditions that refer to conditions that refer to conditions.
CONDITIONS_DEEP_MAX = 40


def nothing_made(name: str, attribute: str = "") -> Any:
    """For places where no resource may be referred to."""
    raise template_error(f"a resource ({name}) cannot be referred to here.")


def nothing_exported(name: str) -> Any:
    """For places where nothing may be imported."""
    raise template_error(f"Fn::ImportValue ({name}) cannot be used here.")


@dataclass
class Scope:
    """Where functions find their values.

    values: parameters by name. pseudo: `AWS::Region` and the like. ref, attribute: what resources give.
    exported: a value that another stack exports. Each raises TemplateFault when there is none.
    """

    template: Template
    values: Mapping[str, Value]
    pseudo: Mapping[str, Any]
    ref: Callable[[str], Any] = nothing_made
    attribute: Callable[[str, str], Any] = nothing_made
    exported: Callable[[str], Any] = nothing_exported
    _holding: dict[str, bool] = field(default_factory=dict)
    _asked: list[str] = field(default_factory=list)

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds; always for the name ""."""
        if not condition:
            return True
        if condition not in self._holding:
            if condition not in self.template.conditions:
                raise format_error(
                    f"Unresolved condition dependency {condition} in the Resources block of the template"
                )
            if condition in self._asked or len(self._asked) == CONDITIONS_DEEP_MAX:
                raise template_error(f"Found circular condition dependency between {' and '.join(self._asked)}")
            self._asked.append(condition)
            self._holding[condition] = truth(self.resolve(self.template.conditions[condition]), condition)
            self._asked.pop()
        return self._holding[condition]

    def resolve(self, value: Any) -> Any:
        """The value with every function replaced; NO_VALUE only when the whole is that. Raises TemplateFault."""
        if isinstance(value, dict):
            name = function_of(value)
            if name is not None:
                return FUNCTIONS[name](self, value[name])
            resolved = {key: self.resolve(inner) for key, inner in value.items()}
            return {key: inner for key, inner in resolved.items() if inner is not NO_VALUE}
        if isinstance(value, list):
            return [inner for inner in map(self.resolve, value) if inner is not NO_VALUE]
        return value

    def text(self, value: Any, where: str) -> str:
        """A value that must come out as a text."""
        found = self.resolve(value)
        if isinstance(found, dict | list) or found is NO_VALUE:
            raise template_error(f"every {where} must be a string.")
        return bounded(text_of(found))

    def many(self, value: Any, where: str) -> list[Any]:
        """A value that must come out as a list."""
        found = self.resolve(value)
        if not isinstance(found, list):
            raise template_error(f"{where} requires a list.")
        return found


def function_of(value: Mapping[str, Any]) -> str | None:
    """The name of the function that a dict calls, None for plain data.

    `Condition` is a function only inside conditions, where its value is a text; elsewhere it may be any member.
    """
    if len(value) != 1:
        return None
    name = next(iter(value))
    if name in FUNCTIONS and (name != "Condition" or isinstance(value[name], str)):
        return name
    if name.startswith("Fn::"):
        raise TemplateFault(f"Template error: {name} is not a function that templates have here.")
    return None


# -- references ---------------------------------------------------------------------------------------------------


def _ref(scope: Scope, name: Any) -> Any:
    if not isinstance(name, str):
        raise template_error("every Ref object must have a single String value.")
    if name == "AWS::NoValue":
        return NO_VALUE
    if name in scope.pseudo:
        return scope.pseudo[name]
    if name in scope.values:
        return scope.values[name]
    return scope.ref(name)


def _get_att(scope: Scope, value: Any) -> Any:
    name, attribute = attribute_of(value)
    return scope.attribute(name, scope.text(attribute, "Fn::GetAtt attribute name"))


def attribute_of(value: Any) -> tuple[str, Any]:
    """(logical id, attribute) of Fn::GetAtt's argument, dotted or a list; the attribute may be a function."""
    if isinstance(value, str) and "." in value:
        name, _, attribute = value.partition(".")
        return name, attribute
    if isinstance(value, list) and len(value) >= 2 and isinstance(value[0], str):
        rest = value[1:]
        return value[0], ".".join(rest) if all(isinstance(each, str) for each in rest) else rest[0]
    raise template_error("every Fn::GetAtt object requires two non-empty parameters, the resource name and attribute.")


def _sub(scope: Scope, value: Any) -> str:
    text, given = sub_of(value)
    own = {name: scope.text(inner, "Fn::Sub value") for name, inner in given.items()}

    def replaced(match: re.Match[str]) -> str:
        literal, written = match.groups()
        if literal:
            return f"${{{written}}}"
        name = written.strip()
        if name in own:
            return own[name]
        if "." in name and name not in scope.pseudo:
            return scope.text({"Fn::GetAtt": name}, "Fn::Sub value")
        return scope.text({"Ref": name}, "Fn::Sub value")

    return bounded(SUBSTITUTED.sub(replaced, text))


def sub_of(value: Any) -> tuple[str, JsonDict]:
    """(text, own values) of Fn::Sub's argument."""
    if isinstance(value, str):
        return value, {}
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict):
        return value[0], value[1]
    raise template_error(
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. "
        "Specify a string as first argument, and an optional second argument to specify a mapping of values to replace "
        "in the string"
    )


def _import_value(scope: Scope, value: Any) -> Any:
    return scope.exported(scope.text(value, "Fn::ImportValue name"))


FUNCTIONS: Mapping[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Condition": conditions.named,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::ImportValue": _import_value,
    "Fn::Join": texts.join,
    "Fn::Split": texts.split,
    "Fn::Select": texts.select,
    "Fn::FindInMap": texts.find_in_map,
    "Fn::Base64": texts.encode,
    "Fn::Cidr": texts.cidr,
    "Fn::GetAZs": texts.zones,
    "Fn::ToJsonString": texts.to_json_string,
    "Fn::Length": texts.length,
    "Fn::Transform": texts.transform,
    "Fn::If": conditions.choose,
    "Fn::Equals": conditions.equals,
    "Fn::And": conditions.all_hold,
    "Fn::Or": conditions.any_holds,
    "Fn::Not": conditions.holds_not,
    "Fn::Contains": conditions.contains,
    "Fn::EachMemberEquals": conditions.each_member_equals,
    "Fn::EachMemberIn": conditions.each_member_in,
    "Fn::RefAll": conditions.ref_all,
    "Fn::ValueOf": conditions.not_known,
    "Fn::ValueOfAll": conditions.not_known,
}
