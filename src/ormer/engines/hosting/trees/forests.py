"""XGBoost's model document, checked: which objective, which base scores, which trees.

Format: https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Any

COLUMNS_MAX = 65536
GROUPS_MAX = 4096
BASE_SCORE_CHARS_MAX = 32
LEAF = -1


class NotFlat(Exception):
    """This model is answered by its server alone; the text tells a person why."""


@dataclass(frozen=True)
class Tree:
    """One tree as XGBoost keeps it: arrays over nodes. group: the output it adds to. Indices are not checked yet."""

    left: array[int]
    right: array[int]
    feature: array[int]
    threshold: array[float]
    default_left: array[int]
    group: int


@dataclass(frozen=True)
class Forest:
    """A model: `base_scores` in the space of predictions, one a group; `columns` features, `groups` sums."""

    objective: str
    base_scores: tuple[float, ...]
    columns: int
    groups: int
    trees: tuple[Tree, ...]


def forest_of(document: Any) -> Forest:
    """The forest of a model document. Raises NotFlat, also for a document that is none of XGBoost's."""
    try:
        return _forest(document["learner"])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise NotFlat(f"the model document is not as XGBoost writes it: {type(error).__name__} {error}") from error


def _forest(learner: Any) -> Forest:
    booster, weights = learner["gradient_booster"], None
    if booster["name"] == "dart":
        booster, weights = booster["gbtree"], booster["weight_drop"]
    if booster["name"] != "gbtree":
        raise NotFlat(f"its booster is {booster['name']}; gbtree and dart are evaluated here")
    objective = learner["objective"]["name"]
    if not isinstance(objective, str):
        raise NotFlat("its objective has no name")
    settings, model = learner["learner_model_param"], booster["model"]
    columns = _within("num_feature", int(settings["num_feature"]), 1, COLUMNS_MAX)
    groups = max(1, int(settings.get("num_class", 0)), int(settings.get("num_target", 1)))
    _within("number of outputs", groups, 1, GROUPS_MAX)
    belongs = list(model["tree_info"])
    trees = model["trees"]
    if len(trees) != len(belongs) or not all(isinstance(group, int) and 0 <= group < groups for group in belongs):
        raise NotFlat("its trees do not fit to its outputs")
    if weights is None:
        weights = [1.0] * len(trees)
    return Forest(
        objective,
        _base_scores(settings["base_score"], groups),
        columns,
        groups,
        tuple(_tree(*each) for each in zip(trees, belongs, weights, strict=True)),
    )


def _base_scores(text: str, groups: int) -> tuple[float, ...]:
    """One number for all outputs, or since XGBoost 3.1 a list with one each."""
    if len(text) > BASE_SCORE_CHARS_MAX * groups:
        raise NotFlat("its base_score is longer than numbers are")
    scores = [float(part) for part in text.strip("[]").split(",")]
    if not all(math.isfinite(score) for score in scores) or len(scores) not in (1, groups):
        raise NotFlat(f"its base_score {text[:80]} is not a number for each of {groups} outputs")
    return tuple(scores * groups) if len(scores) == 1 else tuple(scores)


def _tree(tree: Any, group: int, weight: float) -> Tree:
    if int(tree["tree_param"].get("size_leaf_vector", 0)) > 1:
        raise NotFlat("its leaves hold a vector (multi_strategy=multi_output_tree)")
    if any(tree.get("split_type", ())):
        raise NotFlat("it splits on categories")
    made = Tree(
        _numbers("i", tree["left_children"]),
        _numbers("i", tree["right_children"]),
        _numbers("i", tree["split_indices"]),
        _weighted(_numbers("f", tree["split_conditions"]), tree["left_children"], weight),
        _numbers("B", tree["default_left"]),
        group,
    )
    if len({len(made.left), len(made.right), len(made.feature), len(made.threshold), len(made.default_left)}) != 1:
        raise NotFlat("a tree's arrays differ in length")
    return made


def _weighted(values: array[float], left: Any, weight: float) -> array[float]:
    """dart multiplies leaves; a product of two float32 is exact in float64, so it is rounded once, as in float32."""
    if weight == 1.0:
        return values
    return array("f", [value * weight if child == LEAF else value for value, child in zip(values, left, strict=True)])


def _numbers(code: str, values: Any) -> array[Any]:
    """An array of the wanted type. Raises TypeError or OverflowError for values it cannot hold."""
    if isinstance(values, array) and values.typecode == code:
        return values
    return array(code, values)


def _within(what: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise NotFlat(f"its {what} is {value}; {least} to {most} are evaluated here")
    return value
