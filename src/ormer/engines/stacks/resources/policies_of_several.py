"""What types of policies that stand at several resources have in common; Ref gives an id of the stack's making."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
POLICY = "PolicyDocument"


def policy_type(name: str, member: str, put: Callable[[Site, str, str], None]) -> ResourceType:
    """The type of this name. member: the property that lists the resources; put: gives one a policy, or "" for none."""

    def resources(properties: JsonDict) -> list[str]:
        return [text_of(one) for one in properties[member]]

    def give(site: Site, named: Iterable[str], policy: str) -> None:
        for one in named:
            put(site, one, policy)

    def create(site: Site, properties: JsonDict) -> Made:
        policy = properties[POLICY]
        give(site, resources(properties), policy if isinstance(policy, str) else json.dumps(policy))
        made = site.name()
        return Made(made, {"Id": made})

    def update(site: Site, held: Held, properties: JsonDict) -> Made:
        made = create(site, properties)
        give(site, (one for one in resources(held.properties) if one not in resources(properties)), "")
        return made

    def delete(site: Site, held: Held) -> None:
        give(site, resources(held.properties), "")

    return ResourceType(
        name,
        create,
        delete,
        words(POLICY, member),
        update,
        frozenset(),
        (POLICY, member),
        words("Id"),
        taggable=False,
    )
