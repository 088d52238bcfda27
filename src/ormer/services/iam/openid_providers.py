"""OpenID Connect providers: whom a role's trust policy may name. Nobody signs in by one here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.nouns import Noun, tags_of
from ormer.stores.port import Call
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

PROVIDER = Noun(
    "OpenIDConnectProvider",
    name="Url",
    arn="oidc-provider/{name}",
    service="iam",
    missing=("NoSuchEntity", "OpenIDConnect Provider not found for arn {arn}"),
    taken=("EntityAlreadyExists", "Provider with url https://{name} already exists."),
    is_global=True,
)
ARN, CLIENTS, THUMBPRINTS = "OpenIDConnectProviderArn", "ClientIDList", "ThumbprintList"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
CLIENTS_MAX = 100


def create_open_id_connect_provider(call: Call, request: JsonDict) -> JsonDict:
    """Keep a provider. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html

    Differs: nobody signs in by it, and thumbprints that are not given are not fetched.
    Errors: ValidationError, EntityAlreadyExists.
    """
    url = urlsplit(request["Url"])
    if url.scheme != "https" or not url.hostname:
        raise AwsError("ValidationError", "Invalid Open ID Connect Provider URL: it begins with https:// and a host.")
    name = f"{url.netloc}{url.path.rstrip('/')}"
    given = {name: list(request.get(name, ())) for name in (CLIENTS, THUMBPRINTS)}
    row = PROVIDER.create(call, {**given, "Url": name, "Tags": request.get("Tags", ())}, name=name, event=False)
    return {ARN: row.arn, "Tags": tags_of(call, row.arn)}


def get_open_id_connect_provider(call: Call, request: JsonDict) -> JsonDict:
    """Answer a provider. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html

    Errors: NoSuchEntity.
    """
    row = PROVIDER.get(call, request[ARN])
    return {**row.document, "CreateDate": row.created, "Tags": tags_of(call, row.arn)}


def list_open_id_connect_providers(call: Call, request: JsonDict) -> JsonDict:
    """List providers. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html"""
    c = table.c
    with call.read() as tx:
        rows = resources.select(tx, c.account == call.account, c.kind == PROVIDER.kind)
    return {"OpenIDConnectProviderList": [{"Arn": row.arn} for row in sorted(rows, key=lambda row: row.name)]}


def delete_open_id_connect_provider(call: Call, request: JsonDict) -> JsonDict:
    """Delete a provider. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html

    Errors: NoSuchEntity.
    """
    with call.write():
        PROVIDER.remove(call, PROVIDER.get(call, request[ARN]))
    return {}


def update_open_id_connect_provider_thumbprint(call: Call, request: JsonDict) -> JsonDict:
    """Replace a provider's thumbprints. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html

    Errors: NoSuchEntity.
    """
    with call.write():
        PROVIDER.save(call, PROVIDER.get(call, request[ARN]), {THUMBPRINTS: request[THUMBPRINTS]})
    return {}


def add_client_id_to_open_id_connect_provider(call: Call, request: JsonDict) -> JsonDict:
    """Add a client. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html

    Errors: NoSuchEntity, LimitExceeded.
    """
    with call.write():
        row = PROVIDER.get(call, request[ARN])
        clients = list(dict.fromkeys([*row.document[CLIENTS], request["ClientID"]]))
        if len(clients) > CLIENTS_MAX:
            raise AwsError("LimitExceeded", f"A provider has {CLIENTS_MAX} clients at most.", 409)
        PROVIDER.save(call, row, {CLIENTS: clients})
    return {}


def remove_client_id_from_open_id_connect_provider(call: Call, request: JsonDict) -> JsonDict:
    """Remove a client. https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html

    Errors: NoSuchEntity.
    """
    with call.write():
        row = PROVIDER.get(call, request[ARN])
        left = [one for one in row.document[CLIENTS] if one != request["ClientID"]]
        PROVIDER.save(call, row, {CLIENTS: left})
    return {}


def tag_open_id_connect_provider(call: Call, request: JsonDict) -> JsonDict:
    """Add tags to a provider. https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html"""
    with call.write() as tx:
        tagging.put(tx, PROVIDER.get(call, request[ARN]).arn, request["Tags"])
    return {}


def untag_open_id_connect_provider(call: Call, request: JsonDict) -> JsonDict:
    """Remove a provider's tags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html"""
    with call.write() as tx:
        tagging.remove(tx, PROVIDER.get(call, request[ARN]).arn, request["TagKeys"])
    return {}


def list_open_id_connect_provider_tags(call: Call, request: JsonDict) -> JsonDict:
    """List a provider's tags. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html"""
    return {"Tags": tags_of(call, PROVIDER.get(call, request[ARN]).arn), "IsTruncated": False}
