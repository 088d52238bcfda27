"""Who signed a request: Signature Version 4 in headers and presigned URLs, S3's presigned V2.

The signature is recomputed over what was sent, so a proxy or a person in between can change nothing that is signed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote_to_bytes

from ormer.aws.clock import Clock
from ormer.aws.models import WIRES
from ormer.aws.signatures import derive_key, sign
from ormer.gateway import claims, refusals
from ormer.gateway.claims import Claim
from ormer.gateway.messages import Request
from ormer.stores.keys import Key

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
PRESIGNED_SECONDS_MAX = 7 * 24 * 3600
CLOCK_SKEW_SECONDS_MAX = 15 * 60


# The query names that belong to the resource in S3's Signature Version 2.
# https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
V2_SUBRESOURCE_NAMES = (
    "accelerate acl analytics cors delete inventory lifecycle location logging metrics notification object-lock "
    "partNumber policy replication requestPayment response-cache-control response-content-disposition "
    "response-content-encoding response-content-language response-content-type response-expires restore "
    "select select-type storageClass tagging torrent uploadId uploads versionId versioning versions website"
)
V2_SUBRESOURCES = frozenset(V2_SUBRESOURCE_NAMES.split())


class KeyStore(Protocol):
    """Where access keys are found; `ormer.stores.keys.Keys` is one."""

    def lookup(self, access_key_id: str) -> Key | None: ...


@dataclass(frozen=True)
class Signed:
    """A request whose signature holds.

    payload: what the signature says about the body: a SHA-256 in hex, UNSIGNED-PAYLOAD or a STREAMING-… word.
    signing_key, scope, stamp, signature: from which the signatures of streamed chunks go on.
    """

    key: Key
    payload: str
    signing_key: bytes = b""
    scope: str = ""
    stamp: str = ""
    signature: str = ""


def is_signed(request: Request) -> bool:
    """Whether the request carries any signature at all, right or wrong."""
    sent = request.query_map
    return bool(request.headers.get("authorization")) or "X-Amz-Algorithm" in sent or "AWSAccessKeyId" in sent


class Authenticator:
    """Verifies signatures.

    wall: the clock signatures are made by. calendar: the clock sessions expire by, which tests may accelerate.
    """

    def __init__(self, keys: KeyStore, wall: Clock, calendar: Clock) -> None:
        self._keys = keys
        self._wall = wall
        self._calendar = calendar

    def verify(self, request: Request, service: str, unsigned_body: bool = False, scope: str = "") -> Signed:
        """Who signed this request for `service`; raises AWS's own refusal for the service's protocol family.

        The body must be complete in `request.body`, except S3's: there the caller holds the body to `Signed.payload`.
        unsigned_body: the operation may leave its body out of the signature. scope: what it must be signed for, where
        that is not the service's own.
        """
        family = refusals.family(service)
        if service == "s3" and "AWSAccessKeyId" in request.query_map:
            return self._verify_v2(request, family)
        claim = claims.read(request, family)
        wanted = scope or (WIRES[service].scope if service in WIRES else service)
        if claim.service != wanted:
            raise family.malformed(f"Credential should be scoped to correct service: '{wanted}'.")
        self._check_time(claim, family)
        key = self.key(claim.access_key_id, claim.token, family)
        _check_headers_are_signed(request, claim, family)
        payload = _payload(request, claim, service, unsigned_body, family)
        signing_key = derive_key(key.secret, claim.date, claim.region, claim.service)
        for canonical in _canonical_requests(request, claim, service, payload):
            if hmac.compare_digest(sign(signing_key, claim.stamp, claim.scope, canonical), claim.signature):
                return Signed(key, payload, signing_key, claim.scope, claim.stamp, claim.signature)
        raise family.mismatch()

    def key(self, access_key_id: str, token: str | None, family: refusals.Family) -> Key:
        """The key of this id, whose session token must be the one sent and must not have expired."""
        key = self._keys.lookup(access_key_id)
        if key is None:
            raise family.unknown_key(access_key_id)
        if not hmac.compare_digest((key.session_token or "").encode(), (token or "").encode()):
            raise family.bad_token()
        if key.expires is not None and key.expires <= self._calendar.now():
            raise family.expired_token()
        return key

    def _check_time(self, claim: Claim, family: refusals.Family) -> None:
        if claim.presigned_seconds is None:
            self.check_skew(claim.stamp, family)
            return
        signed_at = claims.seconds(claim.stamp, family)
        if not 0 <= claim.presigned_seconds <= PRESIGNED_SECONDS_MAX:
            raise family.malformed(f"X-Amz-Expires must be between 0 and {PRESIGNED_SECONDS_MAX} seconds")
        if signed_at > self._wall.now() + CLOCK_SKEW_SECONDS_MAX:
            raise family.skewed(claim.stamp, self._wall.now())
        if signed_at + claim.presigned_seconds < self._wall.now():
            raise family.url_expired()

    def check_skew(self, stamp: str, family: refusals.Family) -> None:
        if abs(claims.seconds(stamp, family) - self._wall.now()) > CLOCK_SKEW_SECONDS_MAX:
            raise family.skewed(stamp, self._wall.now())

    def _verify_v2(self, request: Request, family: refusals.Family) -> Signed:
        """S3's presigned Signature Version 2, boto3's default for generate_presigned_url."""
        sent = request.query_map
        expires = sent.get("Expires", "")
        if not expires.isdecimal() or "Signature" not in sent:
            raise family.malformed("Query-string authentication version 2 requires Signature and Expires")
        if int(expires) < self._wall.now():
            raise family.url_expired()
        headers = {name: value for name, value in (request.headers | sent).items() if name.startswith("x-amz-")}
        key = self.key(sent["AWSAccessKeyId"], headers.get("x-amz-security-token"), family)
        lines = [request.method, *(_either(request, name) for name in ("content-md5", "content-type")), expires]
        lines += [f"{name}:{headers[name].strip()}" for name in sorted(headers)]
        text = "\n".join([*lines, _v2_resource(request)])
        expected = base64.b64encode(hmac.new(key.secret.encode(), text.encode(), hashlib.sha1).digest())
        if not hmac.compare_digest(expected, sent["Signature"].encode()):
            raise family.mismatch()
        return Signed(key, UNSIGNED_PAYLOAD)


def _either(request: Request, name: str) -> str:
    """A header that a presigned V2 URL may carry as a query parameter instead."""
    return request.headers.get(name, request.query_map.get(name, "")).strip()


def _v2_resource(request: Request) -> str:
    """The path with its bucket, and the sub-resources of the query in order."""
    chosen = sorted((name, value) for name, value in request.query if name in V2_SUBRESOURCES)
    named = {part.partition("=")[0] for part in request.query_string.split("&") if "=" in part}
    parts = [f"{name}={value}" if name in named else name for name, value in chosen]
    return request.route_path + ("?" + "&".join(parts) if parts else "")


def _check_headers_are_signed(request: Request, claim: Claim, family: refusals.Family) -> None:
    """Headers that change a request's meaning must be under the signature."""
    signed = set(claim.signed_headers)
    loose = {name for name in request.headers if name.startswith("x-amz-")} - signed - {"x-amz-content-sha256"}
    if "host" not in signed or loose:
        raise family.unsigned_headers(sorted(loose) or ["host"])


def _payload(request: Request, claim: Claim, service: str, unsigned_body: bool, family: refusals.Family) -> str:
    """The last line of the canonical request; for buffered bodies it is checked here and now."""
    declared = request.headers.get("x-amz-content-sha256") or request.query_map.get("X-Amz-Content-Sha256")
    if service == "s3":
        if declared is None and claim.presigned_seconds is None:
            raise family.malformed("Missing required header for this request: x-amz-content-sha256")
        return declared or UNSIGNED_PAYLOAD
    actual = hashlib.sha256(request.body).hexdigest()
    if declared is None or declared == actual:
        return actual
    if declared == UNSIGNED_PAYLOAD and unsigned_body:
        return declared
    raise family.mismatch()


def _canonical_requests(request: Request, claim: Claim, service: str, payload: str) -> Iterable[str]:
    """The texts a correct client may have signed: SDKs differ in how they treat odd paths, never in anything else."""
    for path in dict.fromkeys(_canonical_paths(request.raw_path, service)):
        yield "\n".join(
            [
                request.method,
                path,
                _canonical_query(request.query_string),
                *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in sorted(claim.signed_headers)),
                "",
                ";".join(sorted(claim.signed_headers)),
                payload,
            ]
        )


def _canonical_paths(raw: str, service: str) -> Iterable[str]:
    """S3 signs the path as sent; everyone else encodes it once more, most of them without dots and double slashes."""
    raw = raw or "/"
    if service == "s3":
        yield raw
        yield quote(unquote_to_bytes(raw), safe="/-_.~")
        return
    yield quote(_normalised(raw), safe="/~")
    yield quote(raw, safe="/~")


def _normalised(path: str) -> str:
    kept: list[str] = []
    for part in path.split("/"):
        if part == ".." and kept:
            kept.pop()
        elif part not in ("", ".", ".."):
            kept.append(part)
    tail = "/" if path.endswith("/") and kept else ""
    return "/" + "/".join(kept) + tail


def _canonical_query(query: str) -> str:
    """Every pair encoded AWS's way and sorted; the signature itself is left out."""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part and name != "X-Amz-Signature":
            pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")
