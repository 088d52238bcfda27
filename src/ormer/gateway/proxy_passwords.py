"""Who may use the TLS port as a proxy to hosts that are not AWS's: whoever holds an access key of this home.

The password is derived from the key's secret, so that HTTPS_PROXY in an environment does not carry the secret itself.
"""

from __future__ import annotations

import hashlib
import hmac

from ormer.gateway.sigv4 import KeyStore
from ormer.stores.keys import Key

PURPOSE = b"ormer-proxy"


def password_of(key: Key) -> str:
    """The proxy password that goes with an access key id as user name; URL-safe."""
    return hmac.new(key.secret.encode(), PURPOSE, hashlib.sha256).hexdigest()


class ProxyPasswords:
    """Checks proxy credentials. A session's stays good for as long as its key exists: jobs outlive refreshed keys."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def __call__(self, user: str, password: str) -> bool:
        key = self._keys.lookup(user)
        return key is not None and hmac.compare_digest(password_of(key).encode(), password.encode())
