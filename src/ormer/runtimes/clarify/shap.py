"""Shapley values of every record and feature, by exact enumeration or by Kernel SHAP, one model batch at a time.

The coalitions are drawn once and shared by all records, so the weighted least squares is solved once and applied to
every record as one matrix product. Method: https://arxiv.org/abs/1705.07874, paired sampling:
https://arxiv.org/abs/2012.01536.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb, factorial

import numpy as np

# Up to this many coalitions are enumerated, so that the values are exact, when the configuration sets no num_samples.
EXACT_COALITIONS_MAX = 4096
# Enumeration this small is worth more than the sampling it replaces even when num_samples is lower.
EXACT_ALWAYS_MAX = 1024
SYNTHETIC_ROWS_MAX = 200_000
LOGIT_MARGIN = 1e-7
# A coalition fits in the whole numbers that a float holds exactly.
KEY_FEATURES_MAX = 40

Score = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ShapValues:
    """values: records x features x outputs; expected: outputs, the mean output over the baseline."""

    values: np.ndarray
    expected: np.ndarray
    exact: bool
    coalitions: int


@dataclass(frozen=True)
class Plan:
    """masks: coalitions x features, True where the record's own cell is used; the first is empty, the last full.

    weights: features x coalitions; the Shapley values are `weights @ outputs of the coalitions`.
    """

    masks: np.ndarray
    weights: np.ndarray
    exact: bool


def default_samples(features: int) -> int:
    """Return how many coalitions are drawn when the configuration does not say: 2M + 2048, as in the shap library."""
    return 2 * features + 2048


def plan(features: int, num_samples: int | None, seed: int | None, always: int = EXACT_ALWAYS_MAX) -> Plan:
    """Return the coalitions for this many features: all of them where that is affordable, else a paired sample.

    always: so many are affordable even when `num_samples` is lower.
    """
    everything = 2**features - 2
    affordable = EXACT_COALITIONS_MAX if num_samples is None else max(num_samples, always)
    if everything <= affordable:
        return _exact_plan(features)
    return _sampled_plan(features, num_samples or default_samples(features), np.random.default_rng(seed))


def _exact_plan(features: int) -> Plan:
    numbers = np.arange(2**features)
    masks = (numbers[:, None] >> np.arange(features) & 1).astype(bool)
    sizes = masks.sum(axis=1)
    table = np.array([factorial(size) * factorial(features - size - 1) for size in range(features)], dtype=float)
    table /= factorial(features)
    # A coalition with the feature counts positively as S + {j}; one without it negatively as S.
    gains, losses = np.append(0.0, table), np.append(table, 0.0)
    weights = np.where(masks, gains[sizes, None], -losses[sizes, None]).T
    return Plan(masks, weights, exact=True)


def _sampled_plan(features: int, budget: int, random: np.random.Generator) -> Plan:
    """Take whole sizes from the outside in while the budget lasts, then draw the rest in complementary pairs."""
    budget = max(budget, 2 * features + 2)
    halves = np.arange(1, (features - 1) // 2 + 1)
    paired = [int(size) for size in halves]
    middle = [features // 2] if features % 2 == 0 else []
    sizes = paired + middle
    mass = np.array([(features - 1) / (size * (features - size)) for size in sizes])
    mass[: len(paired)] *= 2
    mass /= mass.sum()
    masks, kernel, taken = [], [], 0
    for index, size in enumerate(sizes):
        count = comb(features, size) * (2 if index < len(paired) else 1)
        if taken + count > budget:
            break
        some = _all_of_size(features, size)
        masks += [some, ~some] if index < len(paired) else [some]
        kernel += [np.full(count, mass[index] / count)]
        taken += count
    else:
        return _weighted_plan(np.concatenate(masks), np.concatenate(kernel), exact=True)
    left = sizes[index:]
    drawn, counts = _drawn_pairs(features, left, mass[index:], (budget - taken) // 2, random)
    masks.append(drawn)
    kernel.append(mass[index:].sum() * counts / counts.sum())
    return _weighted_plan(np.concatenate(masks), np.concatenate(kernel), exact=False)


def _all_of_size(features: int, size: int) -> np.ndarray:
    chosen = np.array(list(combinations(range(features), size)))
    masks = np.zeros((len(chosen), features), dtype=bool)
    np.put_along_axis(masks, chosen, True, axis=1)
    return masks


def _drawn_pairs(
    features: int, sizes: list[int], mass: np.ndarray, pairs: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct masks, each beside its complement, and how often each was drawn."""
    chosen = random.choice(sizes, size=max(1, pairs), p=mass / mass.sum())
    order = random.random((len(chosen), features)).argsort(axis=1).argsort(axis=1)
    some = order < chosen[:, None]
    masks, counts = np.unique(np.concatenate([some, ~some]), axis=0, return_counts=True)
    return masks, counts.astype(float)


def _weighted_plan(inner: np.ndarray, kernel: np.ndarray, exact: bool) -> Plan:
    """Fold the constraint "the values sum to full minus empty" into the least squares; return one weight matrix.

    With the last feature eliminated the unknowns solve ||sqrt(k) (A x - b)||, A = Z[:, :-1] - Z[:, -1:],
    b = v(z) - v(empty) - Z[:, -1] (v(full) - v(empty)), which is linear in the coalitions' outputs.
    """
    features = inner.shape[1]
    z = inner.astype(float)
    a = z[:, :-1] - z[:, -1:]
    solved = np.linalg.pinv(a * np.sqrt(kernel)[:, None]) * np.sqrt(kernel)
    on_full = -(solved @ z[:, -1])
    on_empty = -solved.sum(axis=1) - on_full
    first = np.column_stack([on_empty, solved, on_full])
    last = -first.sum(axis=0)
    last[0] -= 1
    last[-1] += 1
    masks = np.concatenate([np.zeros((1, features), bool), inner, np.ones((1, features), bool)])
    return Plan(masks, np.vstack([first, last]), exact)


def logit(probabilities: np.ndarray) -> np.ndarray:
    """Return log-odds; probabilities of nothing and one are moved inside by a small margin."""
    inside = np.clip(probabilities, LOGIT_MARGIN, 1 - LOGIT_MARGIN)
    return np.log(inside / (1 - inside))


def explain(
    records: np.ndarray,
    baseline: np.ndarray,
    score: Score,
    num_samples: int | None = None,
    seed: int | None = None,
    use_logit: bool = False,
) -> ShapValues:
    """Return the Shapley values of each record against the mean over the baseline rows.

    records, baseline: rows x features; score: rows x features -> rows x outputs, asked in batches without repeated
    rows. The values of a record sum to its output (in log-odds with `use_logit`) minus `expected`.
    """
    link: Callable[[np.ndarray], np.ndarray] = logit if use_logit else np.asarray
    # Compared bit by bit, so that records with the same missing cells are the same.
    bits = np.ascontiguousarray(records, dtype=float).view(np.int64)
    _, chosen, positions = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    distinct = records[chosen]
    expected = link(score(baseline).mean(axis=0))
    shape = plan(records.shape[1], num_samples, seed)
    per_record = len(shape.masks) * len(baseline)
    step = max(1, SYNTHETIC_ROWS_MAX // per_record)
    parts = []
    for at in range(0, len(distinct), step):
        outputs = _mean_outputs(distinct[at : at + step], baseline, shape.masks, score)
        parts.append(np.einsum("fc,nco->nfo", shape.weights, link(outputs), optimize=True))
    values = np.concatenate(parts)[positions.reshape(-1)]
    return ShapValues(values, expected, shape.exact, len(shape.masks) - 2)


def _mean_outputs(records: np.ndarray, baseline: np.ndarray, masks: np.ndarray, score: Score) -> np.ndarray:
    """Return what `_coalition_outputs` does, with so many baseline rows at a time as keep the synthetic rows few."""
    size = max(1, SYNTHETIC_ROWS_MAX // (len(records) * len(masks)))
    if size >= len(baseline):
        return _coalition_outputs(records, baseline, masks, score)
    blocks = [baseline[at : at + size] for at in range(0, len(baseline), size)]
    total = sum(_coalition_outputs(records, block, masks, score) * len(block) for block in blocks)
    return np.asarray(total) / len(baseline)


def _coalition_outputs(records: np.ndarray, baseline: np.ndarray, masks: np.ndarray, score: Score) -> np.ndarray:
    """Return records x coalitions x outputs: the mean output over the baseline rows for each coalition."""
    shape = (len(records), len(masks), len(baseline), records.shape[1])
    synthetic = np.where(masks[None, :, None, :], records[:, None, None, :], baseline[None, None, :, :])
    rows = synthetic.reshape(-1, records.shape[1])
    keep, back = _distinct(records, baseline, masks)
    outputs = score(rows if keep is None else rows[keep])
    outputs = outputs if back is None else outputs[back]
    return outputs.reshape(*shape[:3], -1).mean(axis=2)


def _distinct(
    records: np.ndarray, baseline: np.ndarray, masks: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return which synthetic rows to ask for and where each row's answer is, or (None, None) when none repeats.

    Where a record's cell equals the baseline's, coalitions that differ only there give the same row; the coalition
    less those features, with the record and the baseline row, is the row's key.
    """
    features = records.shape[1]
    differs = records[:, None, :] != baseline[None, :, :]
    both_missing = np.isnan(records)[:, None, :] & np.isnan(baseline)[None, :, :]
    differs &= ~both_missing
    if features > KEY_FEATURES_MAX or (differs.all() and len(baseline) == 1):
        return None, None
    used = masks[None, :, None, :] & differs[:, None, :, :]
    keys = used @ (2 ** np.arange(features, dtype=np.int64))
    owner = np.arange(len(records))[:, None, None] * len(baseline) + np.arange(len(baseline))[None, None, :]
    # A coalition of all features that differ is the record itself, whichever baseline row it replaced.
    is_record = (used == differs[:, None, :, :]).all(axis=3)
    owner = np.where(is_record, (np.arange(len(records)) * len(baseline))[:, None, None], owner)
    keys = np.where(is_record, np.int64(1) << features, keys)
    combined = owner.astype(np.int64) * (np.int64(1) << (features + 1)) + keys
    _, keep, back = np.unique(combined.reshape(-1), return_index=True, return_inverse=True)
    return (None, None) if len(keep) == combined.size else (keep, back.reshape(-1))


def aggregate(values: np.ndarray, method: str) -> np.ndarray:
    """Return features x outputs: the mean of the absolute values, the median, or the mean of the squares."""
    if method == "median":
        return np.median(values, axis=0)
    return np.abs(values).mean(axis=0) if method == "mean_abs" else (values**2).mean(axis=0)
