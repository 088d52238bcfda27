"""Who clones or pushes: Basic credentials as CodeCommit's clients make them."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.gateway import git_passwords
from ormer.gateway.messages import Request
from ormer.gateway.sigv4 import Authenticator
from ormer.stores import service_credentials
from ormer.stores.stores import Stores

HOW = (
    "Sign in with CodeCommit's credentials: `git-remote-codecommit`, the AWS CLI's credential helper, or "
    '`eval "$(ormer env)"`, after which plain git works.'
)


@dataclass(frozen=True)
class Caller:
    """Who, and in which region the repository is meant."""

    identity: Identity
    region: str


class Unknown(Exception):
    """Nobody we know: the text says what to do."""


class Callers:
    """Tells callers by their Basic credentials. region: where a repository is meant when nothing else says it."""

    def __init__(self, stores: Stores, authenticator: Authenticator, region: str) -> None:
        self._stores = stores
        self._authenticator = authenticator
        self._region = region

    def of(self, request: Request, repository_path: str) -> Caller:
        """The caller. repository_path: `/v1/repos/NAME`, or a connection's, as it was sent. Raises Unknown."""
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            raise Unknown(f"MissingAuthenticationToken: {HOW}")
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Unknown(f"MissingAuthenticationToken: the credentials cannot be read. {HOW}") from None
        if git_passwords.PASSWORD.fullmatch(password) is None:
            return self._of_service_credential(request, user, password)
        try:
            key, region = git_passwords.signer(self._authenticator, user, password, request.host, repository_path)
        except AwsError as error:
            raise Unknown(f"{error.code}: {error.message} {HOW}") from None
        return Caller(key.identity, region)

    def _of_service_credential(self, request: Request, user: str, password: str) -> Caller:
        """The user of an IAM credential for CodeCommit. It names no region: the host's counts, else the home's."""
        with self._stores.database.read() as tx:
            now = self._stores.clock.now()
            identity = service_credentials.caller(tx, user, password, "codecommit.amazonaws.com", now)
        if identity is None:
            raise Unknown(f"InvalidSignatureException: the user name or password is wrong. {HOW}")
        host = git_passwords.AWS_HOST.match(request.host)
        return Caller(identity, host[1] if host else self._region)
