"""What changes from one XGBoost image tag to the next; the tag decides, not the installed xgboost version."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Tuple

ANCIENT_REPOSITORY = "xgboost"
"""The images `xgboost:1` and `xgboost:latest` of the first SageMaker generation (xgboost 0.72)."""


@dataclass(frozen=True)
class Behaviour:
    """The habits of one image tag.

    accepts_silent: `silent` is a hyperparameter.
    pickles_model: the model file is a pickled Booster, else xgboost's own format.
    keeps_best_only: early stopping drops the trees after the best round.
    rows_on_one_line: a real-time CSV answer is `a,b,c` and Accept is not looked at, else one row a line.
    ensembles: several model files are averaged.
    starts_at_half: base_score is 0.5 and trees are built exactly where nothing else is said, as before xgboost 2.
    """

    accepts_silent: bool
    pickles_model: bool
    keeps_best_only: bool
    rows_on_one_line: bool
    ensembles: bool
    starts_at_half: bool


BEHAVIOURS: Tuple[Tuple[Tuple[int, ...], Behaviour], ...] = (
    # From this tag on:   silent  pickle  best    line    ensemble  half
    ((0,), Behaviour(True, True, False, True, False, True)),
    ((1, 2, 1), Behaviour(False, True, False, True, False, True)),
    ((1, 2, 2), Behaviour(False, True, False, False, True, True)),
    ((1, 3, 1), Behaviour(False, False, True, False, True, True)),
    ((3,), Behaviour(False, False, True, False, True, False)),
)
"""Ascending; a tag behaves as the last row that is not above it. Read from aws/sagemaker-xgboost-container's tags."""


def behaviour_of(environ: Mapping[str, str]) -> Behaviour:
    """Returns the habits of the image named by ORMER_IMAGE_REPOSITORY and ORMER_IMAGE_TAG; untagged, the newest."""
    if environ.get("ORMER_IMAGE_REPOSITORY") == ANCIENT_REPOSITORY:
        return BEHAVIOURS[0][1]
    version = tag_version(environ.get("ORMER_IMAGE_TAG") or "")
    if not version:
        return BEHAVIOURS[-1][1]
    return [behaviour for lowest, behaviour in BEHAVIOURS if lowest <= version][-1]


def tag_version(tag: str) -> Tuple[int, ...]:
    """Returns the numbers that a tag starts with: `1.0-1-cpu-py3` is (1, 0, 1); () when there are none."""
    match = re.match(r"\d+(?:[.-]\d+)*", tag)
    return tuple(int(number) for number in re.split(r"[.-]", match.group())) if match else ()
