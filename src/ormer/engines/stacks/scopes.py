"""Where a stack's functions find their values: its parameters, its resources, other stacks' exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ormer.aws import arns
from ormer.engines.stacks.contracts import ResourceType
from ormer.engines.stacks.language import parameters
from ormer.engines.stacks.language.faults import format_error, template_error
from ormer.engines.stacks.language.functions import Scope
from ormer.engines.stacks.language.templates import Template
from ormer.stores.stacks.members import OLD, STRAY, Member

Types = Mapping[str, ResourceType]


def pseudo(arn: str, notifications: list[str] | None = None) -> dict[str, Any]:
    """AWS's own parameters for a stack. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"""
    parts = arns.parse(arn)
    return {
        "AWS::AccountId": parts.account,
        "AWS::Region": parts.region,
        "AWS::Partition": parts.partition,
        "AWS::URLSuffix": "amazonaws.com.cn" if parts.partition == "aws-cn" else "amazonaws.com",
        "AWS::StackId": arn,
        "AWS::StackName": parts.resource.split("/")[1],
        "AWS::NotificationARNs": notifications or [],
    }


def scope(
    template: Template,
    texts: Mapping[str, str],
    own: Mapping[str, Any],
    rows: Mapping[str, Member],
    types: Types,
    exported: Callable[[str], Any],
) -> Scope:
    """The scope of a stack whose resources are `rows` ({logical id: row}), read anew at every reference."""

    def row_of(name: str) -> Member:
        if name not in rows or not rows[name].physical_id:
            raise format_error(f"Unresolved resource dependencies [{name}] in the Resources block of the template")
        return rows[name]

    def attribute(name: str, asked: str) -> Any:
        row = row_of(name)
        if asked not in row.attributes:
            raise no_attribute(name, asked, types[row.type])
        return row.attributes[asked]

    return Scope(
        template,
        parameters.read(template, texts),
        own,
        ref=lambda name: row_of(name).physical_id,
        attribute=attribute,
        exported=exported,
    )


def no_attribute(name: str, asked: str, kind: ResourceType) -> Exception:
    """The fault of a resource that does not have an attribute."""
    if kind.has_attribute(asked):
        return template_error(f"resource {name} has no value for its attribute {asked}")
    return template_error(f"resource {name} does not support attribute type {asked} in Fn::GetAtt")


def current(rows: list[Member]) -> dict[str, Member]:
    """{logical id: row} of what references find: never what is to go."""
    return {row.logical_id: row for row in rows if row.part not in (OLD, STRAY)}
