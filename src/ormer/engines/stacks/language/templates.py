"""A template as its parts, each checked for form; what is wrong is told in CloudFormation's words.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.engines.stacks.language import documents
from ormer.engines.stacks.language.faults import TemplateFault, format_error

JsonDict = dict[str, Any]
VERSION = "2010-09-09"
SECTIONS = frozenset(
    [
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Rules",
        "Transform",
        "Resources",
        "Outputs",
        "Hooks",
    ]
)
RESOURCE_MEMBERS = frozenset(
    [
        "Type",
        "Properties",
        "DependsOn",
        "Condition",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "Metadata",
        "CreationPolicy",
        "UpdatePolicy",
        "Description",
        "Version",
    ]
)
PARAMETER_MEMBERS = frozenset(
    [
        "Type",
        "Default",
        "Description",
        "AllowedValues",
        "AllowedPattern",
        "ConstraintDescription",
        "MinLength",
        "MaxLength",
        "MinValue",
        "MaxValue",
        "NoEcho",
    ]
)
OUTPUT_MEMBERS = frozenset({"Value", "Description", "Export", "Condition"})
# Signals of machines and rolling updates of fleets: there are neither here.
WITHOUT_EFFECT = ("CreationPolicy", "UpdatePolicy")
POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")
PLAIN_TYPES = frozenset({"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"})
AWS_TYPE = re.compile(r"(?:List<)?AWS::[A-Za-z0-9]+::[A-Za-z0-9:]+>?")
STORED_TYPE = "AWS::SSM::Parameter::"
ALPHANUMERIC = re.compile(r"[A-Za-z0-9]+")
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
RESOURCES_MAX = 500
PARAMETERS_MAX = 200
OUTPUTS_MAX = 200
MAPPINGS_MAX = 200
DESCRIPTION_BYTES_MAX = 1024


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
        return self.type == "CommaDelimitedList" or self.type.startswith("List<")

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


@dataclass(frozen=True)
class Template:
    """A whole template."""

    resources: Mapping[str, Declared]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    metadata: JsonDict = field(default_factory=dict)
    transforms: tuple[str, ...] = ()
    description: str = ""
    version: str = ""

    @property
    def is_extended(self) -> bool:
        """Whether the language's extensions may be used."""
        return LANGUAGE_EXTENSIONS in self.transforms


def parse(text: str) -> Template:
    """A template's text as its parts. Raises TemplateFault."""
    raw = documents.load(text)
    unknown = [name for name in raw if name not in SECTIONS]
    if unknown:
        raise TemplateFault(f"Invalid template property or properties [{', '.join(unknown)}]")
    version = str(raw.get("AWSTemplateFormatVersion", ""))
    if version not in ("", VERSION):
        raise format_error(f"Unsupported template format version: {version}.")
    resources = _section(raw, "Resources", RESOURCES_MAX)
    if not resources:
        raise format_error("At least one Resources member must be defined.")
    return Template(
        resources={name: _resource(name, each) for name, each in resources.items()},
        parameters={n: _parameter(n, each) for n, each in _section(raw, "Parameters", PARAMETERS_MAX).items()},
        mappings=_mappings(_section(raw, "Mappings", MAPPINGS_MAX)),
        conditions=_section(raw, "Conditions"),
        rules=_section(raw, "Rules"),
        outputs={name: _output(name, each) for name, each in _section(raw, "Outputs", OUTPUTS_MAX).items()},
        metadata=_section(raw, "Metadata"),
        transforms=_transforms(raw.get("Transform", ())),
        description=_description(raw.get("Description", "")),
        version=version,
    )


def _section(raw: JsonDict, name: str, most: int | None = None) -> JsonDict:
    found = raw.get(name, {})
    if not isinstance(found, dict):
        raise format_error(f"{name} must be an object.")
    if most is not None and len(found) > most:
        raise format_error(f"Number of {name.lower()}, {len(found)}, is greater than maximum allowed, {most}")
    return found


def _description(value: Any) -> str:
    if not isinstance(value, str):
        raise format_error("Template description must be a string.")
    if len(value.encode()) > DESCRIPTION_BYTES_MAX:
        raise format_error(f"'Description' length is greater than {DESCRIPTION_BYTES_MAX}.")
    return value


def _transforms(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list | tuple) else [value]
    for each in found:
        if each != LANGUAGE_EXTENSIONS:
            shown = each.get("Name", each) if isinstance(each, dict) else each
            raise TemplateFault(
                f"Transform {shown} is not there: ormer has no macros, and of AWS's transforms {LANGUAGE_EXTENSIONS}."
            )
    return tuple(found)


def _mappings(found: JsonDict) -> JsonDict:
    for name, tops in found.items():
        if not isinstance(tops, dict):
            raise format_error(f"Every Mappings member {name} must be a map.")
        for top, values in tops.items():
            if not isinstance(values, dict):
                raise format_error(f"Every Mappings attribute must be a String or a List: {name}.{top} is neither.")
    return found


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


def _resource(name: str, raw: Any) -> Declared:
    members = _members("Resource", name, raw, RESOURCE_MEMBERS)
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


def _parameter(name: str, raw: Any) -> Parameter:
    members = _members("Parameter", name, raw, PARAMETER_MEMBERS)
    kind = members.get("Type")
    if not isinstance(kind, str) or not kind:
        raise format_error(f"[/Parameters/{name}] Every Parameters object must contain a Type member.")
    if STORED_TYPE in kind:
        raise TemplateFault(
            f"Parameter {name} is of type {kind}: ormer does not read parameters from Systems Manager yet. "
            f"Declare it as String and give the value."
        )
    if kind not in PLAIN_TYPES and not AWS_TYPE.fullmatch(kind):
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


def _output(name: str, raw: Any) -> Output:
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


def text_of(value: Any) -> str:
    """A scalar as CloudFormation writes it into texts: true, false, 1, 1.5."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return str(value)
