"""The stops between a commit and an approved version: data checks, training, evaluation, registration, the decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ormer.aws.arns import parse
from ormer.stores import model_activity, resources
from ormer.stores.database import Tx
from ormer.stores.projects import Belongings
from ormer.stores.resources import Row
from ormer.stores.runs import executions
from ormer.stores.runs import steps as rows
from ormer.stores.runs.steps import StepRow
from ormer.studio.story_stops import Stop

JsonDict = dict[str, Any]
TRAINING = frozenset({"Training", "Tuning", "AutoML"})
REGISTRATION = "RegisterModel"
CHECKS = frozenset({"QualityCheck", "ClarifyCheck"})
DECIDES = "Condition"
LATE = float("inf")


def version_of(step: StepRow) -> str:
    """The version that a step registered, "" when it did not."""
    return str(step.metadata.get(REGISTRATION, {}).get("Arn", ""))


def stops(build: Row | None, run: Row | None, steps: Sequence[StepRow]) -> list[Stop]:
    """Data checks, training and evaluation of a run; of a build whose run has not begun, the first of them."""
    if run is None:
        return [_preparing(build), Stop("trained", "ahead"), Stop("evaluated", "ahead")]
    training = [step for step in steps if step.type in TRAINING]
    began = min((step.began for step in training if step.began is not None), default=LATE)
    others = [step for step in steps if step.type not in TRAINING and step.type != REGISTRATION]
    data = [step for step in others if step.began is not None and step.began < began]
    later = [step for step in others if step not in data]
    over = run.status in executions.FINAL
    # Before training has begun, more of what comes before it may follow.
    first = _stop("data", data, run, open_ended=began == LATE and not over)
    first.text = first.text or _checked(data)
    return [first, _stop("trained", training, run), _stop("evaluated", later, run)]


def _preparing(build: Row | None) -> Stop:
    """Before a run: the build makes the pipeline, or could not."""
    if build is None:
        return Stop("data", "ahead")
    if build.status in ("Failed", "Stopped", "Cancelled", "Superseded"):
        state = "failed" if build.status == "Failed" else "stopped"
        text = "The build ended before it started the pipeline"
        return Stop("data", state, text, link=build.parent, execution=build.name, ended=build.modified)
    if build.status == "Succeeded":
        return Stop("data", "skipped", "The build started no pipeline", link=build.parent, execution=build.name)
    text = "The build is making the pipeline"
    return Stop("data", "running", text, link=build.parent, execution=build.name, started=build.created)


def _stop(name: str, steps: Sequence[StepRow], run: Row, open_ended: bool = False) -> Stop:
    """One stop made of several steps."""
    begun = [step for step in steps if step.started is not None]
    over = run.status in executions.FINAL
    stop = Stop(name, _state(steps, over, open_ended), link=run.arn)
    stop.started = min((step.started for step in begun if step.started is not None), default=None)
    if stop.state not in ("running", "ahead"):
        stop.ended = max((step.ended for step in begun if step.ended is not None), default=None)
    failed = next((step for step in steps if step.status == "Failed"), None)
    if failed is not None:
        stop.text, stop.detail = f"{failed.name} failed", failed.failure_reason or ""
    elif stop.state == "running":
        stop.text = ", ".join(step.name for step in steps if step.status in rows.RUNNING)
    return stop


def _state(steps: Sequence[StepRow], over: bool, open_ended: bool) -> str:
    statuses = {step.status for step in steps}
    if "Failed" in statuses:
        return "failed"
    if "Stopped" in statuses:
        return "stopped"
    if over:
        return "done" if "Succeeded" in statuses else "skipped"
    if statuses & rows.RUNNING or open_ended:
        return "running"
    if statuses and statuses <= rows.FINAL:
        return "done" if "Succeeded" in statuses else "skipped"
    return "running" if "Succeeded" in statuses else "ahead"


def _checked(steps: Sequence[StepRow]) -> str:
    """What the checks did: compared with the baselines, or made new ones."""
    checks: list[JsonDict] = [next(iter(step.metadata.values()), {}) for step in steps if step.type in CHECKS]
    if not checks:
        return ""
    compared = sum(not check.get("SkipCheck") for check in checks)
    new = sum(bool(check.get("RegisterNewBaseline")) for check in checks)
    parts = [f"{compared} compared with the baseline"] if compared else []
    parts += [f"{new} new {'baseline' if new == 1 else 'baselines'}"] if new else []
    return ", ".join(parts)


def registered(tx: Tx, own: Belongings, run: Row | None, steps: Sequence[StepRow], version: Row | None) -> Stop:
    """Whether the run's model is in the registry."""
    if version is not None:
        number = version.document["ModelPackageVersion"]
        stop = Stop("registered", "done", f"Version {number}", link=version.arn)
        stop.started = stop.ended = version.created
        return stop
    step = next((one for one in steps if one.type == REGISTRATION), None)
    stop = Stop("registered", "ahead", stands=_newest_version(tx, own))
    if run is None or step is None:
        return stop
    if step.status in ("Failed", "Stopped"):
        stop.state, stop.text, stop.detail = step.status.lower(), f"{step.name} failed", step.failure_reason or ""
    elif step.status in rows.RUNNING:
        stop.state, stop.started = "running", step.started
    elif run.status in executions.FINAL and run.status == "Succeeded":
        stop.state, stop.text = "skipped", _why_not(steps)
    stop.link = run.arn if stop.state != "ahead" else ""
    return stop


def _why_not(steps: Sequence[StepRow]) -> str:
    no = next((step.name for step in steps if step.type == DECIDES and _outcome(step) == "false"), "")
    return f"{no} decided against it" if no else "Nothing was registered"


def _outcome(step: StepRow) -> str:
    return str(step.metadata.get(DECIDES, {}).get("Outcome", "")).lower()


def _newest_version(tx: Tx, own: Belongings) -> JsonDict:
    for group in own.model_groups:
        number = int(group.facts.get("last_version", 0))
        if number:
            arn = group.arn.replace(":model-package-group/", ":model-package/") + f"/{number}"
            return {"text": f"version {number} is the newest", "link": arn}
    return {}


def approved(tx: Tx, version: Row | None) -> Stop:
    """What people decided about the version."""
    if version is None:
        return Stop("approved", "ahead")
    status = version.document.get("ModelApprovalStatus", "")
    decision = next((one for one in reversed(model_activity.activity(tx, version.arn)) if one.what in DECISIONS), None)
    if status == "PendingManualApproval":
        stop = Stop("approved", "waiting", started=version.created, link=version.arn)
        stop.asks = {"what": "version", "arn": version.arn}
        return stop
    stop = Stop("approved", "done" if status == "Approved" else "failed", link=version.arn)
    if status == "Rejected":
        stop.text = "Rejected"
    stop.detail = version.document.get("ApprovalDescription", "")
    stop.ended = decision.time if decision is not None else version.created
    stop.started = version.created
    stop.who = decision.who if decision is not None else "on registration"
    return stop


DECISIONS = ("approved", "rejected")


def deployed_versions(tx: Tx, endpoint_arn: str) -> list[Row]:
    """The versions an endpoint serves now."""
    endpoint = resources.get(tx, endpoint_arn)
    if endpoint is None:
        return []
    arns = endpoint.facts.get(model_activity.PACKAGES, {}).get(endpoint.document["EndpointConfigName"], ())
    found = [resources.get(tx, arn) for arn in arns if parse(arn).service == "sagemaker"]
    return [row for row in found if row is not None]
