"""SHAP values obey their axioms, exact and sampled, and agree with an independent definition."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormer.runtimes.clarify import shap as shap_values
from ormer.runtimes.clarify.shap import EXACT_ALWAYS_MAX, aggregate, explain, logit, plan


def model(seed: int, features: int, outputs: int = 1):
    """Return a model with products of features, so that the order of features matters."""
    random = np.random.default_rng(seed)
    linear, pairs = random.normal(size=(features, outputs)), random.normal(size=(features, features, outputs))

    def score(rows: np.ndarray) -> np.ndarray:
        return rows @ linear + np.tanh(np.einsum("ni,nj,ijo->no", rows, rows, pairs))

    return score


def by_permutations(record: np.ndarray, baseline: np.ndarray, score) -> np.ndarray:
    """Return the Shapley values from their definition: the mean gain over all orders of arrival."""
    features = len(record)
    values = np.zeros(features)
    orders = list(permutations(range(features)))
    for order in orders:
        rows = baseline.copy()
        before = score(rows).mean()
        for feature in order:
            rows[:, feature] = record[feature]
            after = score(rows).mean()
            values[feature] += after - before
            before = after
    return values / len(orders)


@pytest.mark.parametrize("baseline_rows", [1, 3])
def test_enumerated_values_equal_the_definition_by_orders_of_arrival(baseline_rows: int) -> None:
    random = np.random.default_rng(1)
    score, records, baseline = model(2, 5), random.normal(size=(4, 5)), random.normal(size=(baseline_rows, 5))
    result = explain(records, baseline, score)
    assert result.exact
    for record, values in zip(records, result.values[:, :, 0], strict=True):
        assert np.allclose(values, by_permutations(record, baseline, score), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    features=st.integers(1, 14),
    baseline_rows=st.integers(1, 3),
    outputs=st.integers(1, 3),
    samples=st.one_of(st.none(), st.integers(1, 300)),
)
def test_the_values_of_a_record_add_up_to_its_prediction(
    seed: int, features: int, baseline_rows: int, outputs: int, samples: int | None
) -> None:
    random = np.random.default_rng(seed)
    score = model(seed, features, outputs)
    records = random.normal(size=(3, features))
    baseline = random.normal(size=(baseline_rows, features))
    baseline[:, 0] = records[0, 0]
    result = explain(records, baseline, score, samples if features < 13 or samples else 200, seed)
    assert np.allclose(result.values.sum(axis=1) + result.expected, score(records), atol=1e-8)
    assert np.allclose(result.expected, score(baseline).mean(axis=0))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), features=st.integers(3, 8), data=st.data())
def test_alike_features_get_the_same_value_and_unused_ones_none(seed: int, features: int, data: st.DataObject) -> None:
    first, second, unused = data.draw(st.permutations(range(features)).map(lambda order: order[:3]))
    random = np.random.default_rng(seed)
    weights = random.normal(size=features)
    weights[second] = weights[first]
    weights[unused] = 0

    def score(rows: np.ndarray) -> np.ndarray:
        return np.tanh(rows @ weights)[:, None]

    record, baseline = random.normal(size=(1, features)), random.normal(size=(1, features))
    record[0, second], baseline[0, second] = record[0, first], baseline[0, first]
    values = explain(record, baseline, score).values[0, :, 0]
    assert values[first] == pytest.approx(values[second], abs=1e-12)
    assert values[unused] == pytest.approx(0, abs=1e-12)


def test_sampled_values_come_close_to_the_enumerated_ones() -> None:
    random = np.random.default_rng(5)
    score, records, baseline = model(6, 12), random.normal(size=(20, 12)), random.normal(size=(1, 12))
    exact, sampled = explain(records, baseline, score), explain(records, baseline, score, num_samples=1500, seed=0)
    assert exact.exact and not sampled.exact
    spread = exact.values.std()
    assert np.abs(exact.values - sampled.values).mean() < 0.1 * spread


def test_a_linear_model_is_explained_without_error_even_when_sampled() -> None:
    random = np.random.default_rng(7)
    weights = random.normal(size=20)
    records, baseline = random.normal(size=(5, 20)), random.normal(size=(2, 20))
    result = explain(records, baseline, lambda rows: (rows @ weights)[:, None], num_samples=200, seed=3)
    assert not result.exact
    assert np.allclose(result.values[:, :, 0], (records - baseline.mean(axis=0)) * weights, atol=1e-9)


def test_a_baseline_of_many_rows_is_gone_through_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(14)
    score, records, baseline = model(15, 6, outputs=2), random.normal(size=(3, 6)), random.normal(size=(50, 6))
    whole = explain(records, baseline, score)
    asked: list[int] = []

    def counted(rows: np.ndarray) -> np.ndarray:
        asked.append(len(rows))
        return score(rows)

    monkeypatch.setattr(shap_values, "SYNTHETIC_ROWS_MAX", 500)
    parts = explain(records, baseline, counted)
    assert max(asked[1:]) <= 500
    assert np.allclose(parts.values, whole.values, atol=1e-12)


def test_the_same_seed_gives_the_same_values() -> None:
    random = np.random.default_rng(8)
    score, records, baseline = model(9, 15), random.normal(size=(3, 15)), random.normal(size=(1, 15))
    first, second = (explain(records, baseline, score, 400, seed=11).values for _ in range(2))
    assert np.array_equal(first, second)


def test_log_odds_values_add_up_in_log_odds() -> None:
    random = np.random.default_rng(10)
    weights = random.normal(size=4)

    def score(rows: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(rows @ weights)))[:, None]

    records, baseline = random.normal(size=(6, 4)), random.normal(size=(1, 4))
    result = explain(records, baseline, score, use_logit=True)
    assert np.allclose(result.values[:, :, 0], (records - baseline) * weights, atol=1e-9)
    assert np.allclose(result.values.sum(axis=1) + result.expected, logit(score(records)))


def test_no_synthetic_row_is_sent_twice_in_one_batch() -> None:
    records = np.array([[1.0, 2.0, 3.0, np.nan], [1.0, 2.0, 3.0, np.nan]])
    baseline = np.array([[1.0, 0.0, 0.0, np.nan], [1.0, 5.0, 3.0, 4.0]])
    batches: list[np.ndarray] = []

    def score(rows: np.ndarray) -> np.ndarray:
        batches.append(rows)
        return np.nan_to_num(rows, nan=7.0) @ np.array([[1.0], [2.0], [4.0], [8.0]])

    result = explain(records, baseline, score)
    asked = [tuple(row) for row in np.nan_to_num(np.concatenate(batches[1:]), nan=-1.0)]
    # Two features differ from each baseline row; both rows lead to the record itself.
    assert len(asked) == len(set(asked)) == 4 + 4 - 1
    assert np.allclose(result.values.sum(axis=1) + result.expected, score(records))


def test_enumeration_ends_where_its_budget_ends() -> None:
    assert plan(12, None, None).exact
    assert not plan(13, None, 0).exact
    assert plan(10, 5, None).exact and EXACT_ALWAYS_MAX >= 2**10 - 2
    assert not plan(11, 100, 0).exact
    assert plan(11, 5000, None).exact


@pytest.mark.parametrize(
    ("method", "expected"), [("mean_abs", [2.0, 3.0]), ("median", [-1.0, 0.0]), ("mean_sq", [14 / 3, 18.0])]
)
def test_global_values_are_aggregated_as_asked(method: str, expected: list[float]) -> None:
    values = np.array([[-3.0, 0.0], [-1.0, -4.5], [2.0, 4.5]])
    values[:, 1] = [0.0, -4.5, 4.5] if method != "mean_sq" else [0.0, -(27**0.5), 27**0.5]
    assert np.allclose(aggregate(values[:, :, None], method)[:, 0], expected)


SHAP_CASES = json.loads((Path(__file__).parent / "oracle" / "shap_values.json").read_text())


def scored(rows: np.ndarray, weights: dict[str, Any]) -> np.ndarray:
    """The models of oracle/generate_shap.py."""
    linear, pairs, steps = (np.array(weights[name]) for name in ("linear", "pairs", "steps"))
    total = rows @ linear + np.einsum("ni,nj,ijo->no", rows, rows, pairs) + (rows > 0.3).astype(float) @ steps
    return 1 / (1 + np.exp(-total)) if weights["probability"] else total


@pytest.mark.parametrize("explainer", ["kernel", "exact"])
def test_values_agree_with_those_of_the_shap_package(explainer: str) -> None:
    cases = [case for case in SHAP_CASES if explainer in case]
    assert len(cases) >= 40
    for case in cases:
        records, baseline = np.array(case["records"]), np.array(case["baseline"])

        def score(rows: np.ndarray, case: dict[str, Any] = case) -> np.ndarray:
            return scored(rows, case["model"])

        found = explain(records, baseline, score, use_logit=case["logit"])
        assert np.allclose(found.values, case[explainer], atol=1e-7), case
        assert np.allclose(found.expected, case["expected"], atol=1e-7), case
