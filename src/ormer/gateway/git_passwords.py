"""CodeCommit's git passwords: `<stamp>Z<signature>` over the host and the repository's path, with method GIT.

git-remote-codecommit signs the host with its port, the AWS CLI's credential helper without.
https://docs.aws.amazon.com/codecommit/latest/userguide/setting-up-https-unixes.html
"""

from __future__ import annotations

import hmac
import re

from ormer.aws.signatures import git_signature
from ormer.gateway import refusals
from ormer.gateway.sigv4 import Authenticator
from ormer.stores.keys import Key

AWS_HOST = re.compile(
    r"(?:git-codecommit(?:-fips)?|codeconnections|codestar-connections)\.([a-z0-9-]+)\.amazonaws\.com"
)
PASSWORD = re.compile(r"(?P<stamp>\d{8}T\d{6})Z(?P<signature>[0-9a-f]{64})")

# A password does not say its region, and our own host name does not either: all of CodeCommit's are tried.
REGION_NAMES = (
    "us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-central-2 eu-north-1 "
    "eu-south-1 eu-south-2 ap-east-1 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 "
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ca-central-1 sa-east-1 af-south-1 me-south-1 me-central-1 "
    "il-central-1 us-gov-west-1 us-gov-east-1 cn-north-1 cn-northwest-1"
)


def verify(authenticator: Authenticator, username: str, password: str, host: str, path: str) -> Key:
    """The key that made a password for `path` (`/v1/repos/NAME`) on `host` (as the Host header has it).

    username: the access key id, with `%token` behind it for sessions. Raises AwsError (403) otherwise.
    """
    return signer(authenticator, username, password, host, path)[0]


def signer(authenticator: Authenticator, username: str, password: str, host: str, path: str) -> tuple[Key, str]:
    """`verify`, and the region the password was made for."""
    match = PASSWORD.fullmatch(password)
    if match is None:
        raise refusals.JSON.mismatch()
    key_id, _, token = username.partition("%")
    authenticator.check_skew(match["stamp"] + "Z", refusals.JSON)
    key = authenticator.key(key_id, token or None, refusals.JSON)
    for region in _regions_of(host):
        for name in {host, host.partition(":")[0]}:
            expected = git_signature(key.secret, match["stamp"], region, name, path)
            if hmac.compare_digest(expected, match["signature"]):
                return key, region
    raise refusals.JSON.mismatch()


def _regions_of(host: str) -> list[str]:
    """The host's own region, or every region when the host is ours."""
    match = AWS_HOST.match(host)
    return [match[1]] if match else REGION_NAMES.split()
