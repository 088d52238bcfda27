"""AWS::Include: members of a file in S3 take the place of what names it, at the top or anywhere below.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ormer.engines.stacks.language import documents
from ormer.engines.stacks.language.faults import TemplateFault
from ormer.engines.stacks.language.templates import NAME_OF_INCLUDE as NAME

JsonDict = dict[str, Any]
FUNCTION = "Fn::Transform"


def any_in(value: Any) -> bool:
    """Whether a file is to be included anywhere."""
    if isinstance(value, list):
        return any(any_in(each) for each in value)
    if not isinstance(value, dict):
        return False
    return any(_is_one(each) for each in _named(value)) or any(any_in(each) for each in value.values())


def expanded(value: Any, texts: Mapping[str, str], read: Callable[[str], str]) -> Any:
    """The value with every included file's members in place. Raises TemplateFault for a file that cannot be."""
    if isinstance(value, list):
        return [expanded(each, texts, read) for each in value]
    if not isinstance(value, dict):
        return value
    found: JsonDict = {}
    for name, inner in value.items():
        ones = [each for each in _many(inner) if _is_one(each)] if name in (FUNCTION, "Transform") else []
        for one in ones:
            found |= _included(one, texts, read)
        if not ones:
            found[name] = expanded(inner, texts, read)
        elif len(ones) < len(_many(inner)):
            found[name] = [each for each in _many(inner) if not _is_one(each)]
    return found


def _named(value: JsonDict) -> list[Any]:
    return [*_many(value.get(FUNCTION)), *_many(value.get("Transform"))]


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_one(value: Any) -> bool:
    return isinstance(value, dict) and value.get("Name") == NAME


def _included(one: JsonDict, texts: Mapping[str, str], read: Callable[[str], str]) -> JsonDict:
    location = (one.get("Parameters") or {}).get("Location")
    if isinstance(location, dict) and set(location) == {"Ref"}:
        location = texts.get(str(location["Ref"]))
    if not isinstance(location, str):
        raise TemplateFault(f"Transform {NAME} failed with: Location must be the S3 address of a file, or a Ref to it.")
    text = read(location)
    # What is included may itself be a template's part in either language; it may not include further.
    return documents.load(text)
