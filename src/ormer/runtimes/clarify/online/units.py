"""What a text is taken apart into: words, sentences or paragraphs, each with its place.

Differs: AWS splits by language; here a word is a run of letters and digits or one other sign, in every language.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClarifyTextConfig.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
SENTENCE = re.compile(r"[^\s.!?。！？][^.!?。！？]*[.!?。！？]*")
PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")


@dataclass(frozen=True)
class Unit:
    """A part of a text. start: the place of its first character, from zero."""

    text: str
    start: int


Granularity = Callable[[str], "list[Unit]"]


def _by(pattern: re.Pattern[str]) -> Granularity:
    def units(text: str) -> list[Unit]:
        return [Unit(found.group().rstrip(), found.start()) for found in pattern.finditer(text)]

    return units


GRANULARITIES = {"token": _by(WORD), "sentence": _by(SENTENCE), "paragraph": _by(PARAGRAPH)}


def with_units(text: str, units: Sequence[Unit], used: Sequence[bool], instead: str) -> str:
    """The text with `instead` in the place of every unit that is not used."""
    parts, at = [], 0
    for unit, kept in zip(units, used, strict=True):
        parts.append(text[at : unit.start])
        parts.append(unit.text if kept else instead)
        at = unit.start + len(unit.text)
    parts.append(text[at:])
    return "".join(parts)
