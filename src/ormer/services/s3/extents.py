"""A stretch of stored contents, on its way out: readable in process, streamed by the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 20


class Extent:
    """Bytes of an object; opens its file at once, so that it stays readable whatever happens to the object."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self.size = size
        self._left = size
        # The chunks' generator closes it; a plain reader may leave that to the collector.
        self._file = path.open("rb", buffering=0)
        self._file.seek(start)

    def read(self, amount: int | None = None) -> bytes:
        """At most `amount` bytes (all that are left without it), b"" at the end."""
        wanted = self._left if amount is None or amount < 0 else min(amount, self._left)
        parts: list[bytes] = []
        while wanted:
            part = self._file.read(wanted)
            if not part:
                raise OSError(f"{self._file.name} ends {wanted} bytes too early")
            parts.append(part)
            wanted -= len(part)
            self._left -= len(part)
        return b"".join(parts)

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces of at most a mebibyte."""
        with self._file:
            while chunk := self.read(CHUNK_BYTES):
                yield chunk

    def close(self) -> None:
        self._file.close()
