"""What most of SageMaker's types are: properties that are a Create request, an ARN that Ref gives, their own name."""

from __future__ import annotations

from typing import Any

from ormer.aws.clock import iso
from ormer.engines.stacks.contracts import Create, Delete, Held, Made, ResourceType, Site, Update
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "sagemaker"
NAME_LENGTH_MAX = 63
JOB_DEFINITION = words("JobDefinitionName JobDefinitionArn CreationTime")


def noun(
    kind: str,
    named_by: str,
    properties: str,
    *,
    attributes: str = "",
    arn: str = "",
    create: Create | None = None,
    delete: Delete | None = None,
    update: Update | None = None,
    replaces: str = "",
    required: str = "",
    **more: Any,
) -> ResourceType:
    """The type AWS::SageMaker::<kind>. attributes: further ones than name and ARN, members of Describe's answer.

    create, delete: in place of Create<kind> and Delete<kind> as they are.
    """
    arn_member = arn or f"{kind}Arn"
    asked = tuple(attributes.split())
    return ResourceType(
        f"AWS::SageMaker::{kind}",
        create or creating(kind, named_by, arn_member, asked),
        delete or deleting(kind, named_by),
        words(properties, named_by),
        update,
        words(replaces, named_by) if update else frozenset(),
        tuple(required.split()),
        words(attributes, named_by, arn_member),
        named_by,
        **more,
    )


def creating(kind: str, named_by: str, arn: str, attributes: tuple[str, ...] = ()) -> Create:
    """Create<kind> with the properties, under their name or one of this stack's making."""

    def create(site: Site, properties: JsonDict) -> Made:
        name = text_of(properties.get(named_by) or site.name(NAME_LENGTH_MAX))
        tags = {"Tags": site.tags} if site.tags else {}
        made = site.make(SERVICE, f"Create{kind}", {**properties, named_by: name}, **tags)
        return described(site, kind, {named_by: name, arn: str(made[arn])}, arn, attributes)

    return create


def described(site: Site, kind: str, ids: JsonDict, arn: str, attributes: tuple[str, ...]) -> Made:
    """What there is now, with the attributes that Describe answers. ids: its name and its ARN, by their members."""
    if not attributes:
        return Made(ids[arn], ids, ids[arn])
    named_by = next(iter(ids))
    answer = site.call(SERVICE, f"Describe{kind}", {named_by: ids[named_by]})
    return Made(ids[arn], {**ids, **shown(answer, attributes)}, ids[arn])


def shown(answer: JsonDict, attributes: tuple[str, ...]) -> JsonDict:
    """Members of an answer as Fn::GetAtt gives them; times as texts."""
    found = {name: answer[name] for name in attributes if answer.get(name) is not None}
    return {name: iso(value) if name.endswith("Time") else text_of(value) for name, value in found.items()}


def deleting(kind: str, named_by: str) -> Delete:
    """Delete<kind> by name."""

    def delete(site: Site, held: Held) -> None:
        site.call(SERVICE, f"Delete{kind}", {named_by: held.attributes[named_by]})

    return delete


def updating(kind: str, named_by: str, members: frozenset[str]) -> Update:
    """Update<kind> with these properties, where each is there."""

    def update(site: Site, held: Held, properties: JsonDict) -> Made:
        change = {name: value for name, value in properties.items() if name in members}
        site.make(SERVICE, f"Update{kind}", {**change, named_by: held.attributes[named_by]})
        return Made(held.physical_id, held.attributes, held.arn)

    return update
