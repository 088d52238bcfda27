"""Pages of lists that are made at once: tokens say where the next page begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ormer.aws.errors import AwsError
from ormer.stores.nouns import decode_token, encode_token

T = TypeVar("T")


@contextmanager
def continuation() -> Iterator[None]:
    """Token trouble in CodeCommit's words: InvalidContinuationTokenException."""
    try:
        yield
    except AwsError as error:
        if error.code != "ValidationException":
            raise
        raise AwsError("InvalidContinuationTokenException", error.message) from None


def page_of(
    items: Sequence[T], token: str | None, length: int, member: str = "nextToken"
) -> tuple[Sequence[T], dict[str, str]]:
    """One page, and {} or {member: the next page's token}. Raises InvalidContinuationTokenException."""
    with continuation():
        start = decode_token(token)
    more = {member: encode_token(start + length)} if len(items) > start + length else {}
    return items[start : start + length], more


def length_of(asked: int | None, most: int) -> int:
    """A page's length. Raises InvalidMaxResultsException when the request's is not between 1 and `most`."""
    if asked is None:
        return most
    if not 1 <= asked <= most:
        raise AwsError("InvalidMaxResultsException", f"The number of results must be between 1 and {most}.")
    return asked
