"""Random UUIDs (version 4) as text, cheaper by the hundred than one by one: of requests, and of captured lines."""

from __future__ import annotations

import os
import struct

# The system is asked for the random bytes of this many at once.
AT_ONCE = 256
# Thirty digits are random; the version is a digit of its own, the variant one of four.
DIGITS = struct.Struct("8s4s3s3s12s")
VARIANTS = bytes(b"89ab"[byte & 3] for byte in range(256))


class Identifiers:
    """A store of identifiers. Not for several threads at once."""

    def __init__(self) -> None:
        self._ready: list[bytes] = []

    def next(self) -> bytes:
        """One that nobody else has."""
        if not self._ready:
            self._ready = made(AT_ONCE)
        return self._ready.pop()


def made(count: int) -> list[bytes]:
    """So many new identifiers."""
    digits = DIGITS.iter_unpack(os.urandom(DIGITS.size // 2 * count).hex().encode())
    variants = os.urandom(count).translate(VARIANTS)
    return [b"%b-%b-4%b-%c%b-%b" % (a, b, c, variant, d, e) for (a, b, c, d, e), variant in zip(digits, variants, strict=True)]
