"""How AWS refuses a caller it cannot authenticate: the same reason has another code in each protocol family.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ormer.aws.errors import AwsError
from ormer.aws.models import WIRES

FORBIDDEN = 403
MISMATCH_TEXT = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
INVALID_TOKEN_TEXT = "The security token included in the request is invalid."
EXPIRED_TOKEN_TEXT = "The security token included in the request is expired"


@dataclass(frozen=True)
class Family:
    """One family's words; `codes` by reason."""

    codes: Mapping[str, str]

    def missing(self) -> AwsError:
        """There is no signature at all."""
        texts = {
            "AccessDenied": "Access Denied",
            "MissingAuthenticationToken": "Request is missing Authentication Token",
        }
        code = self.codes["missing"]
        return AwsError(code, texts.get(code, "Missing Authentication Token"), FORBIDDEN)

    def malformed(self, message: str) -> AwsError:
        return AwsError(self.codes["malformed"], message, 400)

    def unknown_key(self, access_key_id: str) -> AwsError:
        code = self.codes["unknown_key"]
        if code == "InvalidAccessKeyId":
            text = "The AWS Access Key Id you provided does not exist in our records."
            return AwsError(code, text, FORBIDDEN, AWSAccessKeyId=access_key_id)
        return AwsError(code, INVALID_TOKEN_TEXT, FORBIDDEN)

    def bad_token(self) -> AwsError:
        code = self.codes["bad_token"]
        if code == "InvalidToken":
            return AwsError(code, "The provided token is malformed or otherwise invalid.", 400)
        return AwsError(code, INVALID_TOKEN_TEXT, FORBIDDEN)

    def expired_token(self) -> AwsError:
        status = 400 if self is S3 else FORBIDDEN
        return AwsError(
            self.codes["expired"], "The provided token has expired." if self is S3 else EXPIRED_TOKEN_TEXT, status
        )

    def mismatch(self) -> AwsError:
        return AwsError(self.codes["mismatch"], MISMATCH_TEXT, FORBIDDEN)

    def unsigned_headers(self, names: list[str]) -> AwsError:
        """Somebody may have added headers on the way."""
        code = "AccessDenied" if self is S3 else self.codes["mismatch"]
        return AwsError(
            code,
            "There were headers present in the request which were not signed",
            FORBIDDEN,
            HeadersNotSigned=", ".join(names),
        )

    def url_expired(self) -> AwsError:
        return AwsError(self.codes["url_expired"], "Request has expired", FORBIDDEN)

    def skewed(self, stamp: str, now: float) -> AwsError:
        """The signature is older or newer than fifteen minutes."""
        server = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        if self is S3:
            text = "The difference between the request time and the current time is too large."
            return AwsError("RequestTimeTooSkewed", text, FORBIDDEN, RequestTime=stamp, ServerTime=server)
        if stamp < server:
            text = f"Signature expired: {stamp} is now earlier than the server's {server} less 15 min."
        else:
            text = f"Signature not yet current: {stamp} is still later than the server's {server} plus 15 min."
        return AwsError(self.codes["mismatch"], text, FORBIDDEN)


S3 = Family(
    {
        "missing": "AccessDenied",
        "malformed": "AuthorizationHeaderMalformed",
        "unknown_key": "InvalidAccessKeyId",
        "bad_token": "InvalidToken",
        "expired": "ExpiredToken",
        "mismatch": "SignatureDoesNotMatch",
        "url_expired": "AccessDenied",
    }
)
QUERY = Family(
    {
        "missing": "MissingAuthenticationToken",
        "malformed": "IncompleteSignature",
        "unknown_key": "InvalidClientTokenId",
        "bad_token": "InvalidClientTokenId",
        "expired": "ExpiredToken",
        "mismatch": "SignatureDoesNotMatch",
        "url_expired": "SignatureDoesNotMatch",
    }
)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
EC2 = Family({**QUERY.codes, "unknown_key": "AuthFailure", "bad_token": "AuthFailure", "mismatch": "AuthFailure"})
JSON = Family(
    {
        "missing": "MissingAuthenticationTokenException",
        "malformed": "IncompleteSignatureException",
        "unknown_key": "UnrecognizedClientException",
        "bad_token": "UnrecognizedClientException",
        "expired": "ExpiredTokenException",
        "mismatch": "InvalidSignatureException",
        "url_expired": "InvalidSignatureException",
    }
)


def family(service: str) -> Family:
    """The family a service's clients expect its refusals from."""
    if service == "s3":
        return S3
    wire = WIRES.get(service)
    if wire is not None and wire.ec2:
        return EC2
    return QUERY if wire is not None and wire.query and not wire.target else JSON
