"""What to try next: pure functions of the ranges, a seed, a number and what was seen before.

Bayesian is a tree-structured Parzen estimator: values that lie thick among the best and thin among the rest.
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from ormer.engines.tuning.scales import Parameter

# Seen values before the first one that is not random, and candidates that each later one is chosen from.
STARTS, CANDIDATES = 5, 32
GOOD_SHARE = 0.25
# How far a seen value's density reaches, in units of its range, at most and at least.
REACH_MAX, REACH_MIN = 0.3, 0.03


@dataclass(frozen=True)
class Seen:
    """Values that were tried, and how good they were: the smaller the loss the better."""

    values: dict[str, str]
    loss: float


def propose(
    strategy: str, parameters: Sequence[Parameter], seed: str, number: int, seen: Sequence[Seen]
) -> dict[str, str] | None:
    """The values of a tuning job's training job of this number; None when a grid has no more."""
    if strategy == "Grid":
        return _of_grid(parameters, number)
    chance = random.Random(f"{seed} {number}")
    if strategy == "Bayesian" and len(seen) >= STARTS:
        return _bayesian(parameters, chance, sorted(seen, key=lambda one: one.loss))
    return {one.name: one.text(chance.random()) for one in parameters}


def grid_size(parameters: Sequence[Parameter]) -> int:
    """How many combinations a grid has."""
    return math.prod(len(one.choices) for one in parameters)


def _of_grid(parameters: Sequence[Parameter], number: int) -> dict[str, str] | None:
    if number >= grid_size(parameters):
        return None
    values = {}
    for one in parameters:
        number, index = divmod(number, len(one.choices))
        values[one.name] = one.choices[index]
    return values


def _bayesian(parameters: Sequence[Parameter], chance: random.Random, best_first: Sequence[Seen]) -> dict[str, str]:
    count = max(1, round(len(best_first) * GOOD_SHARE))
    good, rest = best_first[:count], best_first[count:]
    found = {}
    for one in parameters:
        near = [one.unit(seen.values[one.name]) for seen in good]
        far = [one.unit(seen.values[one.name]) for seen in rest]
        if one.choices:
            found[one.name] = _choice(one, chance, near, far)
        else:
            found[one.name] = one.text(_unit(chance, near, far))
    return found


def _choice(parameter: Parameter, chance: random.Random, near: list[float], far: list[float]) -> str:
    """A choice, as often as it is among the best for its share of the rest."""

    def count(units: list[float], choice: str) -> float:
        return (1 + sum(parameter.text(unit) == choice for unit in units)) / (len(units) + len(parameter.choices))

    weights = [count(near, choice) / count(far, choice) for choice in parameter.choices]
    return chance.choices(parameter.choices, weights)[0]


def _unit(chance: random.Random, near: list[float], far: list[float]) -> float:
    """The candidate whose density among the best is highest against its density among the rest."""
    reach = _reach(near)
    candidates = [_drawn(chance, near, reach) for _ in range(CANDIDATES)]
    return max(candidates, key=lambda one: _density(one, near, reach) / _density(one, far, _reach(far)))


def _drawn(chance: random.Random, near: list[float], reach: float) -> float:
    # One in so many is drawn from anywhere, so that no place is given up.
    if chance.random() < 1 / (len(near) + 1):
        return chance.random()
    return min(max(chance.gauss(chance.choice(near), reach), 0.0), 1.0)


def _density(unit: float, places: list[float], reach: float) -> float:
    total = 1.0 + sum(
        math.exp(-0.5 * ((unit - place) / reach) ** 2) / (reach * math.sqrt(math.tau)) for place in places
    )
    return total / (len(places) + 1)


def _reach(places: list[float]) -> float:
    return max(REACH_MIN, REACH_MAX / math.sqrt(max(1, len(places))))
