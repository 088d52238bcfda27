"""The little of git's wire that we read and write ourselves: what a push asks for, and how it is refused.

https://git-scm.com/docs/pack-protocol
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from ormer.aws.errors import AwsError
from ormer.stores.repositories.commands import Command

FLUSH = b"0000"
LENGTH_BYTES = 4
# Commands of one push: a thousand tags have about 100 kB.
COMMANDS_BYTES_MAX = 8 * 1024 * 1024
SIDE_BAND_BYTES_MAX = 65_515
ZERO_ID = b"0" * 40


@dataclass
class Opening:
    """The head of a push. sent: its bytes and what came with them; capabilities: what the client understands."""

    commands: list[Command] = field(default_factory=list)
    capabilities: frozenset[str] = frozenset()
    sent: bytes = b""


def packet(data: bytes) -> bytes:
    return f"{len(data) + LENGTH_BYTES:04x}".encode() + data


async def read_opening(parts: AsyncIterator[bytes]) -> Opening:
    """Read a push up to the end of its commands. Raises AwsError for what is not git's protocol, or is too long."""
    buffer = bytearray()
    found = Opening()
    at = 0
    while True:
        while len(buffer) < at + LENGTH_BYTES or len(buffer) < at + _length(buffer, at):
            part = await anext(parts, None)
            if part is None:
                if not buffer:
                    return found
                raise _malformed("it ends within its commands")
            buffer += part
            if len(buffer) > COMMANDS_BYTES_MAX:
                raise _malformed(f"its commands are longer than {COMMANDS_BYTES_MAX} bytes")
        length = _length(buffer, at)
        if length == 0:
            found.sent = bytes(buffer)
            return found
        _take(found, bytes(buffer[at + LENGTH_BYTES : at + length]))
        at += length


def _length(buffer: bytearray, at: int) -> int:
    try:
        length = int(buffer[at : at + LENGTH_BYTES], 16)
    except ValueError:
        raise _malformed("a packet has no length") from None
    if 0 < length < LENGTH_BYTES:
        raise _malformed("a packet's length is impossible")
    return length


def _take(found: Opening, line: bytes) -> None:
    """One line: `old new ref`, the first with capabilities behind a NUL; `shallow` lines are git's own affair."""
    text, nul, capabilities = line.rstrip(b"\n").partition(b"\0")
    if nul:
        found.capabilities = frozenset(capabilities.decode("utf-8", "replace").split())
    words = text.split(b" ", 2)
    if len(words) == 3:
        new = "" if words[1] == ZERO_ID else words[1].decode("ascii", "replace")
        found.commands.append(Command(words[2].decode("utf-8", "surrogateescape"), new))


def refusal(opening: Opening, refused: Sequence[str], text: str) -> bytes:
    """The answer to a push whose refs may not move: git prints the text, and each refused ref with a short reason."""
    report = b"".join(
        [
            packet(b"unpack ok\n"),
            *(
                packet(f"ng {one.ref} {'not authorized' if one.ref in refused else 'refused with others'}\n".encode())
                for one in opening.commands
            ),
            FLUSH,
        ]
    )
    if "side-band-64k" not in opening.capabilities:
        return report
    bands = [packet(b"\x02" + f"{text}\n".encode())]
    for start in range(0, len(report), SIDE_BAND_BYTES_MAX):
        bands.append(packet(b"\x01" + report[start : start + SIDE_BAND_BYTES_MAX]))
    return b"".join([*bands, FLUSH])


def _malformed(why: str) -> AwsError:
    return AwsError("InvalidRequest", f"The push is not git's protocol: {why}.")
