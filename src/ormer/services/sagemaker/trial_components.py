"""Trial components: one run each, with parameters, artifacts and metrics."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.services.sagemaker.experiments import EXPERIMENT, TAKEN
from ormer.services.sagemaker.trials import PART_OF_TRIAL, TRIAL
from ormer.stores import lineage, properties
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import associations, run_metrics
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

TRIAL_COMPONENT = Noun(
    "ExperimentTrialComponent",
    name="TrialComponentName",
    arn="experiment-trial-component/{name}",
    arn_member="TrialComponentArn",
    lower_arn=True,
    missing=("ResourceNotFound", "TrialComponent '{name}' does not exist."),
    taken=("ValidationException", TAKEN.replace("{kind}", "TrialComponent")),
)
REPLACED = ("DisplayName", "Status", "StartTime", "EndTime")
MERGED = (
    ("Parameters", "ParametersToRemove"),
    ("InputArtifacts", "InputArtifactsToRemove"),
    ("OutputArtifacts", "OutputArtifactsToRemove"),
)


def whole(call: Call, row: Row) -> JsonDict:
    """A run as it is answered: what it has none of is there and empty, as the SDK's analytics take for granted."""
    empty: JsonDict = {member: {} for member, _ in MERGED}
    return {**empty, **row.document, "Metrics": metric_summaries(call, row)}


def create_trial_component(call: Call, request: JsonDict) -> JsonDict:
    """Make a run. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrialComponent.html

    A source may be given by ormer's own engines only (member `Source`), as SageMaker does for the jobs it runs.
    """
    name = request["TrialComponentName"]
    row = TRIAL_COMPONENT.create(call, request, document={"DisplayName": request.get("DisplayName", name)})
    return {"TrialComponentArn": row.arn}


def describe_trial_component(call: Call, request: JsonDict) -> JsonDict:
    """Answer a run with the summary of its metrics. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrialComponent.html"""
    row = TRIAL_COMPONENT.get(call, request["TrialComponentName"])
    return whole(call, row)


def update_trial_component(call: Call, request: JsonDict) -> JsonDict:
    """Merge parameters and artifacts, replace status and times. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateTrialComponent.html"""
    with call.write():
        row = TRIAL_COMPONENT.get(call, request["TrialComponentName"])
        change = {key: request[key] for key in REPLACED if key in request}
        for member, removal in MERGED:
            if member in request or removal in request:
                kept = {**row.document.get(member, {}), **request.get(member, {})}
                for name in request.get(removal, ()):
                    kept.pop(name, None)
                change[member] = kept
        TRIAL_COMPONENT.save(call, row, change)
    return {"TrialComponentArn": row.arn}


def list_trial_components(call: Call, request: JsonDict) -> JsonDict:
    """Page through runs, of a trial, an experiment or a source. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrialComponents.html"""
    where: list[sa.ColumnElement[bool]] = []
    c = associations.c
    if request.get("TrialName"):
        trial = TRIAL.get(call, request["TrialName"])
        where.append(table.c.arn.in_(sa.select(c.source).where(c.destination == trial.arn, c.type == PART_OF_TRIAL)))
    if request.get("ExperimentName"):
        experiment = EXPERIMENT.get(call, request["ExperimentName"])
        trials = sa.select(table.c.arn).where(table.c.kind == TRIAL.kind, table.c.parent == experiment.arn)
        where.append(table.c.arn.in_(sa.select(c.source).where(c.destination.in_(trials), c.type == PART_OF_TRIAL)))
    if request.get("SourceArn"):
        where.append(table.c.arn.in_(_of_source(request["SourceArn"])))
    rows, more = TRIAL_COMPONENT.rows(call, request, *where)
    summaries = [{**row.document, "TrialComponentSource": row.document.get("Source")} for row in rows]
    return {"TrialComponentSummaries": summaries, **more}


def _of_source(arn: str) -> sa.Select[Any]:
    """The ARNs of runs of a source, in any case: the SDK asks in lower case, as AWS's ARNs of jobs are."""
    c = properties.properties.c
    return sa.select(c.arn).where(c.path == "Source.SourceArn", sa.func.lower(c.text) == arn.lower())


def delete_trial_component(call: Call, request: JsonDict) -> JsonDict:
    """Delete a run with its metrics and edges. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTrialComponent.html"""
    with call.write() as tx:
        row = TRIAL_COMPONENT.get(call, request["TrialComponentName"])
        c = associations.c
        tx.execute(sa.delete(associations).where(sa.or_(c.source == row.arn, c.destination == row.arn)))
        tx.execute(sa.delete(run_metrics).where(run_metrics.c.arn == row.arn))
        TRIAL_COMPONENT.remove(call, row)
    return {"TrialComponentArn": row.arn}


def associate_trial_component(call: Call, request: JsonDict) -> JsonDict:
    """Put a run into a trial. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AssociateTrialComponent.html"""
    with call.write() as tx:
        component = TRIAL_COMPONENT.get(call, request["TrialComponentName"])
        trial = TRIAL.get(call, request["TrialName"])
        lineage.connect(tx, component.arn, trial.arn, PART_OF_TRIAL, call.now, call.actor)
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def disassociate_trial_component(call: Call, request: JsonDict) -> JsonDict:
    """Take a run out of a trial; nothing when it is not in it. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DisassociateTrialComponent.html"""
    with call.write() as tx:
        component = TRIAL_COMPONENT.get(call, request["TrialComponentName"])
        trial = TRIAL.get(call, request["TrialName"])
        lineage.disconnect(tx, component.arn, trial.arn)
    return {"TrialComponentArn": component.arn, "TrialArn": trial.arn}


def metric_summaries(call: Call, row: Row) -> list[JsonDict]:
    """Min, max, mean, deviation, last and count of each metric of a run, by name."""
    c = run_metrics.c
    with call.read() as tx:
        points = tx.all(sa.select(c.name, c.value, c.time).where(c.arn == row.arn).order_by(c.name, c.id))
    source = (row.document.get("Source") or {}).get("SourceArn", row.arn)
    by_name: dict[str, list[tuple[float, float]]] = {}
    for point in points:
        by_name.setdefault(point["name"], []).append((point["value"], point["time"]))
    return [_metric_summary(name, source, series) for name, series in by_name.items()]


def _metric_summary(name: str, source: str, series: list[tuple[float, float]]) -> JsonDict:
    values = [value for value, _ in series]
    mean = sum(values) / len(values)
    return {
        "MetricName": name,
        "SourceArn": source,
        "TimeStamp": series[-1][1],
        "Max": max(values),
        "Min": min(values),
        "Last": values[-1],
        "Count": len(values),
        "Avg": mean,
        "StdDev": (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5,
    }
