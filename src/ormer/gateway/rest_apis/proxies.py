"""Lambda proxy integrations: the whole request as an event of format 1.0, and the answer that a function makes of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ormer.aws.rest_apis import JSON_TYPE, media_type
from ormer.gateway.messages import Response
from ormer.gateway.rest_apis import refusals
from ormer.gateway.rest_apis.exchanges import Exchange
from ormer.stores.functions.invocations import Answer

JsonDict = dict[str, Any]
MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
STATUSES = range(200, 600)
COOKIE = "set-cookie"
SIGNATURE = frozenset({"authorization", "x-amz-security-token"})


def event(asked: Exchange, now: float) -> JsonDict:
    """What the function is given. now: the calendar, in seconds."""
    request = asked.request
    headers = {_cased(name): value for name, value in forwarded(asked).items()}
    queries: dict[str, list[str]] = {}
    for name, value in request.query:
        queries.setdefault(name, []).append(value)
    binary = asked.is_binary(asked.media_type)
    body = base64.b64encode(request.body).decode() if binary else request.body.decode("utf-8", "replace")
    return {
        "resource": asked.found.resource["path"],
        "path": unquote(asked.address.path),
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
        "multiValueQueryStringParameters": queries or None,
        "pathParameters": asked.found.variables or None,
        "stageVariables": asked.deployed.variables or None,
        "requestContext": _context(asked, now),
        "body": body if request.body else None,
        "isBase64Encoded": binary and bool(request.body),
    }


def response(asked: Exchange, answer: Answer) -> Response:
    """The function's answer as HTTP. Raises Refused when it failed or answered something else."""
    if answer.failed:
        raise refusals.malformed(f"the function failed: {answer.message or answer.payload}")
    told = _read(answer.payload)
    headers, cookies = told_headers(told)
    body = told.get("body")
    text = body if isinstance(body, str) else "" if body is None else _malformed("its body is no text")
    content = text.encode("utf-8", "replace")
    if told.get("isBase64Encoded") and asked.is_binary(media_type(asked.request.headers.get("accept", "*/*"))):
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            _malformed("its body is not base64")
    headers.setdefault("content-type", JSON_TYPE)
    return Response(_status(told), headers, content, cookies=cookies)


def _read(payload: str) -> JsonDict:
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not set(told) <= MEMBERS:
        _malformed("it is no object of statusCode, headers, multiValueHeaders, body and isBase64Encoded")
    assert isinstance(told, dict)
    return told


def _status(told: JsonDict) -> int:
    try:
        status = int(told["statusCode"])
    except (KeyError, TypeError, ValueError):
        status = 0
    return status if status in STATUSES else _malformed("it has no statusCode")


def told_headers(told: JsonDict) -> tuple[dict[str, str], tuple[str, ...]]:
    """({name in lower case: value}, cookies). Of a name in both, the values of multiValueHeaders hold."""
    single, multiple = told.get("headers") or {}, told.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        _malformed("its headers are no object")
    values: dict[str, list[str]] = {name.lower(): [_text(value)] for name, value in single.items()}
    for name, many in multiple.items():
        values[name.lower()] = [_text(value) for value in (many if isinstance(many, list) else [many])]
    cookies = tuple(values.pop(COOKIE, ()))
    return {name: ", ".join(many) for name, many in values.items()}, cookies


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _malformed(why: str) -> Any:
    raise refusals.malformed(f"Malformed Lambda proxy response: {why}")


def forwarded(asked: Exchange) -> Mapping[str, str]:
    """The request's headers less the signature, which is for API Gateway alone, and those that it adds."""
    request = asked.request
    kept = {name: value for name, value in request.headers.items() if asked.identity is None or name not in SIGNATURE}
    forwarded = {
        "x-forwarded-for": request.remote,
        "x-forwarded-proto": request.scheme,
        "x-forwarded-port": request.host.rpartition(":")[2] if ":" in request.host else "443",
    }
    return {**kept, **forwarded}


def _cased(name: str) -> str:
    """As most clients write it: `Content-Type`."""
    return "-".join(part.capitalize() for part in name.split("-"))


def _context(asked: Exchange, now: float) -> JsonDict:
    request, api, stage = asked.request, asked.deployed.api, asked.deployed.stage.name
    identity = asked.identity
    return {
        "accountId": api.account,
        "apiId": api.name,
        "deploymentId": asked.deployed.deployment.name,
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "extendedRequestId": request.id,
        "httpMethod": request.method,
        "identity": {
            "accessKey": identity.access_key_id or None if identity is not None else None,
            "accountId": identity.account if identity is not None else None,
            "caller": identity.user_id if identity is not None else None,
            "sourceIp": request.remote,
            "user": identity.user_id if identity is not None else None,
            "userAgent": request.headers.get("user-agent"),
            "userArn": identity.arn if identity is not None else None,
        },
        "path": f"/{stage}{unquote(asked.address.path)}",
        "protocol": "HTTP/1.1",
        "requestId": request.id,
        "requestTime": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": asked.found.resource["id"],
        "resourcePath": asked.found.resource["path"],
        "stage": stage,
    }
