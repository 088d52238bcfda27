"""The experiment and trial of an execution, and the lineage its steps leave.

Jobs make their own trial components and artifacts; the engine names the trial they go to, and ties them together: one
context an execution, and an action for each model or model package a step makes.
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.pipelines import expressions
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.expressions import Unresolved, text_of
from ormer.engines.pipelines.runs import Run
from ormer.stores.runs.steps import StepRow

JsonDict = dict[str, Any]
NAME_LENGTH_MAX = 120
CONTEXT_TYPE = "PipelineExecution"
MAKERS = frozenset({"Model", "RegisterModel"})


def config_of(run: Run) -> JsonDict | None:
    """The execution's PipelineExperimentConfig, resolved; None when the definition keeps no experiment."""
    raw = run.definition.experiment
    if not raw:
        return None
    view = run.view(Step("", "", 0, {}, frozenset()))
    names = {
        member: text_of(expressions.resolve(raw[member], view))[:NAME_LENGTH_MAX]
        for member in ("ExperimentName", "TrialName")
        if raw.get(member)
    }
    return names if len(names) == 2 else None


def prepare(run: Run) -> tuple[JsonDict, JsonDict]:
    """Make the experiment, the trial and the execution's context. Returns (document members, facts).

    What the role may not make is left out, with the reason among the facts: a pipeline runs without its experiment.
    """
    facts: JsonDict = {}
    document: JsonDict = {}
    try:
        config = config_of(run)
        if config is not None:
            _made(run, "CreateExperiment", {"ExperimentName": config["ExperimentName"]})
            trial = {"TrialName": config["TrialName"], "ExperimentName": config["ExperimentName"]}
            _made(run, "CreateTrial", trial)
            document["PipelineExperimentConfig"] = config
    except (AwsError, Unresolved) as error:
        facts["experiment_fault"] = str(error)
    try:
        facts["context_arn"] = _context(run)
    except AwsError as error:
        facts["lineage_fault"] = str(error)
    return document, facts


def record(run: Run, step: Step, row: StepRow) -> str | None:
    """Tie what a succeeded step made to the execution's context. Returns why it could not be, else None."""
    context = run.row.facts.get("context_arn")
    if context is None or not row.made_arn or row.cache_source:
        return None
    try:
        if step.type in MAKERS:
            _associate(run, _action(run, step, row), context)
            return None
        found = run.call("sagemaker", "ListTrialComponents", {"SourceArn": row.made_arn})
        for component in found["TrialComponentSummaries"]:
            _associate(run, component["TrialComponentArn"], context)
    except AwsError as error:
        return str(error)
    return None


def _context(run: Run) -> str:
    name = f"{run.pipeline_name[: NAME_LENGTH_MAX - 1 - len(run.row.name)]}-{run.row.name}"
    request = {
        "ContextName": name,
        "ContextType": CONTEXT_TYPE,
        "Source": {"SourceUri": run.row.arn, "SourceType": "ARN"},
        "Properties": {"PipelineName": run.pipeline_name, "PipelineArn": run.row.parent},
    }
    _made(run, "CreateContext", request)
    return str(run.call("sagemaker", "DescribeContext", {"ContextName": name})["ContextArn"])


def _action(run: Run, step: Step, row: StepRow) -> str:
    name = run.name_for(step)
    request = {
        "ActionName": name,
        "ActionType": step.type,
        "Source": {"SourceUri": row.made_arn, "SourceType": "ARN"},
        "Status": "Completed",
        "Properties": {"StepName": step.name, "PipelineExecutionArn": run.row.arn},
    }
    _made(run, "CreateAction", request)
    return str(run.call("sagemaker", "DescribeAction", {"ActionName": name})["ActionArn"])


def _associate(run: Run, source: str, destination: str) -> None:
    request = {"SourceArn": source, "DestinationArn": destination, "AssociationType": "AssociatedWith"}
    _made(run, "AddAssociation", request)


def _made(run: Run, operation: str, request: JsonDict) -> None:
    """Make it, unless it is there already."""
    try:
        run.call("sagemaker", operation, request)
    except AwsError as error:
        if "already exist" not in error.message.lower() and error.code != "ResourceInUse":
            raise
