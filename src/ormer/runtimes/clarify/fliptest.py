"""The nearest-neighbour classifier behind the Flip Test, in plain numpy."""

from __future__ import annotations

import numpy as np

# Library constants: five neighbours, one when the advantaged facet has nine rows or fewer.
NEIGHBORS = 5
FEW_ROWS = 9
BLOCK_CELLS_MAX = 4_000_000


def nearest_majority(known: np.ndarray, outcomes: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the outcome that most of the nearest known rows have, for each asked row.

    known: rows x features; outcomes: bool for each known row; asked: rows x features. Distances are Euclidean and
    uniform in weight. Equally near rows are taken in the order of the table.
    """
    count = NEIGHBORS if len(known) > FEW_ROWS else 1
    block = max(1, BLOCK_CELLS_MAX // len(known))
    answers = [_vote(known, outcomes, asked[at : at + block], count) for at in range(0, len(asked), block)]
    return np.concatenate(answers)


def _vote(known: np.ndarray, outcomes: np.ndarray, asked: np.ndarray, count: int) -> np.ndarray:
    # A sum over features of exact squares keeps equal distances equal, which |a|^2 - 2ab + |b|^2 does not.
    distances = np.zeros((len(asked), len(known)))
    for feature in range(known.shape[1]):
        distances += (asked[:, feature, None] - known[None, :, feature]) ** 2
    if count == 1:
        return outcomes[distances.argmin(axis=1)]
    # The count-th smallest distance tells who is nearer; of those just as far the first ones fill what is left.
    farthest = np.partition(distances, count - 1, axis=1)[:, count - 1, None]
    nearer, as_far = distances < farthest, distances == farthest
    left = count - nearer.sum(axis=1, keepdims=True)
    taken = nearer | (as_far & (np.cumsum(as_far, axis=1) <= left))
    return (taken & outcomes).sum(axis=1) * 2 > count
