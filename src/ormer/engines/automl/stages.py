"""The stages of an AutoML job in their order: what each begins and waits for, and what it makes of the end of that.

A stage that only reports on the best candidate may fail; the job is completed all the same, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ormer.aws import automl_metrics
from ormer.engines.automl import jobs, searches
from ormer.engines.automl.run import Run
from ormer.stores.automl.facts import (
    FOUND,
    MODE,
    OBJECTIVE,
    PROCESSOR,
    REPORTS,
    SPLIT,
    TRANSFORM,
    TUNED,
    TUNING,
    VERSION,
)
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
EXPLAIN, PREDICT, INSIGHTS, DEPLOY = "explain", "predict", "insights", "deploy"
EXPLORATION = "SageMakerAutopilotDataExplorationNotebook.ipynb"
DEFINITION = "SageMakerAutopilotCandidateDefinitionNotebook.ipynb"


@dataclass(frozen=True)
class Stage:
    """begin: make what is waited for, and return its ARN. finish: what follows from its good end.

    error: the secondary status of a job whose reports failed; "" for a stage without which there is no candidate.
    """

    name: str
    status: str
    says: str
    begin: Callable[[Run], str]
    finish: Callable[[Run, Row], None]
    error: str = ""


def stages(run: Run) -> list[Stage]:
    """What this job goes through."""
    if run.asked.definitions_only:
        return [ANALYZING]
    tuned = [PROCESSING, TRANSFORMING] if run.facts[MODE] == TUNED else []
    reports = [EXPLAINING, PREDICTING, JUDGING]
    wants = run.asked.deploy.get("AutoGenerateEndpointName") or run.asked.deploy.get("EndpointName")
    return [ANALYZING, *tuned, TRAINING, *reports, *([DEPLOYING] if wants else [])]


def _split(run: Run) -> str:
    asked = jobs.split(run.asked, run.facts, run.places, run.region, run.row.name)
    return run.create("ProcessingJob", run.named("db-1"), asked)


def _learn(run: Run, row: Row) -> None:
    """Take over what was found in the data."""
    schema = run.read_json(f"{run.places.schema}/schema.json")
    problem = schema["problem"]
    objective = run.asked.objective or automl_metrics.OBJECTIVES[problem][0]
    found = {
        "problem": problem,
        "classes": schema["classes"],
        "names": [column["name"] for column in schema["columns"]],
        "typical": [_cell(column) for column in schema["columns"]],
        "rows": schema["rows"],
    }
    run.note({FOUND: found, OBJECTIVE: objective})
    run.tell({"AutoMLJobArtifacts": _artifacts(run), "ResolvedAttributes": _resolved(run, problem, objective)})
    run.say(f"The problem is {problem}; candidates are judged by {objective}.")


def _cell(column: JsonDict) -> Any:
    """A column's typical cell, of the type that its column has for Clarify."""
    if column.get("is_flag"):
        return bool(column["typical"].lower() == "true")
    if column["type"] != "numeric":
        return column["typical"]
    return float(column["typical"]) if column["typical"] else 0.0


def _artifacts(run: Run) -> JsonDict:
    found = {"DataExplorationNotebookLocation": f"{run.places.notebooks}/{EXPLORATION}"}
    if run.facts[MODE] == TUNED:
        found["CandidateDefinitionNotebookLocation"] = f"{run.places.notebooks}/{DEFINITION}"
    return found


def _resolved(run: Run, problem: str, objective: str) -> JsonDict:
    most = searches.candidates_most(run.asked, run.facts)
    shared = {
        "AutoMLJobObjective": {"MetricName": objective},
        "CompletionCriteria": {**run.asked.limits, "MaxCandidates": most},
    }
    if run.facts[VERSION] == 1:
        return {**shared, "ProblemType": problem}
    tabular = {"TabularResolvedAttributes": {"ProblemType": problem}}
    return {**shared, "AutoMLProblemTypeResolvedAttributes": tabular}


def _process(run: Run) -> str:
    return run.create("TrainingJob", run.named("dpp0-1"), jobs.processor(run.asked, run.places, run.region))


def _transform(run: Run) -> str:
    processor = run.row_of(PROCESSOR)
    image = {
        "Image": processor.document["AlgorithmSpecification"]["TrainingImage"],
        "ModelDataUrl": processor.document["ModelArtifacts"]["S3ModelArtifacts"],
        "Environment": {"AUTOML_TRANSFORM_MODE": "feature-transform"},
    }
    model = run.named("dpp0-model")
    run.create("Model", model, {"PrimaryContainer": image, "ExecutionRoleArn": run.asked.role})
    return run.create("TransformJob", run.named("dpp0-rpb-1"), jobs.transform(run.places, model))


def _train(run: Run) -> str:
    asked = searches.request(run.asked, run.facts, run.places, run.region)
    return run.create("HyperParameterTuningJob", run.tuning_name(), asked)


def _explain(run: Run) -> str:
    candidate, model = run.best(), run.named("report-model")
    containers = jobs.answers_wanted(candidate["InferenceContainers"], run.facts[FOUND]["problem"])
    run.create("Model", model, {"Containers": containers, "ExecutionRoleArn": run.asked.role})
    name = candidate["CandidateName"]
    config = jobs.analysis(run.facts[FOUND], model)
    run.write(run.places.analysis(name), json.dumps(config).encode())
    asked = jobs.explanation(run.asked, run.places, run.region, name)
    return run.create("ProcessingJob", run.named("explain-1"), asked)


def _explained(run: Run, row: Row) -> None:
    name = run.best()["CandidateName"]
    run.note({REPORTS: {name: {"Explainability": run.places.explanation(name)}}})


def _predict(run: Run) -> str:
    asked = jobs.predictions(run.places, run.named("report-model"), run.facts[FOUND]["problem"])
    return run.create("TransformJob", run.named("predict-1"), asked)


def _judge(run: Run) -> str:
    name, problem = run.best()["CandidateName"], run.facts[FOUND]["problem"]
    asked = jobs.insights(run.asked, run.places, run.region, name, problem)
    return run.create("ProcessingJob", run.named("insights-1"), asked)


def _judged(run: Run, row: Row) -> None:
    name = run.best()["CandidateName"]
    before = run.facts.get(REPORTS, {}).get(name, {"Explainability": run.places.explanation(name)})
    run.note({REPORTS: {name: {**before, "ModelInsights": run.places.insights(name)}}})


def _deploy(run: Run) -> str:
    endpoint = run.asked.deploy.get("EndpointName") or run.named("endpoint")
    containers = run.best()["InferenceContainers"]
    model, config = run.named("model"), run.named("config")
    run.create("Model", model, {"Containers": containers, "ExecutionRoleArn": run.asked.role}, as_role=True)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": jobs.INSTANCE,
    }
    run.create("EndpointConfig", config, {"ProductionVariants": [variant]}, as_role=True)
    return run.create("Endpoint", endpoint, {"EndpointConfigName": config}, as_role=True)


def _deployed(run: Run, row: Row) -> None:
    run.tell({"ModelDeployResult": {"EndpointName": row.name}})


def _nothing(run: Run, row: Row) -> None:
    """The end is all that was waited for."""


ANALYZING = Stage(SPLIT, "AnalyzingData", "Looking at the data", _split, _learn)
PROCESSING = Stage(PROCESSOR, "FeatureEngineering", "Fitting the data processor", _process, _nothing)
TRANSFORMING = Stage(TRANSFORM, "FeatureEngineering", "Making features", _transform, _nothing)
TRAINING = Stage(TUNING, "ModelTuning", "Training candidates", _train, _nothing)
EXPLAINING = Stage(
    EXPLAIN, "GeneratingExplainabilityReport", "Explaining the best", _explain, _explained, "ExplainabilityError"
)
PREDICTING = Stage(
    PREDICT, "GeneratingModelInsightsReport", "Asking the best", _predict, _nothing, "ModelInsightsError"
)
JUDGING = Stage(INSIGHTS, "GeneratingModelInsightsReport", "Judging the best", _judge, _judged, "ModelInsightsError")
DEPLOYING = Stage(DEPLOY, "DeployingModel", "Deploying the best", _deploy, _deployed, "ModelDeploymentError")
