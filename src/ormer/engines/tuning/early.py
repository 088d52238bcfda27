"""Finds the training jobs of a tuning job that are not worth their time any more, by what the jobs have told so far.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-early-stopping.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ormer.engines.tuning import stopping
from ormer.stores import metrics, tuning
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# How many training jobs one is compared with: the last ones.
COMPARED_MAX = 100


def is_wanted(row: Row) -> bool:
    """Whether a tuning job's training jobs may be stopped before their end."""
    config = row.document[tuning.CONFIG]
    return bool(config["Strategy"] == "Hyperband" or config.get("TrainingJobEarlyStoppingType") == "Auto")


def hopeless(tx: Tx, row: Row, found: list[JsonDict]) -> Iterator[int]:
    """The numbers of the training jobs that are to be stopped. found: the summaries of all."""
    numbers = {trial["arn"]: number for number, trial in enumerate(row.facts[tuning.TRIALS])}
    for definition in tuning.definitions(row.document):
        mine = [one for one in found if tuning.is_of(one, definition)][-COMPARED_MAX:]
        curves = _curves(tx, row, definition, mine)
        for one in mine:
            number = numbers[one["TrainingJobArn"]]
            if one["TrainingJobStatus"] == "InProgress" and _is_hopeless(row, definition, number, one, mine, curves):
                yield number


def _curves(tx: Tx, row: Row, definition: JsonDict, summaries: list[JsonDict]) -> dict[str, list[float]]:
    """{training job: its losses so far}."""
    wanted = tuning.objective(row.document, definition)
    names = [one["TrainingJobName"] for one in summaries]
    told = metrics.of_training_jobs(tx, row.account, row.region, wanted["MetricName"], names)
    return {name: [tuning.signed(wanted["Type"], value) for value in values] for name, values in told.items()}


def _is_hopeless(
    row: Row,
    definition: JsonDict,
    number: int,
    one: JsonDict,
    mine: list[JsonDict],
    curves: dict[str, list[float]],
) -> bool:
    curve = curves.get(one["TrainingJobName"])
    if not curve:
        return False
    rest = [other for other in mine if other is not one and other["TrainingJobName"] in curves]
    low, high = tuning.band(row.document, definition)
    if high is not None:
        others = [curves[other["TrainingJobName"]] for other in rest]
        return stopping.Band(low, high).stops(number, curve, others)
    ended = [curves[other["TrainingJobName"]] for other in rest if other["TrainingJobStatus"] in tuning.ENDED]
    return stopping.falls_behind(curve, ended)
