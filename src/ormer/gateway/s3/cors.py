"""What a browser may do with a bucket: its own CORS rules, and the server's own origin, where Studio lives.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request, Response
from ormer.gateway.protocols import rest_xml
from ormer.stores.stores import Stores

Rule = Mapping[str, Any]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# The server's own pages may do what the person who is signed in may.
OWN_RULE: Rule = {
    "AllowedMethods": ["GET", "PUT", "POST", "DELETE", "HEAD"],
    "AllowedHeaders": ["*"],
    "ExposeHeaders": ["ETag", "Content-Range", "x-amz-request-id", "x-amz-version-id"],
    "MaxAgeSeconds": 600,
}
FORBIDDEN_TEXT = "CORSResponse: This CORS request is not allowed."


def preflight(stores: Stores, request: Request) -> Response:
    """The answer to OPTIONS: 200 with what is allowed, or AccessForbidden."""
    origin = request.headers.get("origin")
    method = request.headers.get("access-control-request-method")
    if not origin or not method:
        text = "Insufficient information. Origin and Access-Control-Request-Method headers are needed."
        return rest_xml.serialize_error(None, AwsError("BadRequest", text), request)
    wanted = [name.strip() for name in request.headers.get("access-control-request-headers", "").split(",") if name]
    rule = _rule_for(stores, request, origin, method, wanted)
    if rule is None:
        return rest_xml.serialize_error(None, AwsError("AccessForbidden", FORBIDDEN_TEXT, 403), request)
    headers = _told(rule, origin) | {"access-control-allow-methods": ", ".join(rule["AllowedMethods"])}
    if wanted:
        headers["access-control-allow-headers"] = ", ".join(wanted)
    if rule.get("MaxAgeSeconds") is not None:
        headers["access-control-max-age"] = str(rule["MaxAgeSeconds"])
    return Response(200, headers)


def headers_for(stores: Stores, request: Request) -> dict[str, str]:
    """What an answer to a browser carries; nothing when no rule allows its origin."""
    origin = request.headers["origin"]
    rule = _rule_for(stores, request, origin, request.method, ())
    return _told(rule, origin) if rule is not None else {}


def _told(rule: Rule, origin: str) -> dict[str, str]:
    is_open = "*" in rule.get("AllowedOrigins", ())
    headers = {"access-control-allow-origin": "*" if is_open else origin, "vary": "Origin"}
    if not is_open:
        headers["access-control-allow-credentials"] = "true"
    if rule.get("ExposeHeaders"):
        headers["access-control-expose-headers"] = ", ".join(rule["ExposeHeaders"])
    return headers


def _rule_for(stores: Stores, request: Request, origin: str, method: str, wanted: Sequence[str]) -> Rule | None:
    """The first rule that allows it."""
    if _is_own(origin, request):
        return OWN_RULE
    bucket = request.path.lstrip("/").partition("/")[0]
    found_bucket = stores.objects.find_bucket(bucket) if bucket else None
    configured = found_bucket.configurations.get("CORSConfiguration") if found_bucket is not None else None
    for rule in (configured or {}).get("CORSRules") or ():
        allows = (
            method in rule.get("AllowedMethods", ())
            and any(_fits(pattern, origin) for pattern in rule.get("AllowedOrigins", ()))
            and all(any(_fits(pattern, name) for pattern in rule.get("AllowedHeaders", ())) for name in wanted)
        )
        if allows:
            found: Rule = rule
            return found
    return None


def _is_own(origin: str, request: Request) -> bool:
    """Whether the page comes from this very server, by whichever of its loopback names."""
    page, server = urlsplit(origin), urlsplit(f"{request.scheme}://{request.host}")
    if page.scheme not in ("http", "https") or page.hostname is None:
        return False
    same_host = page.hostname == server.hostname or {page.hostname, server.hostname or ""} <= LOOPBACK
    return same_host and page.port == server.port


def _fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with at most one `*`; case makes no difference."""
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, text, re.IGNORECASE) is not None
