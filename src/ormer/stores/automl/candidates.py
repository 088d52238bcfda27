"""The candidates of an AutoML job: each is a training job, behind the steps that all of them share.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLCandidate.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import automl_metrics
from ormer.stores import resources, tuning
from ormer.stores.automl.containers import containers
from ormer.stores.automl.facts import BEGUN, FOUND, OBJECTIVE, PROCESSOR, REPORTS, SPLIT, TRANSFORM, TUNING
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
STEPS = {SPLIT: "ProcessingJob", PROCESSOR: "TrainingJob", TRANSFORM: "TransformJob"}
CANDIDATE_STATUSES = ("Completed", "Failed", "Stopped", "Stopping")


def candidates(tx: Tx, row: Row) -> list[JsonDict]:
    """AutoMLCandidate of every training job that was begun, in the order they were begun."""
    arn = row.facts.get(BEGUN, {}).get(TUNING)
    tuned = resources.get(tx, arn) if arn else None
    if tuned is None:
        return []
    return [_candidate(tx, row, one) for one in tuning.summaries(tx, tuned)]


def ranked(found: list[JsonDict]) -> list[JsonDict]:
    """The candidates that came to their end with an objective, the best first."""
    ended = [one for one in found if one["ObjectiveStatus"] == "Succeeded" and one["CandidateStatus"] == "Completed"]
    return sorted(ended, key=loss)


def loss(candidate: JsonDict) -> float:
    """A candidate's objective as a number that is to be small."""
    metric = candidate["FinalAutoMLJobObjectiveMetric"]
    return tuning.signed(metric["Type"], float(metric["Value"]))


def _candidate(tx: Tx, row: Row, summary: JsonDict) -> JsonDict:
    training = resources.get(tx, summary["TrainingJobArn"])
    assert training is not None, "its summary was made of it"
    status = training.status if training.status in CANDIDATE_STATUSES else "InProgress"
    algorithm = summary.get("TrainingJobDefinitionName") or automl_metrics.OWN
    shown: JsonDict = {
        "CandidateName": training.name,
        "ObjectiveStatus": summary["ObjectiveStatus"],
        "CandidateSteps": [*_steps(row), _step("TrainingJob", training.arn)],
        "CandidateStatus": status,
        "CreationTime": training.created,
        "LastModifiedTime": training.modified,
        **({"EndTime": summary["TrainingEndTime"]} if "TrainingEndTime" in summary else {}),
        **({"FailureReason": summary["FailureReason"]} if "FailureReason" in summary else {}),
    }
    if tuning.OBJECTIVE in summary:
        metric = row.facts[OBJECTIVE]
        shown["FinalAutoMLJobObjectiveMetric"] = {
            "Type": automl_metrics.direction(metric),
            "MetricName": metric,
            "StandardMetricName": metric,
            "Value": summary[tuning.OBJECTIVE]["Value"],
        }
    problem = row.facts[FOUND]["problem"]
    metrics = automl_metrics.described(algorithm, problem, training.document.get("FinalMetricDataList", ()))
    reports = row.facts.get(REPORTS, {}).get(training.name)
    shown["CandidateProperties"] = {
        **({"CandidateArtifactLocations": reports} if reports else {}),
        **({"CandidateMetrics": metrics} if metrics else {}),
    }
    if status == "Completed":
        archive = training.document["ModelArtifacts"]["S3ModelArtifacts"]
        shown["InferenceContainers"] = containers(tx, row, algorithm, archive)
    return shown


def _steps(row: Row) -> list[JsonDict]:
    """The steps that all candidates share."""
    begun = row.facts.get(BEGUN, {})
    return [_step(kind, begun[purpose]) for purpose, kind in STEPS.items() if purpose in begun]


def _step(kind: str, arn: str) -> JsonDict:
    name = arn.rsplit("/", 1)[-1]
    return {"CandidateStepType": f"AWS::SageMaker::{kind}", "CandidateStepArn": arn, "CandidateStepName": name}
