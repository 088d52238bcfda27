"""Who invokes, and whether they may: SigV4 and IAM as everywhere, with what repeats between requests remembered.

A client's Authorization header is the same all day but for its last 64 characters, the signature. What the rest says is
parsed once. The signature itself is computed for every request, and the key is looked up for every request.
"""

from __future__ import annotations

import asyncio
import calendar
import hashlib
import hmac
import re
import time
from dataclasses import dataclass

from ormer.aws.clock import Clock
from ormer.aws.errors import AwsError
from ormer.aws.models import WIRES, Models
from ormer.gateway import claims, sigv4
from ormer.gateway.identify import place_of_host
from ormer.gateway.invoke.entrances import Headers
from ormer.gateway.messages import Request
from ormer.gateway.refusals import JSON
from ormer.gateway.sigv4 import KeyStore
from ormer.stores.access import PolicyGate
from ormer.stores.changes import Decisions
from ormer.stores.keys import Key
from ormer.stores.port import Call, Port

SERVICE = "sagemaker-runtime"
SCOPE = WIRES[SERVICE].scope
SIGNATURE_CHARACTERS = 64
REMEMBERED_MAX = 4096
STAMP = re.compile(rb"\d{8}T\d{6}Z")
STAMP_FORMAT = "%Y%m%dT%H%M%SZ"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
TEXT = claims.ALGORITHM.encode() + b"\n%b\n%b\n%b"
# Headers that may be signed or not; any other of this kind must be signed.
MUST_BE_SIGNED, MAY_BE_LOOSE = b"x-amz-", b"x-amz-content-sha256"


@dataclass(slots=True)
class Signer:
    """What the constant part of an Authorization header says. signed: the header names, in their order.

    day: the date as it begins a stamp. key: whose it was last; token, signing_key: of that key.
    """

    access_key_id: str
    date: str
    region: str
    day: bytes
    scope: bytes
    signed: tuple[bytes, ...]
    names: bytes
    key: Key | None = None
    token: bytes = b""
    signing_key: bytes = b""


class Admission:
    """Answers two questions: whose request is this, and may they? None and False mean: not known here.

    For one thread, the loop's.
    """

    def __init__(self, port: Port, gate: PolicyGate, decisions: Decisions, keys: KeyStore, wall: Clock) -> None:
        self._port = port
        self._gate = gate
        self._decisions = decisions
        self._keys = keys
        self._wall = wall
        self._calendar = port.stores.clock
        self._models: Models = port.models
        self._signers: dict[bytes, Signer | None] = {}
        self._stamps: dict[bytes, float] = {}
        self._hosts: dict[bytes, bool] = {}

    def signer(self, headers: Headers, path: bytes, body: bytes) -> tuple[Key, str] | None:
        """(key, region) of a request whose signature holds; None when only the ordinary way can tell."""
        authorization = headers.get(b"authorization", b"")
        signer = self.signer_of(authorization)
        if signer is None or not self._host_fits(headers.get(b"host", b"")):
            return None
        for name in headers:
            if name.startswith(MUST_BE_SIGNED) and name not in signer.signed and name != MAY_BE_LOOSE:
                return None
        payload = hashlib.sha256(body).hexdigest().encode()
        if headers.get(MAY_BE_LOOSE, payload) != payload:
            return None
        lines = [b"POST", path, b""]
        lines += [b"%b:%b" % (name, b" ".join(headers.get(name, b"").split())) for name in signer.signed]
        lines += [b"", signer.names, payload]
        token, stamp = headers.get(b"x-amz-security-token", b""), headers.get(b"x-amz-date", b"")
        key = self.holder(signer, token, stamp, b"\n".join(lines), authorization[-SIGNATURE_CHARACTERS:])
        return None if key is None else (key, signer.region)

    def holder(self, signer: Signer, token: bytes, stamp: bytes, canonical: bytes, signature: bytes) -> Key | None:
        """The key that made the signature of a canonical request, as it is now; None when only the ordinary way can
        tell what is wrong."""
        if not self._timely(stamp, signer.day):
            return None
        key = self._key(signer, token)
        if key is None:
            return None
        digest = hashlib.sha256(canonical).hexdigest().encode()
        expected = hmac.digest(signer.signing_key, TEXT % (stamp, signer.scope, digest), "sha256").hex().encode()
        return key if hmac.compare_digest(expected, signature) else None

    def signer_of(self, authorization: bytes) -> Signer | None:
        """What an Authorization header says, its signature left aside; None for one that is not for here."""
        return self._signer(authorization[:-SIGNATURE_CHARACTERS])

    def close(self) -> None:
        self._decisions.close()

    def claimed(self, headers: Headers) -> tuple[str, str] | None:
        """(account, region) that a request claims to be of, before anything of it is verified."""
        signer = self.signer_of(headers[b"authorization"])
        return None if signer is None else self.claimed_by(signer)

    def claimed_by(self, signer: Signer) -> tuple[str, str] | None:
        """The same of a signer."""
        key = self._keys.lookup(signer.access_key_id)
        return None if key is None else (key.identity.account, signer.region)

    def may(self, key: Key, region: str, operation: str, endpoint: str) -> bool:
        """Whether the gate allowed this and nothing was committed since."""
        return key.identity.is_root or self._decisions.known((key.access_key_id, region, operation, endpoint))

    async def ask(self, key: Key, region: str, operation: str, endpoint: str) -> bool:
        """Ask the gate, and remember a yes.

        The gate reads the database, so it is asked in a thread; what is remembered is only ever touched in the loop.
        """
        state = self._decisions.state()
        allowed = await asyncio.to_thread(self._ask, key, region, operation, endpoint)
        if allowed:
            self._decisions.remember((key.access_key_id, region, operation, endpoint), state)
        return allowed

    def _ask(self, key: Key, region: str, operation: str, endpoint: str) -> bool:
        call = Call(self._port.stores, self._port, key.identity, region, SERVICE, operation, "")
        try:
            self._gate.authorise(call, self._models.operation(SERVICE, operation), {"EndpointName": endpoint})
        except AwsError:
            return False
        return True

    def _signer(self, head: bytes) -> Signer | None:
        if head in self._signers:
            return self._signers[head]
        if len(self._signers) >= REMEMBERED_MAX:
            self._signers.clear()
        signer = self._signers[head] = _read(head)
        return signer

    def _key(self, signer: Signer, token: bytes) -> Key | None:
        """The key as it is now: one that was revoked or switched off since is not found."""
        key = self._keys.lookup(signer.access_key_id)
        if key is None:
            return None
        if key is not signer.key:
            signer.signing_key = sigv4.derive_key(key.secret, signer.date, signer.region, SCOPE)
            signer.key, signer.token = key, (key.session_token or "").encode()
        if not hmac.compare_digest(signer.token, token):
            return None
        if key.expires is not None and key.expires <= self._calendar.now():
            return None
        return key

    def _timely(self, stamp: bytes, day: bytes) -> bool:
        moment = self._stamps.get(stamp)
        if moment is None:
            if STAMP.fullmatch(stamp) is None:
                return False
            try:
                moment = float(calendar.timegm(time.strptime(stamp.decode("latin-1"), STAMP_FORMAT)))
            except ValueError:
                return False
            if len(self._stamps) >= REMEMBERED_MAX:
                self._stamps.clear()
            self._stamps[stamp] = moment
        return stamp[:8] == day and abs(moment - self._wall.now()) <= sigv4.CLOCK_SKEW_SECONDS_MAX

    def _host_fits(self, host: bytes) -> bool:
        """Whether the host is no AWS host, or this service's."""
        fits = self._hosts.get(host)
        if fits is None:
            if len(self._hosts) >= REMEMBERED_MAX:
                self._hosts.clear()
            place = place_of_host(host.decode("latin-1"))
            fits = self._hosts[host] = place.service in ("", SERVICE) and not place.bucket
        return fits


def _read(head: bytes) -> Signer | None:
    """The signer of a header's constant part; None for another service's, or one the ordinary way must judge."""
    request = Request("POST", "/", "", {"authorization": head.decode("latin-1") + "0" * SIGNATURE_CHARACTERS})
    date = claims.HEADER.fullmatch(request.headers["authorization"].strip())
    if date is None:
        return None
    parts = date["credential"].split("/")
    if len(parts) != 5:
        return None
    # The stamp is each request's own; for the constant part any moment of its day will do.
    request.headers["x-amz-date"] = f"{parts[1]}T000000Z"
    try:
        claim = claims.read(request, JSON)
    except AwsError:
        return None
    if claim.service != SCOPE or "host" not in claim.signed_headers or "x-amz-date" not in claim.signed_headers:
        return None
    signed = [name.encode() for name in sorted(claim.signed_headers)]
    day, scope = claim.date.encode(), claim.scope.encode()
    return Signer(claim.access_key_id, claim.date, claim.region, day, scope, tuple(signed), b";".join(signed))
