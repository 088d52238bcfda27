"""What a Version 4 request says about its own signature, read from the Authorization header or a presigned query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ormer.gateway import refusals
from ormer.gateway.messages import Request

ALGORITHM = "AWS4-HMAC-SHA256"
HEADER = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<credential>[^,\s]+)[,\s]\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+)[,\s]\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Claim:
    """What a V4 request says about its own signature."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    token: str | None
    presigned_seconds: int | None = None

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def read(request: Request, family: refusals.Family) -> Claim:
    """The signature in the Authorization header or in a presigned query."""
    sent = request.query_map
    header = request.headers.get("authorization")
    if header is None and "X-Amz-Algorithm" not in sent:
        raise family.missing()
    if header is None:
        return _query_claim(request, family)
    match = HEADER.fullmatch(header.strip())
    if match is None:
        raise family.malformed(
            f"The Authorization header must be {ALGORITHM} Credential=…, SignedHeaders=…, Signature=…"
        )
    key_id, date, region, service = _credential(match["credential"], family)
    stamp = request.headers.get("x-amz-date") or _stamp_of(request.headers.get("date", ""), family)
    if not stamp.startswith(date):
        raise family.malformed("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date")
    token = request.headers.get("x-amz-security-token")
    return Claim(key_id, date, region, service, tuple(match["headers"].split(";")), match["signature"], stamp, token)


def _query_claim(request: Request, family: refusals.Family) -> Claim:
    sent = request.query_map
    needed = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature")
    absent = [name for name in needed if name not in sent]
    expires = sent.get("X-Amz-Expires", "")
    if absent or sent["X-Amz-Algorithm"] != ALGORITHM or not expires.isdecimal():
        raise family.malformed(f"Query-string authentication version 4 requires {', '.join(needed)}, X-Amz-Expires")
    key_id, date, region, service = _credential(sent["X-Amz-Credential"], family)
    if not sent["X-Amz-Date"].startswith(date):
        raise family.malformed("Date in Credential scope does not match X-Amz-Date")
    headers = tuple(sent["X-Amz-SignedHeaders"].lower().split(";"))
    token = sent.get("X-Amz-Security-Token")
    signature, stamp = sent["X-Amz-Signature"], sent["X-Amz-Date"]
    return Claim(key_id, date, region, service, headers, signature, stamp, token, int(expires))


def _credential(text: str, family: refusals.Family) -> tuple[str, str, str, str]:
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise family.malformed("Credential must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request")
    return parts[0], parts[1], parts[2], parts[3]


def seconds(stamp: str, family: refusals.Family) -> float:
    """Epoch seconds of a stamp like `20261122T100000Z`."""
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise family.malformed(f"{stamp!r} is not a date of the form YYYYMMDDTHHMMSSZ") from None


def _stamp_of(date: str, family: refusals.Family) -> str:
    """A Date header in the form X-Amz-Date has."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except (ValueError, TypeError):
        raise family.malformed("Authorization header requires an X-Amz-Date or Date header") from None
