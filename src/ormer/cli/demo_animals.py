"""Animals of the demo's data set, as its model takes them."""

from __future__ import annotations

import csv
from importlib import resources

# The data set's columns are the sex, seven measures in units of 20 cm and 200 g, and the rings.
SEXES = {"F": "1,0,0", "I": "0,1,0", "M": "0,0,1"}
LENGTHS = 3


def animals(count: int, scale: float = 1.0) -> list[str]:
    """`count` rows of CSV from all over the data set: what they hold together is spread as what the model learned from.

    scale: what lengths, diameters and heights are multiplied by.
    """
    text = resources.files("ormer.data").joinpath("abalone-dataset.csv").read_text()
    known = list(csv.reader(text.splitlines()))
    chosen = [known[number * len(known) // count] for number in range(count)]
    return [_row(sex, measures, scale) for sex, *measures, _rings in chosen]


def _row(sex: str, measures: list[str], scale: float) -> str:
    lengths = [f"{float(value) * scale:g}" for value in measures[:LENGTHS]]
    return ",".join([*lengths, *measures[LENGTHS:], SEXES[sex]])
