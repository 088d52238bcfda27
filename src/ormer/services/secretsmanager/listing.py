"""Lists of secrets, and several values at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.secretsmanager.secrets import described
from ormer.stores import secret_versions
from ormer.stores.nouns import page_of
from ormer.stores.port import Call

JsonDict = dict[str, Any]
PAGE, VALUES_PAGE = 100, 20
WORDS = re.compile(r"[^A-Za-z0-9]+")


def list_secrets(call: Call, request: JsonDict) -> JsonDict:
    """Page through secrets, the newest first. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html

    Errors: InvalidNextTokenException, InvalidParameterException.
    """
    found = _found(call, request.get("Filters", ()), bool(request.get("IncludePlannedDeletion", False)))
    by = {"name": "Name", "last-changed-date": "LastChangedDate", "last-accessed-date": "LastAccessedDate"}
    member = by.get(request.get("SortBy", ""), "CreatedDate")
    descending = request.get("SortOrder", "desc") == "desc"
    ordered = sorted(found, key=lambda one: one.get(member, 0.0), reverse=descending)
    page, token = _page(ordered, request, PAGE)
    return {"SecretList": page, **({"NextToken": token} if token else {})}


def batch_get_secret_value(call: Call, request: JsonDict) -> JsonDict:
    """Answer up to twenty secrets' values, by their ids or by filters. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html

    What the caller may not read, or what is not there, is listed among the errors.
    """
    ids = request.get("SecretIdList")
    if bool(ids) == bool(request.get("Filters")):
        raise AwsError("InvalidParameterException", "Provide either SecretIdList or Filters.")
    wanted = ids or [one["ARN"] for one in _found(call, request["Filters"], False)]
    page, token = _page(wanted, request, VALUES_PAGE)
    found, errors = [], []
    for id_ in page:
        try:
            found.append(call.api("secretsmanager", "GetSecretValue", {"SecretId": id_}))
        except AwsError as error:
            errors.append({"SecretId": id_, "ErrorCode": error.code, "Message": error.message})
    return {"SecretValues": found, "Errors": errors, **({"NextToken": token} if token else {})}


def _page(found: Sequence[Any], request: JsonDict, most: int) -> tuple[Sequence[Any], str]:
    try:
        return page_of(found, request.get("NextToken"), int(request.get("MaxResults", most)))
    except AwsError as error:
        raise AwsError("InvalidNextTokenException", error.message) from None


def _found(call: Call, filters: Sequence[JsonDict], deleted: bool) -> list[JsonDict]:
    with call.read() as tx:
        rows = secret_versions.rows(tx, call.account, call.region)
        kept = [row for row in rows if deleted or "DeletedDate" not in row.document]
        shown = []
        for row in kept:
            words = described(call, row)
            if all(_meets(one, words) for one in filters):
                stages = secret_versions.stages_by_version(secret_versions.of(tx, row.arn))
                shown.append({**words, **({"SecretVersionsToStages": stages} if stages else {})})
    return shown


def _meets(one: JsonDict, words: JsonDict) -> bool:
    """Whether a secret meets a filter: one of its values, or for `!` none of them."""
    key = one.get("Key", "all")
    wanted = one.get("Values", [])
    refused = [value[1:] for value in wanted if value.startswith("!")]
    asked = [value for value in wanted if not value.startswith("!")]
    if any(_fits(key, value, words) for value in refused):
        return False
    return not asked or any(_fits(key, value, words) for value in asked)


def _fits(key: str, value: str, words: JsonDict) -> bool:
    """Names and tags match by how they begin, with their case; descriptions by their words, without."""
    tags = words.get("Tags", [])
    if key == "name":
        return bool(words["Name"].startswith(value))
    if key == "tag-key":
        return any(tag["Key"].startswith(value) for tag in tags)
    if key == "tag-value":
        return any(tag["Value"].startswith(value) for tag in tags)
    if key == "description":
        return _has_words(words.get("Description", ""), value)
    if key == "all":
        texts = [words["Name"], words.get("Description", "")]
        texts += [text for tag in tags for text in (tag["Key"], tag["Value"])]
        return any(_has_words(text, value) for text in texts)
    # No secret here belongs to another service or is a replica.
    return False


def _has_words(text: str, value: str) -> bool:
    there = [word for word in WORDS.split(text.lower()) if word]
    return all(any(word.startswith(each) for word in there) for each in WORDS.split(value.lower()) if each)
