"""A forest of random cuts, and the score of a row: how much the model would grow if the row were in it.

https://docs.aws.amazon.com/sagemaker/latest/dg/rcf_how-it-works.html
Guha, Mishra, Roy, Schrijvers: Robust Random Cut Forest Based Anomaly Detection On Streams, ICML 2016

A tree cuts the box around its rows in two: along a side chosen by its length, anywhere on it. The next random cut
would part a row outside a box from it with a probability of its own, (length added by the row) / (length of all sides
with it). On the row's way from root to leaf these probabilities say how deep it would come to stand: the less deep, the
higher its score, 1 / (1 + depth), made comparable by the binary logarithm of the sample's size. About 1 is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..vectors import model_files
from ..vectors.bodies import Answers

ALGORITHM = "randomcutforest"
LEAF = -1
CELLS_AT_ONCE = 4_000_000
"""Rows × features that are compared with boxes at a time, to bound memory."""


@dataclass(frozen=True)
class Forest:
    """Nodes of all trees in one list, parents before their children: `feature` (LEAF: none) and `cut`, `left` and
    `right` by number, `low` and `high` of their boxes (nodes × features, float32), `mass` (rows in it); `roots` by
    number; `sample`: rows of a tree."""

    feature: Any
    cut: Any
    left: Any
    right: Any
    low: Any
    high: Any
    mass: Any
    roots: Any
    sample: int

    @property
    def feature_dim(self) -> int:
        return int(self.low.shape[1])

    def scores(self, rows: Any) -> Any:
        """Returns the score of each row: the mean of the trees'."""
        rows = rows.astype("f4")
        at_once = max(1, CELLS_AT_ONCE // self.feature_dim)
        parts = [rows[at : at + at_once] for at in range(0, len(rows), at_once)]
        return np.concatenate([np.mean([self._of_tree(root, part) for root in self.roots], axis=0) for part in parts])

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns {score} of each row."""
        rows = features if isinstance(features, np.ndarray) else features.toarray()
        return [{"score": score} for score in self.scores(rows).tolist()]

    def _of_tree(self, root: int, rows: Any) -> Any:
        """Walks all rows down one tree, a level at a time. left_over: the probability not to have been cut off yet."""
        total, left_over = np.zeros(len(rows)), np.ones(len(rows))
        at, active = np.full(len(rows), root), np.arange(len(rows))
        depth = 0
        while len(active):
            nodes, points = at[active], rows[active]
            low, high = self.low[nodes], self.high[nodes]
            outside = (np.maximum(low - points, 0) + np.maximum(points - high, 0)).sum(axis=1)
            whole = outside + (high - low).sum(axis=1)
            leaves = self.feature[nodes] == LEAF
            apart = np.divide(outside, whole, out=np.zeros(len(active)), where=whole > 0)
            total[active] += left_over[active] * apart / (depth + 1)
            left_over[active] *= 1 - apart
            same = active[leaves]
            total[same] += left_over[same] / (depth + np.log2(self.mass[nodes[leaves]] + 1))
            active, nodes = active[~leaves], nodes[~leaves]
            goes_left = rows[active, self.feature[nodes]] <= self.cut[nodes]
            at[active] = np.where(goes_left, self.left[nodes], self.right[nodes])
            depth += 1
        return total * np.log2(self.mass[root] + 1)


def grow(rows: Any, trees: int, sample: int) -> Forest:
    """Returns a forest over rows × features. The samples of the trees have no row in common as long as there are
    enough; the same rows give the same forest."""
    rows = rows.astype("f4")
    random = np.random.default_rng(0)
    nodes: list[Any] = []
    size = min(sample, len(rows))
    deck = np.zeros(0, dtype=int)
    roots = []
    for _ in range(trees):
        if len(deck) < size:
            deck = np.concatenate([deck, random.permutation(len(rows))])
        hand, deck = deck[:size], deck[size:]
        roots.append(_split(rows[hand], random, nodes))
    feature, cut, left, right, low, high, mass = zip(*nodes)
    return Forest(
        np.array(feature),
        np.array(cut),
        np.array(left),
        np.array(right),
        np.array(low),
        np.array(high),
        np.array(mass),
        np.array(roots),
        size,
    )


def _split(rows: Any, random: Any, nodes: list[Any]) -> int:
    """Adds a tree over the rows to the nodes; returns the number of its root."""
    root = len(nodes)
    nodes.append(None)
    waiting = [(root, rows)]
    while waiting:
        number, part = waiting.pop()
        low, high = part.min(axis=0), part.max(axis=0)
        lengths = high - low
        if not lengths.sum() > 0:
            nodes[number] = (LEAF, 0.0, LEAF, LEAF, low, high, len(part))
            continue
        shares = lengths.astype("f8")
        feature = int(random.choice(len(shares), p=shares / shares.sum()))
        # In float64, as rows are compared with it: a cut between two neighbours in float32 would fall on one of them.
        cut = np.float64(random.uniform(low[feature], high[feature]))
        goes_left = part[:, feature] <= cut
        if goes_left.all():  # the cut fell on the upper end itself
            cut = np.nextafter(np.float64(high[feature]), -np.inf)
            goes_left = part[:, feature] <= cut
        left, right = len(nodes), len(nodes) + 1
        nodes[number] = (feature, cut, left, right, low, high, len(part))
        nodes += [None, None]
        waiting += [(left, part[goes_left]), (right, part[~goes_left])]
    return root


def save(folder: Path, forest: Forest) -> None:
    """Writes the model's file. Of boxes only the leaves' stand in it, which are one row each."""
    names = ("feature", "cut", "left", "right", "mass", "roots")
    arrays = {name: getattr(forest, name) for name in names}
    model_files.save(folder, ALGORITHM, {"sample": forest.sample}, rows=forest.low[forest.feature == LEAF], **arrays)


def load(folder: Path) -> Forest:
    """Returns the model of a folder. Raises UserError when there is none."""
    arrays, about = model_files.load(folder, ALGORITHM)
    rows = arrays.pop("rows")
    low = np.empty((len(arrays["feature"]), rows.shape[1]), dtype="f4")
    low[arrays["feature"] == LEAF] = rows
    high = low.copy()
    for node in range(len(low) - 1, -1, -1):
        if arrays["feature"][node] != LEAF:
            left, right = arrays["left"][node], arrays["right"][node]
            np.minimum(low[left], low[right], out=low[node])
            np.maximum(high[left], high[right], out=high[node])
    return Forest(**arrays, low=low, high=high, sample=about["sample"])
