"""Sets of names, written as one text."""

from __future__ import annotations


def words(*texts: str) -> frozenset[str]:
    """The names that the texts hold."""
    return frozenset(name for text in texts for name in text.split())
