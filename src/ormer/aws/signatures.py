"""Signature Version 4, the arithmetic alone: signing keys, signatures, and the passwords git is given.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

ALGORITHM = "AWS4-HMAC-SHA256"


@lru_cache(maxsize=1024)
def derive_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The signing key of one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def sign(signing_key: bytes, stamp: str, scope: str, canonical: str) -> str:
    """The signature, in hex, of a canonical request."""
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    return hmac.new(signing_key, f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}".encode(), hashlib.sha256).hexdigest()


def git_signature(secret: str, stamp: str, region: str, host: str, path: str) -> str:
    """The signature part of a CodeCommit password for `path` (`/v1/repos/NAME`). stamp: `20260101T000000`, UTC."""
    date = stamp[:8]
    canonical = f"GIT\n{path}\n\nhost:{host}\n\nhost\n"
    key = derive_key(secret, date, region, "codecommit")
    return sign(key, stamp, f"{date}/{region}/codecommit/aws4_request", canonical)
