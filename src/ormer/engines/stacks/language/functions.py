"""Functions of a template replaced by their values: Ref, Fn::GetAtt, Fn::Sub, Fn::If and the others.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.engines.stacks.language.faults import TemplateFault, format_error, template_error
from ormer.engines.stacks.language.templates import Template, text_of

JsonDict = dict[str, Any]
Value = str | list[str]
# `${Name}`, `${Name.Attribute}`; `${!Text}` stands for the text `${Text}` itself.
SUBSTITUTED = re.compile(r"\$\{(!?)([^${}]*)\}")
CIDR_BLOCKS_MAX = 256
# A result may not be larger than what a request may hold; nested Sub and Join could otherwise grow without end.
TEXT_CHARACTERS_MAX = 4 * 1024 * 1024
ZONES = "abc"
# Conditions that refer to conditions that refer to conditions.
CONDITIONS_DEEP_MAX = 40


class NoValue:
    """`AWS::NoValue`: the member or element that holds it is left out."""


NO_VALUE = NoValue()


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


def truth(value: Any, where: str) -> bool:
    """A condition's outcome."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise template_error(f"every condition must come out as true or false ({where}).")


def bounded(text: str) -> str:
    """The text, unless it has grown beyond all measure."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise template_error(f"a text may not be longer than {TEXT_CHARACTERS_MAX} characters.")
    return text


def parts_of(name: str, value: Any, least: int, most: int | None = None) -> list[Any]:
    """A function's arguments, when it has between `least` and `most`."""
    if not isinstance(value, list) or not least <= len(value) <= (most or least):
        raise template_error(f"{name} object requires a list of {least} parameters.")
    return value


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


# -- texts and lists ----------------------------------------------------------------------------------------------


def _join(scope: Scope, value: Any) -> str:
    delimiter, items = parts_of("Fn::Join", value, 2)
    if not isinstance(delimiter, str):
        raise template_error("every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list.")
    joined = scope.many(items, "Fn::Join")
    return bounded(delimiter.join(scope.text(each, "Fn::Join value") for each in joined))


def _split(scope: Scope, value: Any) -> list[str]:
    delimiter, text = parts_of("Fn::Split", value, 2)
    if not isinstance(delimiter, str) or not delimiter:
        raise template_error("every Fn::Split object requires a non-empty delimiter and a string.")
    return scope.text(text, "Fn::Split source").split(delimiter)


def _select(scope: Scope, value: Any) -> Any:
    index, items = parts_of("Fn::Select", value, 2)
    text, found = scope.text(index, "Fn::Select index"), scope.many(items, "Fn::Select")
    if not text.isdecimal() or len(text) > 9:
        raise template_error("Fn::Select requires a non-negative whole number as its index.")
    if int(text) >= len(found):
        raise template_error(f"Fn::Select cannot select nonexistent value at index {text}")
    return found[int(text)]


def _find_in_map(scope: Scope, value: Any) -> Any:
    parts = parts_of("Fn::FindInMap", value, 3, 4 if scope.template.is_extended else 3)
    names = [scope.text(each, "Fn::FindInMap name") for each in parts[:3]]
    found: Any = scope.template.mappings
    for name in names:
        if not isinstance(found, Mapping) or name not in found:
            if len(parts) == 4 and isinstance(parts[3], dict) and "DefaultValue" in parts[3]:
                return scope.resolve(parts[3]["DefaultValue"])
            raise template_error(f"Unable to get mapping for {'::'.join(names)}")
        found = found[name]
    return found


def _base64(scope: Scope, value: Any) -> str:
    return base64.b64encode(scope.text(value, "Fn::Base64 value").encode()).decode()


def _cidr(scope: Scope, value: Any) -> list[str]:
    block, count, *bits = parts_of("Fn::Cidr", value, 2, 3)
    try:
        network = ipaddress.ip_network(scope.text(block, "Fn::Cidr block"), strict=False)
        wanted = int(scope.text(count, "Fn::Cidr count"))
        size = int(scope.text(bits[0], "Fn::Cidr bits")) if bits else (8 if network.version == 4 else 64)
        prefix = network.max_prefixlen - size
        fits = 0 < wanted <= CIDR_BLOCKS_MAX and network.prefixlen <= prefix <= network.max_prefixlen
        if not fits or wanted > 2 ** (prefix - network.prefixlen):
            raise ValueError(f"{wanted} blocks of {size} bits do not fit into {network}")
    except ValueError as error:
        raise template_error(f"Fn::Cidr: {error}") from None
    return [str(each) for each, _ in zip(network.subnets(new_prefix=prefix), range(wanted), strict=False)]


def _get_azs(scope: Scope, value: Any) -> list[str]:
    region = scope.text(value, "Fn::GetAZs region") or str(scope.pseudo.get("AWS::Region", ""))
    return [f"{region}{zone}" for zone in ZONES]


def _to_json_string(scope: Scope, value: Any) -> str:
    _need_extensions(scope, "Fn::ToJsonString")
    return bounded(json.dumps(scope.resolve(value), separators=(",", ":"), ensure_ascii=False))


def _length(scope: Scope, value: Any) -> int:
    _need_extensions(scope, "Fn::Length")
    return len(scope.many(value, "Fn::Length"))


def _need_extensions(scope: Scope, name: str) -> None:
    if not scope.template.is_extended:
        raise template_error(f"{name} needs `Transform: AWS::LanguageExtensions` in the template.")


def _transform(scope: Scope, value: Any) -> Any:
    name = value.get("Name", "") if isinstance(value, dict) else value
    raise template_error(f"Fn::Transform {name}: ormer has no macros.")


# -- conditions ---------------------------------------------------------------------------------------------------


def _if(scope: Scope, value: Any) -> Any:
    condition, then, otherwise = parts_of("Fn::If", value, 3)
    if not isinstance(condition, str):
        raise template_error("Fn::If requires the name of a condition as its first parameter.")
    return scope.resolve(then if scope.holds(condition) else otherwise)


def _equals(scope: Scope, value: Any) -> bool:
    left, right = (plain(scope.resolve(each)) for each in parts_of("Fn::Equals", value, 2))
    return bool(left == right)


def plain(value: Any) -> Any:
    """A value with every scalar as text: `1` and "1" are the same to CloudFormation."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return None if value is NO_VALUE else text_of(value)


def _all(scope: Scope, value: Any) -> bool:
    return all(truth(scope.resolve(each), "Fn::And") for each in parts_of("Fn::And", value, 1, 10))


def _any(scope: Scope, value: Any) -> bool:
    return any(truth(scope.resolve(each), "Fn::Or") for each in parts_of("Fn::Or", value, 1, 10))


def _not(scope: Scope, value: Any) -> bool:
    return not truth(scope.resolve(parts_of("Fn::Not", value, 1)[0]), "Fn::Not")


def _condition(scope: Scope, name: Any) -> bool:
    return scope.holds(name)


# -- rules --------------------------------------------------------------------------------------------------------


def _contains(scope: Scope, value: Any) -> bool:
    items, wanted = parts_of("Fn::Contains", value, 2)
    return plain(scope.resolve(wanted)) in plain(scope.many(items, "Fn::Contains"))


def _each_member_equals(scope: Scope, value: Any) -> bool:
    items, wanted = parts_of("Fn::EachMemberEquals", value, 2)
    expected = plain(scope.resolve(wanted))
    return all(each == expected for each in plain(scope.many(items, "Fn::EachMemberEquals")))


def _each_member_in(scope: Scope, value: Any) -> bool:
    items, allowed = (plain(scope.many(each, "Fn::EachMemberIn")) for each in parts_of("Fn::EachMemberIn", value, 2))
    return all(each in allowed for each in items)


def _ref_all(scope: Scope, kind: Any) -> list[Any]:
    """Every value of the parameters of a type."""
    found: list[Any] = []
    for name, parameter in scope.template.parameters.items():
        if parameter.type == kind and name in scope.values:
            value = scope.values[name]
            found += value if isinstance(value, list) else [value]
    return found


def _not_known(scope: Scope, value: Any) -> Any:
    raise template_error("Fn::ValueOf and Fn::ValueOfAll look up attributes of VPCs and domains, which are not here.")


FUNCTIONS: Mapping[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Condition": _condition,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Length": _length,
    "Fn::Transform": _transform,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::And": _all,
    "Fn::Or": _any,
    "Fn::Not": _not,
    "Fn::Contains": _contains,
    "Fn::EachMemberEquals": _each_member_equals,
    "Fn::EachMemberIn": _each_member_in,
    "Fn::RefAll": _ref_all,
    "Fn::ValueOf": _not_known,
    "Fn::ValueOfAll": _not_known,
}
