"""Tags of secrets."""

from __future__ import annotations

from typing import Any

from ormer.services.secretsmanager import naming
from ormer.stores import tagging
from ormer.stores.nouns import unique_tags
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def tag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Add or replace a secret's tags. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html"""
    pairs = unique_tags(request["Tags"])
    with call.write() as tx:
        tagging.put(tx, naming.get(call, request["SecretId"]).arn, pairs)
    return {}


def untag_resource(call: Call, request: JsonDict) -> JsonDict:
    """Remove tags of a secret. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html"""
    with call.write() as tx:
        tagging.remove(tx, naming.get(call, request["SecretId"]).arn, request["TagKeys"])
    return {}
