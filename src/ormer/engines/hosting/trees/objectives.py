"""What XGBoost does with a sum of leaves, by objective, and where the sum starts.

Releases differ in what no document tells: whether a base score is a margin already, and whether survival:aft computes
in float64. So a model has several readings; the exported predictions decide between them.
https://xgboost.readthedocs.io/en/stable/parameter.html#learning-task-parameters
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from ormer.engines.hosting.trees import library as lib
from ormer.engines.hosting.trees.forests import NotFlat

PLAIN = ((lib.IDENTITY,), (lib.AS_IT_IS,))
BETWEEN_0_AND_1 = ((lib.SIGMOID,), (lib.LOGIT,))
POSITIVE = ((lib.EXPONENTIAL,), (lib.LOG, lib.AS_IT_IS))
OBJECTIVES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "reg:linear": PLAIN,
    "reg:squarederror": PLAIN,
    "reg:squaredlogerror": PLAIN,
    "reg:absoluteerror": PLAIN,
    "reg:pseudohubererror": PLAIN,
    "reg:quantileerror": PLAIN,
    "rank:pairwise": PLAIN,
    "rank:ndcg": PLAIN,
    "rank:map": PLAIN,
    "reg:logistic": BETWEEN_0_AND_1,
    "binary:logistic": BETWEEN_0_AND_1,
    "binary:logitraw": ((lib.IDENTITY,), (lib.LOGIT, lib.AS_IT_IS)),
    "binary:hinge": ((lib.HINGE,), (lib.AS_IT_IS,)),
    "count:poisson": POSITIVE,
    "reg:gamma": POSITIVE,
    "reg:tweedie": POSITIVE,
    "survival:cox": POSITIVE,
    "survival:aft": ((lib.EXPONENTIAL, lib.WIDE_EXPONENTIAL), (lib.LOG, lib.AS_IT_IS)),
    "multi:softmax": ((lib.SOFTMAX,), (lib.AS_IT_IS,)),
    "multi:softprob": ((lib.SOFTPROB,), (lib.AS_IT_IS,)),
}
"""The transforms and the readings of a base score, likeliest first."""


@dataclass(frozen=True)
class Reading:
    """One way to read a model: library.py names the transforms and the kinds of base score."""

    transform: int
    base_kind: int


def readings(objective: str) -> Iterator[Reading]:
    """The ways in which XGBoost's releases have read a model of this objective. Raises NotFlat for an unknown one."""
    if objective not in OBJECTIVES:
        raise NotFlat(f"its objective {objective[:80]} is not evaluated here")
    transforms, kinds = OBJECTIVES[objective]
    for reading in itertools.product(transforms, kinds):
        yield Reading(*reading)
