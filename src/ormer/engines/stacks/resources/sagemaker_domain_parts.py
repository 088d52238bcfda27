"""What belongs to a domain, user profiles and spaces: named within it, Ref gives the name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, pick
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE

JsonDict = dict[str, Any]
DOMAIN = "DomainId"


def part(kind: str, changes: tuple[str, ...], fixed: str, replaces: str = "") -> ResourceType:
    """The type AWS::SageMaker::<kind>. changes: properties that Update<kind> takes; fixed: those that replace."""
    name, arn = f"{kind}Name", f"{kind}Arn"
    ids = (DOMAIN, name)

    def create(site: Site, properties: JsonDict) -> Made:
        tags = {"Tags": site.tags} if site.tags else {}
        made = site.make(SERVICE, f"Create{kind}", properties, **tags)[arn]
        return Made(text_of(properties[name]), {arn: made}, made)

    def update(site: Site, held: Held, properties: JsonDict) -> Made:
        site.make(SERVICE, f"Update{kind}", pick(properties, (*ids, *changes)))
        return Made(held.physical_id, held.attributes, held.arn)

    def delete(site: Site, held: Held) -> None:
        site.make(SERVICE, f"Delete{kind}", pick(held.properties, ids))

    return ResourceType(
        f"AWS::SageMaker::{kind}",
        create,
        delete,
        words(fixed, *ids, *changes),
        update,
        words(fixed, replaces, *ids),
        ids,
        words(arn),
        name,
    )
