"""The nearest-neighbour classifier behind the Flip Test, in plain numpy."""

from __future__ import annotations

import numpy as np

# Library constants: five neighbours, one when the advantaged facet has nine rows or fewer.
NEIGHBORS = 5
FEW_ROWS = 9
BLOCK_CELLS_MAX = 4_000_000
# More pairs than this, where very many rows are alike, are not worth being picked out.
PAIRS_MAX = 400_000
# A few times the rounding of one multiplication and addition.
ROUNDING = 1e-15


def nearest_majority(known: np.ndarray, outcomes: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the outcome that most of the nearest known rows have, for each asked row.

    known: rows x features; outcomes: bool for each known row; asked: rows x features. Distances are Euclidean and
    uniform in weight. Equally near rows are taken in the order of the table.
    """
    count = NEIGHBORS if len(known) > FEW_ROWS else 1
    block = max(1, BLOCK_CELLS_MAX // len(known))
    middle = known.mean(axis=0)
    lengths = ((known - middle) ** 2).sum(axis=1)
    answers = []
    for at in range(0, len(asked), block):
        rows = asked[at : at + block]
        pairs = _candidates(known - middle, lengths, rows - middle, count)
        answers.append(
            _vote_of_all(known, outcomes, rows, count)
            if pairs is None
            else _vote_of_pairs(known, outcomes, rows, count, pairs)
        )
    return np.concatenate(answers)


def _candidates(
    known: np.ndarray, lengths: np.ndarray, asked: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return (places in asked, places in known) of every pair that can be among the nearest; None when too many can.

    |a|^2 - 2ab + |b|^2 is quick but wrong in the last digits, so whatever is as near within that error is kept.
    """
    own = (asked**2).sum(axis=1)
    distances = asked @ known.T
    distances *= -2
    distances += lengths
    error = ROUNDING * (own + lengths.max()) * (known.shape[1] + 2)
    farthest = np.partition(distances, count - 1, axis=1)[:, count - 1]
    near = distances <= (farthest + 2 * error)[:, None]
    return np.nonzero(near) if np.count_nonzero(near) <= PAIRS_MAX else None


def _vote_of_pairs(
    known: np.ndarray, outcomes: np.ndarray, asked: np.ndarray, count: int, pairs: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """The majority among the nearest of the pairs, which are sorted by row and then by the table's order."""
    row, place = pairs
    order = np.lexsort((place, _distances(asked[row].T, known[place].T), row))
    row, place = row[order], place[order]
    first = np.searchsorted(row, np.arange(len(asked)))
    votes = [outcomes[place[first + rank]] for rank in range(count)]
    return np.sum(votes, axis=0) * 2 > count


def _vote_of_all(known: np.ndarray, outcomes: np.ndarray, asked: np.ndarray, count: int) -> np.ndarray:
    distances = _distances(asked.T[:, :, None], known.T[:, None, :])
    # The count-th smallest distance tells who is nearer; of those just as far the first ones fill what is left.
    farthest = np.partition(distances, count - 1, axis=1)[:, count - 1, None]
    nearer, as_far = distances < farthest, distances == farthest
    left = count - nearer.sum(axis=1, keepdims=True)
    taken = nearer | (as_far & (np.cumsum(as_far, axis=1) <= left))
    return (taken & outcomes).sum(axis=1) * 2 > count


def _distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The squared distances, feature by feature, so that equal distances are equal to the last bit."""
    total = (left[0] - right[0]) ** 2
    for one, other in zip(left[1:], right[1:], strict=True):
        total = total + (one - other) ** 2
    return np.asarray(total)
