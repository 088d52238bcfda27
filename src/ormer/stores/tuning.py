"""Hyperparameter tuning jobs' rows: which training jobs each has begun, how those fared, and which is best.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
KIND = "HyperParameterTuningJob"
CONFIG = "HyperParameterTuningJobConfig"
DEFINITION, DEFINITIONS = "TrainingJobDefinition", "TrainingJobDefinitions"
OBJECTIVE_PARAMETER = "_tuning_objective_metric"
OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"
# In a tuning job's facts: [{"arn", "parameters", "definition"}], in the order in which they were begun; one that was
# stopped because it was not worth its time has "early" too.
TRIALS = "trials"
# In the facts of one that starts warm: [[{"values", "loss"}] of each parent], and the best summary among the parents'.
LEARNED, INHERITED = "learned", "inherited"
WARM_START, IDENTICAL = "WarmStartConfig", "IdenticalDataAndAlgorithm"
# Static hyperparameters that say how many epochs a training job has.
EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
ENDED = frozenset({"Completed", "Failed", "Stopped"})
# What a summary takes from the training job as it is.
SHOWN = ("TrainingStartTime", "TrainingEndTime", "FailureReason")
# A training job's status, as the counters call it.
COUNTED = {"Completed": "Completed", "Failed": "NonRetryableError", "Stopped": "Stopped"}


def definitions(document: JsonDict) -> list[JsonDict]:
    """What a tuning job trains: one definition, or several that it tunes side by side."""
    return document.get(DEFINITIONS) or [document[DEFINITION]]


def is_of(summary: JsonDict, definition: JsonDict) -> bool:
    """Whether a training job's summary is one of this definition's."""
    return bool(summary.get("TrainingJobDefinitionName", "") == definition.get("DefinitionName", ""))


def objective(document: JsonDict, definition: JsonDict) -> JsonDict:
    """{"Type", "MetricName"} that a definition is tuned for."""
    found: JsonDict = definition.get("TuningObjective") or document[CONFIG]["HyperParameterTuningJobObjective"]
    return found


def ranges(document: JsonDict, definition: JsonDict) -> JsonDict:
    """The ParameterRanges that a definition is tuned in."""
    return definition.get("HyperParameterRanges") or document[CONFIG].get("ParameterRanges") or {}


def band(document: JsonDict, definition: JsonDict) -> tuple[int, int | None]:
    """The fewest and the most epochs that Hyperband gives a training job of a definition.

    The most is None for other strategies, and when neither the configuration nor a static hyperparameter says it.
    """
    config = document[CONFIG]
    if config["Strategy"] != "Hyperband":
        return 1, None
    given = (config.get("StrategyConfig") or {}).get("HyperbandStrategyConfig") or {}
    fixed = definition.get("StaticHyperParameters") or {}
    said = [fixed[name].strip('"') for name in EPOCHS if name in fixed]
    most = given.get("MaxResource") or next((int(text) for text in said if text.isdigit()), None)
    return int(given.get("MinResource") or 1), most


def summaries(tx: Tx, tuning: Row) -> list[JsonDict]:
    """HyperParameterTrainingJobSummary of every training job that is still there, in the order they were begun."""
    found = []
    for trial in tuning.facts[TRIALS]:
        row = resources.get(tx, trial["arn"])
        if row is not None:
            found.append(_summary(tuning, trial, row))
    return found


def _summary(tuning: Row, trial: JsonDict, training: Row) -> JsonDict:
    given = definitions(tuning.document)
    definition = next((one for one in given if one.get("DefinitionName", "") == trial["definition"]), given[0])
    wanted = objective(tuning.document, definition)
    document = training.document
    values = {one["MetricName"]: one["Value"] for one in document.get("FinalMetricDataList", ())}
    shown: JsonDict = {
        "TrainingJobName": training.name,
        "TrainingJobArn": training.arn,
        "CreationTime": training.created,
        "TrainingJobStatus": training.status,
        "TunedHyperParameters": trial["parameters"],
        **{name: document[name] for name in SHOWN if name in document},
        **({"TrainingJobDefinitionName": trial["definition"]} if trial["definition"] else {}),
    }
    if training.status not in ENDED:
        return {**shown, "ObjectiveStatus": "Pending"}
    is_judged = training.status == "Completed" or (training.status == "Stopped" and trial.get("early"))
    if not is_judged or wanted["MetricName"] not in values:
        return {**shown, "ObjectiveStatus": "Failed"}
    metric = {"Type": wanted["Type"], "MetricName": wanted["MetricName"], "Value": values[wanted["MetricName"]]}
    return {**shown, "ObjectiveStatus": "Succeeded", OBJECTIVE: metric}


def ranked(found: Iterable[JsonDict]) -> list[JsonDict]:
    """The summaries that have an objective, the best first."""
    return sorted((one for one in found if OBJECTIVE in one), key=loss)


def loss(summary: JsonDict) -> float:
    """An objective as a number that is to be small."""
    metric = summary[OBJECTIVE]
    return signed(metric["Type"], float(metric["Value"]))


def signed(direction: str, value: float) -> float:
    """An objective's value as a loss. direction: Minimize or Maximize."""
    return -value if direction == "Maximize" else value


def told(found: Sequence[JsonDict], inherited: JsonDict | None = None) -> JsonDict:
    """The members of a tuning job that count its training jobs and name the best.

    inherited: the best summary among the parents of one that starts warm over the same data.
    """
    statuses = {"Completed": 0, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0}
    objectives = {"Succeeded": 0, "Pending": 0, "Failed": 0}
    for one in found:
        statuses[COUNTED.get(one["TrainingJobStatus"], "InProgress")] += 1
        objectives[one["ObjectiveStatus"]] += 1
    best = ranked(found)
    overall = ranked([*best[:1], *([inherited] if inherited else [])])
    return {
        "TrainingJobStatusCounters": statuses,
        "ObjectiveStatusCounters": objectives,
        **({"BestTrainingJob": best[0]} if best else {}),
        **({"OverallBestTrainingJob": overall[0]} if inherited else {}),
    }
