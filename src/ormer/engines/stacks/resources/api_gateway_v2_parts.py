"""What the parts of an HTTP API have in common as resources: made below an API, found by an id of their own."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site, without
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
SERVICE = "apigatewayv2"


def part(
    kind: str, identifier: str, properties: str, *, needed: str = "", fixed: str = "", apart: tuple[str, ...] = ()
) -> ResourceType:
    """The type of a part. identifier: the member that names it. needed: properties that must be there. fixed: those
    whose change replaces it, beside the API. apart: those without effect here.
    """

    def create(site: Site, given: JsonDict) -> Made:
        made = site.make(SERVICE, f"Create{kind}", without(given, *apart))
        return Made(str(made[identifier]), {identifier: made[identifier]})

    def update(site: Site, held: Held, given: JsonDict) -> Made:
        own = {**without(given, *apart), identifier: held.physical_id}
        site.make(SERVICE, f"Update{kind}", own)
        return Made(held.physical_id, held.attributes)

    def delete(site: Site, held: Held) -> None:
        site.call(SERVICE, f"Delete{kind}", {"ApiId": held.properties["ApiId"], identifier: held.physical_id})

    return ResourceType(
        f"AWS::ApiGatewayV2::{kind}",
        create,
        delete,
        words("ApiId", properties),
        None if kind == "Deployment" else update,
        words("ApiId", fixed),
        ("ApiId", *needed.split()),
        words(identifier),
        taggable=False,
    )
