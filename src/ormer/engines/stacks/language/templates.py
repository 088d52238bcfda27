"""A template as its parts, each checked for form; what is wrong is told in CloudFormation's words.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.engines.stacks.language import documents
from ormer.engines.stacks.language.declarations import Declared, Output, Parameter, output, parameter, resource
from ormer.engines.stacks.language.faults import TemplateFault, format_error
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
VERSION = "2010-09-09"
SECTIONS = words(
    "AWSTemplateFormatVersion Description Metadata Parameters Mappings Conditions Rules Transform Resources "
    "Outputs Hooks"
)
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
# Macros, which rewrite a template: engines/stacks/macros.
SERVERLESS, NAME_OF_INCLUDE = "AWS::Serverless-2016-10-31", "AWS::Include"
TRANSFORMS = (LANGUAGE_EXTENSIONS, SERVERLESS, NAME_OF_INCLUDE)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
RESOURCES_MAX = 500
PARAMETERS_MAX = 200
OUTPUTS_MAX = 200
MAPPINGS_MAX = 200
DESCRIPTION_BYTES_MAX = 1024


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
    """A template's text as its parts, SAM's own resources too. Raises TemplateFault."""
    raw = documents.load(text)
    transforms = transforms_of(raw)
    unknown = [name for name in raw if name not in SECTIONS and not (name == "Globals" and SERVERLESS in transforms)]
    if unknown:
        raise TemplateFault(f"Invalid template property or properties [{', '.join(unknown)}]")
    version = str(raw.get("AWSTemplateFormatVersion", ""))
    if version not in ("", VERSION):
        raise format_error(f"Unsupported template format version: {version}.")
    resources = _section(raw, "Resources", RESOURCES_MAX)
    if not resources:
        raise format_error("At least one Resources member must be defined.")
    return Template(
        resources={name: resource(name, each) for name, each in resources.items()},
        parameters={n: parameter(n, each) for n, each in _section(raw, "Parameters", PARAMETERS_MAX).items()},
        mappings=_mappings(_section(raw, "Mappings", MAPPINGS_MAX)),
        conditions=_section(raw, "Conditions"),
        rules=_section(raw, "Rules"),
        outputs={name: output(name, each) for name, each in _section(raw, "Outputs", OUTPUTS_MAX).items()},
        metadata=_section(raw, "Metadata"),
        transforms=transforms,
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


def transforms_of(raw: JsonDict) -> tuple[str, ...]:
    """The names of a template's transforms. Raises TemplateFault for one that is not here."""
    value = raw.get("Transform", ())
    found = value if isinstance(value, list | tuple) else [value]
    names = tuple(str(each.get("Name", each)) if isinstance(each, dict) else str(each) for each in found)
    for name in names:
        if name not in TRANSFORMS:
            raise TemplateFault(
                f"Transform {name} is not there: ormer has no macros of your own, and of AWS's transforms "
                f"{', '.join(TRANSFORMS)}."
            )
    return names


def _mappings(found: JsonDict) -> JsonDict:
    for name, tops in found.items():
        if not isinstance(tops, dict):
            raise format_error(f"Every Mappings member {name} must be a map.")
        for top, values in tops.items():
            if not isinstance(values, dict):
                raise format_error(f"Every Mappings attribute must be a String or a List: {name}.{top} is neither.")
    return found
