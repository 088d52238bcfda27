"""What keeps other web sites out: which host names Studio answers to, where a write may come from, and the headers."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from ormer.aws.errors import AwsError
from ormer.gateway.messages import Request

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Other sites cannot send it: a browser asks us first, and we never agree.
HEADER = "x-ormer-studio"
# Everything comes from here, nothing is inline, and nobody frames it. What Studio frames are inert objects of users.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guards:
    """hosts: further names that browsers may call this server by, beside those of the loopback."""

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = LOOPBACK | {host.lower() for host in hosts}

    def is_ours(self, request: Request) -> bool:
        """Whether the request names this server: any site may let its own name point here, and would then be us."""
        return host_of(request) in self._hosts

    def check_host(self, request: Request) -> None:
        """Raise AccessDenied when the request came by a name that is not ours."""
        if not self.is_ours(request):
            raise AwsError(
                "AccessDenied",
                f"Studio does not answer to the name {host_of(request) or '(none)'!r}. Open it as localhost, or add "
                "the name to ORMER_STUDIO_HOSTS.",
                403,
            )

    def check_origin(self, request: Request) -> None:
        """Raise AccessDenied when a write does not come from a page of ours.

        https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
        """
        same = request.headers.get("origin") == f"{request.scheme}://{request.host}"
        fetched = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        if not same or not fetched or HEADER not in request.headers:
            raise AwsError(
                "AccessDenied",
                f"Writes come from Studio's own pages: the Origin must be this server, and {HEADER} be there.",
                403,
            )


def host_of(request: Request) -> str:
    """The name in the Host header, without its port."""
    return (urlsplit(f"//{request.host}").hostname or "").lower()
