"""The neighbours of the Flip Test are those that sorting all distances gives, however they are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormer.runtimes.clarify import fliptest
from ormer.runtimes.clarify.fliptest import nearest_majority


def by_sorting(known: np.ndarray, outcomes: np.ndarray, asked: np.ndarray) -> np.ndarray:
    count = 5 if len(known) > 9 else 1
    answers = []
    for row in asked:
        distances = np.zeros(len(known))
        for feature in range(known.shape[1]):
            distances += (row[feature] - known[:, feature]) ** 2
        nearest = np.argsort(distances, kind="stable")[:count]
        answers.append(outcomes[nearest].sum() * 2 > count)
    return np.array(answers)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    known=st.integers(1, 60),
    asked=st.integers(1, 20),
    features=st.integers(1, 6),
    kind=st.sampled_from(["real", "few whole numbers", "far from nothing", "tiny beside huge"]),
)
def test_the_vote_is_that_of_the_nearest_rows_and_of_the_first_of_those_just_as_near(
    seed: int, known: int, asked: int, features: int, kind: str
) -> None:
    random = np.random.default_rng(seed)
    tables = []
    for rows in (known, asked):
        table = random.normal(size=(rows, features))
        if kind == "few whole numbers":
            table = random.integers(0, 3, (rows, features)).astype(float)
        elif kind == "far from nothing":
            table = table.round(1) + 1e9
        elif kind == "tiny beside huge":
            table[:, 0] *= 1e8
        tables.append(table)
    outcomes = random.random(known) < 0.5
    expected = by_sorting(tables[0], outcomes, tables[1])
    assert np.array_equal(nearest_majority(tables[0], outcomes, tables[1]), expected)


def test_rows_that_are_alike_by_the_thousand_are_voted_on_without_picking_pairs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(1)
    known, asked = random.integers(0, 2, (300, 3)).astype(float), random.integers(0, 2, (40, 3)).astype(float)
    outcomes = random.random(300) < 0.5
    monkeypatch.setattr(fliptest, "PAIRS_MAX", 100)
    monkeypatch.setattr(fliptest, "BLOCK_CELLS_MAX", 3000)
    assert np.array_equal(nearest_majority(known, outcomes, asked), by_sorting(known, outcomes, asked))
