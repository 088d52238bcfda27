"""Browsers at a tracking server's pages: how a presigned URL becomes a cookie, and what keeps other sites out.

Every server's pages have a host name of their own, so that what runs in them reaches neither Studio nor another server:
names, notes and artifacts there were written by jobs.
"""

from __future__ import annotations

import html
from http.cookies import CookieError, SimpleCookie

import structlog

from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.gateway.messages import Request, Response
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tracking import visits

ENTRANCE, TOKEN, COOKIE = "/auth", "authToken", "ormer-mlflow"
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NO_STORE = {"cache-control": "no-store"}
# The pages talk to their own server and to nobody else, MLflow's makers included.
OWN = {"content-security-policy": "connect-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"}
# An artifact that is a page of its own runs nothing.
ARTIFACTS = ("/get-artifact", "/model-versions/get-artifact")
INERT = {"content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>MLflow</title><h1>{title}</h1><p>{text}</p>
<p>A link is made by <code>aws sagemaker create-presigned-mlflow-tracking-server-url --tracking-server-name NAME</code>
(<code>create-presigned-mlflow-app-url --arn ARN</code> for an app).</p><!-- {code} --></html>
"""
log = structlog.get_logger("ormer.tracking")


class Browsers:
    """Lets browsers in and tells whose they are."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def enter(self, request: Request, row: Row) -> Response:
        """Open a session by a presigned URL, which is used up, and go to the first page. Raises AccessDenied (403)."""
        if request.method != "GET":
            raise AwsError("AccessDenied", "A presigned URL is opened with GET.", 403)
        with self._stores.database.write() as tx:
            entered = visits.enter(tx, row.arn, request.query_map.get(TOKEN, ""), self._stores.clock.now())
        if entered is None:
            raise AwsError("AccessDenied", "This link has been used or has expired.", 403)
        session, identity, seconds = entered
        log.info("entered", server=row.arn, caller=identity.arn)
        secure = "; Secure" if request.scheme == "https" else ""
        cookie = f"{COOKIE}={session}; Path=/; Max-Age={int(seconds)}; HttpOnly; SameSite=Lax{secure}"
        return Response(303, {**HEADERS, **NO_STORE, "location": "/", "set-cookie": cookie})

    def visitor(self, request: Request, row: Row) -> Identity:
        """Whose session the cookie is. Raises MissingAuthenticationToken (401)."""
        token = _cookie(request)
        with self._stores.database.read() as tx:
            found = visits.visitor(tx, row.arn, token, self._stores.clock.now()) if token else None
        if found is None:
            raise stranger()
        return found


def check_origin(request: Request) -> None:
    """Raise AccessDenied when a write does not come from the server's own pages.

    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    if request.method in ("GET", "HEAD"):
        return
    same = request.headers.get("origin") == f"{request.scheme}://{request.host}"
    if not same or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise AwsError("AccessDenied", "Writes come from the server's own pages: the Origin must be theirs.", 403)


def headers_for(path: str) -> dict[str, str]:
    """What is added to the server's answers."""
    return {**HEADERS, **(INERT if path in ARTIFACTS else OWN)}


def stranger() -> AwsError:
    """Nobody has a session here by the cookie that was sent, or there is no such server."""
    return AwsError("MissingAuthenticationToken", "These pages are opened by a presigned URL.", 401)


def refusal(error: AwsError) -> Response:
    """A refusal as a page for people."""
    page = PAGE.format(title="This is not open", text=html.escape(error.message), code=html.escape(error.code))
    headers = {**HEADERS, **NO_STORE, **INERT, "content-type": "text/html; charset=utf-8"}
    return Response(error.status, headers, page.encode())


def _cookie(request: Request) -> str:
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""
