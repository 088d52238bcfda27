"""Integrations that are no proxies: the request becomes the integration's, its answer the method's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import regex

from ormer.aws.rest_apis import JSON_TYPE, is_identity
from ormer.gateway.messages import Response
from ormer.gateway.rest_apis import refusals
from ormer.gateway.rest_apis.exchanges import Exchange

JsonDict = dict[str, Any]
# A pattern that takes longer to be compared is its owner's mistake.
PATTERN_SECONDS_MAX = 1.0


@dataclass(frozen=True)
class Outcome:
    """What an integration answered. key: what selection patterns are compared with: a status, or a function's error."""

    key: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def payload(asked: Exchange) -> bytes:
    """What is sent to the integration: the body, or the template of its media type.

    Raises Refused for media types that are not passed through.
    """
    templates: dict[str, str] = asked.integration.get("requestTemplates") or {}
    template = templates.get(asked.media_type)
    if template is not None:
        return asked.request.body if is_identity(template) else template.encode()
    behavior = asked.integration["passthroughBehavior"]
    if behavior == "NEVER" or (behavior == "WHEN_NO_TEMPLATES" and templates):
        raise refusals.unsupported()
    return asked.request.body


def mock(asked: Exchange) -> Outcome:
    """A MOCK answers with the status that its template says. Raises Refused when it says none."""
    try:
        told = json.loads(payload(asked))
        return Outcome(str(int(told["statusCode"])), b"")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise refusals.misconfigured("a MOCK's request template must be JSON with a statusCode") from None


def response(asked: Exchange, outcome: Outcome) -> Response:
    """The method's answer: status, headers and body by the integration response that fits."""
    chosen = _chosen(asked, outcome)
    headers = {"content-type": JSON_TYPE}
    templates: dict[str, str] = chosen.get("responseTemplates") or {}
    body = outcome.body
    if templates:
        kind = JSON_TYPE if JSON_TYPE in templates else next(iter(templates))
        headers["content-type"] = kind
        template = templates[kind] or ""
        body = body if is_identity(template) else template.encode()
    for target, source in (chosen.get("responseParameters") or {}).items():
        value = _value(asked, outcome, source)
        if value is not None:
            headers[target.split(".", 3)[3].lower()] = value
    return Response(int(chosen["statusCode"]), headers, body)


def _chosen(asked: Exchange, outcome: Outcome) -> JsonDict:
    """The integration response whose pattern fits, else the one without a pattern."""
    answers: list[JsonDict] = list((asked.integration.get("integrationResponses") or {}).values())
    for answer in answers:
        pattern = answer.get("selectionPattern")
        if pattern and _fits(pattern, outcome.key):
            return answer
    for answer in answers:
        if not answer.get("selectionPattern"):
            return answer
    raise refusals.misconfigured(f"no integration response is for {outcome.key!r}, and none is the default")


def _fits(pattern: str, key: str) -> bool:
    try:
        return regex.fullmatch(pattern, key, timeout=PATTERN_SECONDS_MAX) is not None
    except (regex.error, TimeoutError):
        raise refusals.misconfigured(f"the selection pattern {pattern!r} cannot be compared") from None


def _value(asked: Exchange, outcome: Outcome, source: str) -> str | None:
    if source.startswith("integration.response.header."):
        return outcome.headers.get(source.split(".", 3)[3].lower())
    return asked.value(source)
