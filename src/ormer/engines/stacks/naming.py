"""Names of what a stack makes: the same for the same row, however often it is made again after a crash."""

from __future__ import annotations

import hashlib
import re

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SUFFIX_LENGTH = 12


def suffix(*parts: str | int, length: int = SUFFIX_LENGTH) -> str:
    """Capital letters and digits that only these parts give."""
    number = int.from_bytes(hashlib.sha512("\0".join(map(str, parts)).encode()).digest())
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(LETTERS))
        letters.append(LETTERS[index])
    return "".join(letters)


def physical(stack: str, logical_id: str, seed: tuple[str, int], length: int, lower: bool) -> str:
    """`<stack>-<logical id>-<12 letters>` of at most `length` characters; the longer part is cut first."""
    end = suffix(*seed, logical_id)
    room = length - len(end) - 2
    half = room // 2
    logical = logical_id[: max(half, room - len(stack))]
    front = stack[: room - len(logical)].rstrip("-")
    name = re.sub(r"-{2,}", "-", f"{front}-{logical}-{end}")
    return name.lower() if lower else name
