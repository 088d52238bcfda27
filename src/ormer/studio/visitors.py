"""Who a browser's cookie belongs to, and signing in and out."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity, root_identity
from ormer.gateway.messages import Request
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.stores import Stores
from ormer.stores.studio import links, sessions


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in; `token` is the session's."""

    identity: Identity
    token: str


class Visitors:
    """Signs browsers in and out. account: the one whose root a link of the home itself signs in."""

    def __init__(self, stores: Stores, account: str) -> None:
        self._stores = stores
        self._account = account

    def of(self, request: Request) -> Visitor:
        """Who sent the request. Raises MissingAuthenticationToken (401) for strangers and ended sessions."""
        token = _cookie(request)
        now = self._stores.clock.now()
        with self._stores.database.read() as tx:
            found = sessions.of(tx, token, now) if token else None
            identity = self._identity(tx, found[0]) if found is not None else None
        if found is None or identity is None:
            raise AwsError("MissingAuthenticationToken", "Sign in: `ormer studio` prints a link.", 401)
        if found[1]:
            with self._stores.database.write() as tx:
                sessions.touch(tx, token, now)
        return Visitor(identity, token)

    def sign_in(self, token: str) -> Visitor:
        """Open a session by a link's token, which is used up. Raises AccessDenied (403)."""
        now = self._stores.clock.now()
        with self._stores.database.write() as tx:
            arn = links.use(tx, token, now)
            identity = self._identity(tx, arn) if arn is not None else None
            session = sessions.open_for(tx, identity.arn, now) if identity is not None else ""
        if identity is None:
            text = "This link has been used or has expired. `ormer studio` prints a new one."
            raise AwsError("AccessDenied", text, 403)
        return Visitor(identity, session)

    def sign_out(self, visitor: Visitor) -> None:
        with self._stores.database.write() as tx:
            sessions.end(tx, visitor.token)

    def _identity(self, tx: Tx, arn: str) -> Identity | None:
        """The identity of an ARN: root, or a user that is still there."""
        root = root_identity(self._account)
        if arn == root.arn:
            return root
        row = resources.get(tx, arn)
        if row is None or row.kind != "User":
            return None
        return Identity(row.account, row.arn, "user", row.document["UserId"], name=row.name)


def cookie(request: Request, token: str, seconds: float) -> str:
    """The Set-Cookie header that gives a browser its session, or takes it away when `seconds` is 0."""
    secure = "; Secure" if request.scheme == "https" else ""
    return f"{_name(request)}={token}; Path=/studio; Max-Age={int(seconds)}; HttpOnly; SameSite=Strict{secure}"


def _cookie(request: Request) -> str:
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(_name(request))
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _name(request: Request) -> str:
    """Cookies know no ports, so the name holds it: servers of several homes on one machine keep theirs apart."""
    return f"ormer-studio-{urlsplit(f'//{request.host}').port or request.scheme}"
