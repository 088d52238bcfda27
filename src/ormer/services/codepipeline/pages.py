"""Tokens of lists, in CodePipeline's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from ormer.aws.errors import AwsError
from ormer.stores.nouns import decode_token, encode_token

T = TypeVar("T")
PAGE = 100


@contextmanager
def awss_token() -> Iterator[None]:
    """Token trouble as InvalidNextTokenException."""
    try:
        yield
    except AwsError as error:
        if error.code != "ValidationException":
            raise
        raise AwsError("InvalidNextTokenException", error.message) from None


def place_of(request: dict[str, Any]) -> tuple[int, int]:
    """(offset, length) of the page asked for. Raises InvalidNextTokenException."""
    with awss_token():
        return decode_token(request.get("nextToken")), int(request.get("maxResults") or PAGE)


def page_of(found: Sequence[T], offset: int, length: int) -> tuple[Sequence[T], dict[str, str]]:
    """The first `length` of what was found behind `offset`, and {} or the next page's token."""
    more = {"nextToken": encode_token(offset + length)} if len(found) > length else {}
    return found[:length], more
