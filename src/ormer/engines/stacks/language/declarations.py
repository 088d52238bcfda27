"""What a template declares: its parameters, resources and outputs, each checked for form.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ormer.engines.stacks.language.faults import TemplateFault, format_error
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
RESOURCE_MEMBERS = words(
    "Type Properties DependsOn Condition DeletionPolicy UpdateReplacePolicy Metadata CreationPolicy "
    "UpdatePolicy Description Version"
)
# SAM's resources have members of their own, which its macro reads. https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
SERVERLESS_TYPE, SERVERLESS_MEMBERS = "AWS::Serverless::", frozenset({"Connectors", "IgnoreGlobals"})
PARAMETER_MEMBERS = words(
    "Type Default Description AllowedValues AllowedPattern ConstraintDescription MinLength MaxLength MinValue "
    "MaxValue NoEcho"
)
OUTPUT_MEMBERS = frozenset({"Value", "Description", "Export", "Condition"})
# Signals of machines and rolling updates of fleets: there are neither here.
WITHOUT_EFFECT = ("CreationPolicy", "UpdatePolicy")
POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
PLAIN_TYPES = frozenset({"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"})
AWS_TYPE = re.compile(r"(?:List<)?AWS::[A-Za-z0-9]+::[A-Za-z0-9:]+>?")
# The value is the name of a parameter in Parameter Store, whose value is meant.
STORED_TYPE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
ALPHANUMERIC = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class Parameter:
    """A parameter's declaration; limits are None where none is set."""

    name: str
    type: str
    default: str | None = None
    description: str = ""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    constraint: str = ""
    min_length: int | None = None
    max_length: int | None = None
    min_value: float | None = None
    max_value: float | None = None
    no_echo: bool = False

    @property
    def is_list(self) -> bool:
        return self.meant == "CommaDelimitedList" or self.meant.startswith("List<")

    @property
    def is_stored(self) -> bool:
        """Whether its value names a parameter of Parameter Store."""
        return STORED_TYPE.fullmatch(self.type) is not None

    @property
    def meant(self) -> str:
        """The type of what functions see."""
        stored = STORED_TYPE.fullmatch(self.type)
        return stored[1] if stored else self.type

    @property
    def is_number(self) -> bool:
        return self.type in ("Number", "List<Number>")


@dataclass(frozen=True)
class Declared:
    """A resource's declaration. conditional: the name of its condition, "" without one.

    ignored: members that have no effect here, for its first event to say so.
    """

    name: str
    type: str
    properties: JsonDict = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    conditional: str = ""
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    metadata: JsonDict = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Output:
    """An output's declaration; `export` is the name it is exported by, None when it is not."""

    name: str
    value: Any
    description: str = ""
    export: Any = None
    conditional: str = ""


def _members(kind: str, name: str, raw: Any, known: frozenset[str]) -> JsonDict:
    """A declaration's members; raises for a name or member that may not be."""
    if not ALPHANUMERIC.fullmatch(name):
        raise format_error(f"{kind} name {name} is non alphanumeric.")
    if not isinstance(raw, dict):
        raise format_error(f"[/{kind}s/{name}] must be an object.")
    unknown = [member for member in raw if member not in known]
    if unknown:
        raise TemplateFault(f"Invalid template {kind.lower()} property '{unknown[0]}'")
    return raw


# -- resources ----------------------------------------------------------------------------------------------------


def resource(name: str, raw: Any) -> Declared:
    """A resource's declaration from its section. Raises TemplateFault."""
    is_serverless = isinstance(raw, dict) and str(raw.get("Type")).startswith(SERVERLESS_TYPE)
    members = _members("Resource", name, raw, RESOURCE_MEMBERS | (SERVERLESS_MEMBERS if is_serverless else frozenset()))
    kind = members.get("Type")
    if not isinstance(kind, str) or not kind:
        raise format_error(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    properties = members.get("Properties", {})
    if not isinstance(properties, dict):
        raise format_error(f"[/Resources/{name}/Properties] must be an object.")
    metadata = members.get("Metadata", {})
    if not isinstance(metadata, dict):
        raise format_error(f"[/Resources/{name}/Metadata] must be an object.")
    return Declared(
        name,
        kind,
        properties,
        _names(members.get("DependsOn", ()), f"/Resources/{name}/DependsOn"),
        _condition_name(members.get("Condition", ""), f"/Resources/{name}/Condition"),
        _policy(name, "DeletionPolicy", members),
        _policy(name, "UpdateReplacePolicy", members),
        metadata,
        tuple(name for name in WITHOUT_EFFECT if name in members),
    )


def _names(value: Any, where: str) -> tuple[str, ...]:
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        raise format_error(f"[{where}] must be a text or a list of texts.")
    return tuple(found)


def _condition_name(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise format_error(f"[{where}] must name a condition.")
    return value


def _policy(name: str, member: str, members: JsonDict) -> str:
    value = members.get(member, "Delete")
    if value not in POLICIES:
        raise TemplateFault(f"Template error: Unrecognized {member} {value} for resource {name}.")
    return str(value)


# -- parameters and outputs ---------------------------------------------------------------------------------------


def parameter(name: str, raw: Any) -> Parameter:
    """A parameter's declaration from its section. Raises TemplateFault."""
    members = _members("Parameter", name, raw, PARAMETER_MEMBERS)
    kind = members.get("Type")
    if not isinstance(kind, str) or not kind:
        raise format_error(f"[/Parameters/{name}] Every Parameters object must contain a Type member.")
    if kind not in PLAIN_TYPES and not AWS_TYPE.fullmatch(kind) and not STORED_TYPE.fullmatch(kind):
        raise format_error(f"Unrecognized parameter type: {kind}")
    allowed = members.get("AllowedValues", [])
    if not isinstance(allowed, list):
        raise format_error(f"[/Parameters/{name}/AllowedValues] must be a list.")
    return Parameter(
        name,
        kind,
        _default(name, members),
        _text(name, "Description", members),
        tuple(text_of(each) for each in allowed),
        _text(name, "AllowedPattern", members),
        _text(name, "ConstraintDescription", members),
        _count(name, "MinLength", members),
        _count(name, "MaxLength", members),
        _number(name, "MinValue", members),
        _number(name, "MaxValue", members),
        text_of(members.get("NoEcho", False)).lower() == "true",
    )


def _default(name: str, members: JsonDict) -> str | None:
    value = members.get("Default")
    if isinstance(value, dict | list):
        raise format_error(f"Every Default member must be a string: [/Parameters/{name}/Default].")
    return None if value is None else text_of(value)


def _text(name: str, member: str, members: JsonDict) -> str:
    value = members.get(member, "")
    if isinstance(value, dict | list):
        raise format_error(f"[/Parameters/{name}/{member}] must be a text.")
    return text_of(value)


def _number(name: str, member: str, members: JsonDict) -> float | None:
    if member not in members:
        return None
    try:
        return float(members[member])
    except (TypeError, ValueError):
        raise format_error(f"[/Parameters/{name}/{member}] must be a number.") from None


def _count(name: str, member: str, members: JsonDict) -> int | None:
    value = _number(name, member, members)
    if value is not None and not value.is_integer():
        raise format_error(f"[/Parameters/{name}/{member}] must be a whole number.")
    return None if value is None else int(value)


def output(name: str, raw: Any) -> Output:
    """An output's declaration from its section. Raises TemplateFault."""
    members = _members("Output", name, raw, OUTPUT_MEMBERS)
    if "Value" not in members:
        raise format_error(f"[/Outputs/{name}] Every Outputs member must contain a Value object.")
    export = members.get("Export")
    if export is not None and (not isinstance(export, dict) or set(export) != {"Name"}):
        raise format_error(f"[/Outputs/{name}/Export] must hold a Name and nothing else.")
    description = members.get("Description", "")
    if not isinstance(description, str):
        raise format_error(f"[/Outputs/{name}/Description] must be a text.")
    return Output(
        name,
        members["Value"],
        description,
        None if export is None else export["Name"],
        _condition_name(members.get("Condition", ""), f"/Outputs/{name}/Condition"),
    )
