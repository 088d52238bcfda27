"""AWS::IAM::OIDCProvider: Ref gives its ARN."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site
from ormer.engines.stacks.language.words import words
from ormer.engines.stacks.resources.ec2_networks import switched
from ormer.engines.stacks.resources.iam_texts import texts

JsonDict = dict[str, Any]
ARN, URL, CLIENTS, THUMBPRINTS = "OpenIDConnectProviderArn", "Url", "ClientIdList", "ThumbprintList"


def _create(site: Site, properties: JsonDict) -> Made:
    if not properties.get(URL):
        raise Refused(f"{site.logical_id}: an OIDC provider needs its {URL}.")
    tags = {"Tags": site.tags} if site.tags else {}
    arn = site.make("iam", "CreateOpenIDConnectProvider", properties, **tags)[ARN]
    return Made(arn, {"Arn": arn}, arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    named = {ARN: held.physical_id}
    added, gone = switched(texts(held.properties.get(CLIENTS)), texts(properties.get(CLIENTS)))
    for client in added:
        site.call("iam", "AddClientIDToOpenIDConnectProvider", {**named, "ClientID": client})
    for client in gone:
        site.call("iam", "RemoveClientIDFromOpenIDConnectProvider", {**named, "ClientID": client})
    thumbprints = texts(properties.get(THUMBPRINTS))
    site.call("iam", "UpdateOpenIDConnectProviderThumbprint", {**named, THUMBPRINTS: thumbprints})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call("iam", "DeleteOpenIDConnectProvider", {ARN: held.physical_id})


TYPE = ResourceType(
    "AWS::IAM::OIDCProvider",
    _create,
    _delete,
    words(URL, CLIENTS, THUMBPRINTS),
    _update,
    words(URL),
    attributes=words("Arn"),
    iam=True,
)
