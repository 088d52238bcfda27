"""Payloads of HTTP APIs: the request as an event of format 2.0, and the answer that a function makes of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ormer.aws.rest_apis import JSON_TYPE
from ormer.gateway.messages import Response
from ormer.gateway.rest_apis import proxies, refusals
from ormer.gateway.rest_apis.http_exchanges import HttpExchange, cors_headers
from ormer.stores import http_apis
from ormer.stores.functions.invocations import Answer

JsonDict = dict[str, Any]
STATUSES = range(200, 600)


def event(asked: HttpExchange, now: float) -> JsonDict:
    """What the function is given, in its integration's format. now: the calendar, in seconds."""
    if asked.format == "1.0":
        return {"version": "1.0", **proxies.event(asked, now)}
    request, stage = asked.request, asked.deployed.stage.name
    path = unquote(asked.raw_path)
    shown = path if stage == http_apis.DEFAULT else f"/{stage}{path}"
    headers = {name: value for name, value in proxies.forwarded(asked).items() if name != "cookie"}
    queries: dict[str, list[str]] = {}
    for name, value in request.query:
        queries.setdefault(name, []).append(value)
    binary = asked.is_binary(asked.media_type)
    found: JsonDict = {
        "version": "2.0",
        "routeKey": asked.route["RouteKey"],
        "rawPath": shown,
        "rawQueryString": request.query_string,
        "headers": headers,
        "requestContext": _context(asked, shown, now),
        "isBase64Encoded": binary and bool(request.body),
    }
    cookies = request.headers.get("cookie")
    more = {
        "cookies": [each.strip() for each in cookies.split(";")] if cookies else None,
        "queryStringParameters": {name: ",".join(values) for name, values in queries.items()} or None,
        "pathParameters": asked.found.variables or None,
        "stageVariables": asked.deployed.variables or None,
    }
    if request.body:
        text = base64.b64encode(request.body) if binary else request.body
        more["body"] = text.decode("utf-8", "replace")
    return found | {name: value for name, value in more.items() if value is not None}


def response(asked: HttpExchange, answer: Answer) -> Response:
    """The function's answer as HTTP, with what other origins are told. Raises Refused when it failed."""
    made = _made(asked, answer)
    cors = asked.deployed.deployment.facts.get("cors")
    if cors:
        made.headers |= cors_headers(cors, asked.request)
    return made


def _made(asked: HttpExchange, answer: Answer) -> Response:
    if answer.failed:
        raise refusals.malformed(f"the function failed: {answer.message or answer.payload}")
    try:
        told = json.loads(answer.payload) if answer.payload else None
    except (ValueError, RecursionError):
        raise refusals.malformed("the function's answer is no JSON") from None
    if not isinstance(told, dict) or "statusCode" not in told:
        if asked.format == "1.0":
            raise refusals.malformed("the function's answer has no statusCode")
        # Whatever has no status is itself the body.
        text = told if isinstance(told, str) else json.dumps(told)
        return Response(200, {"content-type": JSON_TYPE}, text.encode())
    return _told(told)


def _told(told: JsonDict) -> Response:
    headers, cookies = proxies.told_headers(told)
    own = told.get("cookies")
    cookies = (*cookies, *map(str, own)) if isinstance(own, list) else cookies
    body = told.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    content = text.encode("utf-8", "replace")
    if told.get("isBase64Encoded"):
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise refusals.malformed("the function's body is not base64") from None
    headers.setdefault("content-type", "text/plain;charset=UTF-8" if body is not None else JSON_TYPE)
    try:
        status = int(told["statusCode"])
    except (TypeError, ValueError):
        status = 0
    if status not in STATUSES:
        raise refusals.malformed("the function's statusCode is none")
    return Response(status, headers, content, cookies=cookies)


def _context(asked: HttpExchange, path: str, now: float) -> JsonDict:
    request, api, identity = asked.request, asked.deployed.api, asked.identity
    found: JsonDict = {
        "accountId": api.account if identity is not None else "anonymous",
        "apiId": api.name,
        "domainName": request.host,
        "domainPrefix": request.host.partition(".")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.remote,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.id,
        "routeKey": asked.route["RouteKey"],
        "stage": asked.deployed.stage.name,
        "time": datetime.fromtimestamp(now, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now * 1000),
    }
    if identity is not None:
        found["authorizer"] = {
            "iam": {
                "accessKey": identity.access_key_id,
                "accountId": identity.account,
                "callerId": identity.user_id,
                "userArn": identity.arn,
                "userId": identity.user_id,
            }
        }
    return found
