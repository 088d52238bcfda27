"""Random UUIDs (version 4) as text, made by the hundred: of requests, and of captured lines.

Those that are made together differ in their last two digits. They are as unique as any; to guess one of them from
another is easy, and nothing depends on its being hard.
"""

from __future__ import annotations

import uuid

ENDINGS = tuple(b"%02x" % number for number in range(256))


class Identifiers:
    """A store of identifiers. Not for several threads at once."""

    def __init__(self) -> None:
        self._ready: list[bytes] = []

    def next(self) -> bytes:
        """One that nobody else has."""
        if not self._ready:
            begun = beginning()
            self._ready = [begun + ending for ending in ENDINGS]
        return self._ready.pop()


def beginning() -> bytes:
    """What new identifiers begin with; with each of ENDINGS behind it, it is one."""
    return str(uuid.uuid4())[:-2].encode()
