"""AWS::CloudWatch::Dashboard: Ref gives its name."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, BODY = "DashboardName", "DashboardBody"
NAME_LENGTH_MAX = 255


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(NAME_LENGTH_MAX))
    taken = site.call("cloudwatch", "ListDashboards", {"DashboardNamePrefix": name})["DashboardEntries"]
    if name in [one[NAME] for one in taken]:
        site.refuse_taken(name)
    _put(site, name, properties)
    return Made(name)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    _put(site, held.physical_id, properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _put(site: Site, name: str, properties: JsonDict) -> None:
    body = properties[BODY]
    text = body if isinstance(body, str) else json.dumps(body)
    tags = {"Tags": site.tags} if site.tags else {}
    site.call("cloudwatch", "PutDashboard", {NAME: name, BODY: text, **tags})


def _delete(site: Site, held: Held) -> None:
    site.call("cloudwatch", "DeleteDashboards", {f"{NAME}s": [held.physical_id]})


TYPE = ResourceType(
    "AWS::CloudWatch::Dashboard",
    _create,
    _delete,
    words(NAME, BODY),
    _update,
    words(NAME),
    (BODY,),
    named_by=NAME,
)
