"""One run of an action: its row before the work, the work, and what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.delivery import variables
from ormer.engines.delivery.actions import provider_of
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Provider, Succeeded, Waiting
from ormer.engines.delivery.artifacts import Broken
from ormer.engines.delivery.declared import Stage, bucket_of
from ormer.engines.delivery.variables import Unresolved
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.deliveries import actions
from ormer.stores.deliveries.actions import ABANDONED, ActionRow
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
SESSION = "CodePipeline"


def prepared(execution: Row, declaration: JsonDict, stage: str, action: JsonDict, now: float) -> ActionRow:
    """The row of a new run, with what it is given."""
    given = {
        "actionTypeId": action["actionTypeId"],
        "configuration": action.get("configuration", {}),
        "roleArn": action.get("roleArn") or declaration["roleArn"],
        "region": action.get("region") or arns.parse(execution.arn).region,
        "inputArtifacts": [
            {"name": one["name"], "s3location": execution.facts["artifacts"].get(one["name"], {})}
            for one in action.get("inputArtifacts", ())
        ],
    }
    if action.get("namespace"):
        given["namespace"] = action["namespace"]
    return ActionRow(
        id=str(uuid.uuid4()),
        pipeline_arn=execution.parent,
        execution_arn=execution.arn,
        version=declaration["version"],
        stage=stage,
        action=action["name"],
        status=actions.IN_PROGRESS,
        started=now,
        modified=now,
        input=given,
    )


def move(work: Work, declaration: JsonDict, stage: Stage, execution: Row, run: ActionRow) -> Again | None:
    """Begin the work or look at it. Returns when to look again, None when the run's row has changed."""
    provider = provider_of(stage.actions[run.action])
    try:
        action = _action(work, declaration, stage, execution, run)
    except Unresolved as error:
        return _keep(work, execution, run, Failed("InvalidVariableReference", str(error)))
    if not provider.atomic:
        return _keep(work, execution, run, _outcome(provider, action))
    with work.write() as tx:
        outcome = _undone_when_it_fails(tx, provider, action)
        return _apply(tx, work, execution, run, outcome)


def abandon(work: Work, declaration: JsonDict, stage: Stage, execution: Row, run: ActionRow) -> bool:
    """Give a run up. Returns True: its row has changed."""
    provider = provider_of(stage.actions[run.action])
    with work.write() as tx:
        if run.facts.get("begun"):
            try:
                with tx.connection.begin_nested():
                    provider.stop(_action(work, declaration, stage, execution, run))
            except (AwsError, Unresolved):
                # What cannot be stopped ends by itself; the run is given up all the same.
                pass
        actions.change(tx, execution, run, work.now, status=ABANDONED)
    return True


def _action(work: Work, declaration: JsonDict, stage: Stage, execution: Row, run: ActionRow) -> Action:
    """The run with its configuration resolved. Raises Unresolved."""
    declared = stage.actions[run.action]
    region = run.input["region"]
    return Action(
        declaration=declared,
        configuration=variables.resolve_all(declared.get("configuration", {}), _namespaces(execution)),
        inputs={one["name"]: one["s3location"] for one in run.input["inputArtifacts"]},
        bucket=bucket_of(declaration, arns.parse(execution.arn).region),
        run=run,
        execution=execution,
        api=work.port.acting_as(session_identity(run.input["roleArn"], SESSION), region),
        stores=work.stores,
        now=work.now,
    )


def _namespaces(execution: Row) -> dict[str, dict[str, str]]:
    given = {one["name"]: one["resolvedValue"] for one in execution.document.get("variables", ())}
    own = {"PipelineExecutionId": execution.name}
    return {**execution.facts["outputs"], variables.PIPELINE_NAMESPACE: given, variables.OWN_NAMESPACE: own}


def _outcome(provider: Provider, action: Action) -> Outcome:
    """What the provider says; the errors it meets are the run's failure."""
    missing = [name for name, place in action.inputs.items() if not place]
    if missing:
        return Failed("JobFailed", f"The artifact {missing[0]} was not made by the action that declares it.")
    try:
        return provider.look(action) if action.run.facts.get("begun") else provider.start(action)
    except Broken as error:
        return Failed("JobFailed", str(error))
    except AwsError as error:
        code = "PermissionError" if "AccessDenied" in error.code else "ConfigurationError"
        return Failed(code, f"{error.message} ({error.code})")


def _undone_when_it_fails(tx: Tx, provider: Provider, action: Action) -> Outcome:
    """Like `_outcome`, inside the transaction; what a failing provider wrote is taken back."""
    nested = tx.connection.begin_nested()
    outcome = _outcome(provider, action)
    if isinstance(outcome, Failed) and not action.run.facts.get("begun"):
        nested.rollback()
    else:
        nested.commit()
    return outcome


def _keep(work: Work, execution: Row, run: ActionRow, outcome: Outcome) -> Again | None:
    with work.write() as tx:
        return _apply(tx, work, execution, run, outcome)


def _apply(tx: Tx, work: Work, execution: Row, run: ActionRow, outcome: Outcome) -> Again | None:
    """Write what became of a run."""
    if isinstance(outcome, Waiting):
        return _wait(tx, work, execution, run, outcome)
    result = _result(run, outcome)
    if isinstance(outcome, Failed):
        result["errorDetails"] = {"code": outcome.code, "message": outcome.message}
        output = {**run.output, "executionResult": result}
        actions.change(tx, execution, run, work.now, status=actions.FAILED, output=output)
        return None
    made = [{"name": name, "s3location": place} for name, place in outcome.artifacts.items()]
    output = {"executionResult": result, "outputArtifacts": made, "outputVariables": outcome.variables}
    _hand_on(tx, work, execution, run, outcome)
    actions.change(tx, execution, run, work.now, status=actions.SUCCEEDED, output=output)
    return None


def _result(run: ActionRow, outcome: Outcome) -> JsonDict:
    shown = {
        "externalExecutionId": outcome.id,
        "externalExecutionSummary": outcome.summary,
        "externalExecutionUrl": outcome.url,
    }
    return run.result | {name: value for name, value in shown.items() if value}


def _wait(tx: Tx, work: Work, execution: Row, run: ActionRow, outcome: Waiting) -> Again | None:
    """Keep what a waiting run needs. The first time counts as a change, so that no end is overlooked."""
    begun = run.facts.get("begun")
    facts = {**run.facts, **outcome.facts, "begun": True}
    output = {**run.output, "executionResult": _result(run, outcome)}
    if outcome.watch:
        resources.watch(tx, outcome.watch, work.task.kind, work.subject)
    if facts != run.facts or output != run.output:
        actions.change(tx, execution, run, work.now, facts=facts, output=output)
    return Again(outcome.seconds, outcome.at) if begun else None


def _hand_on(tx: Tx, work: Work, execution: Row, run: ActionRow, outcome: Succeeded) -> None:
    """Give later actions the artifacts and variables, and the execution its revision."""
    fresh = resources.get(tx, execution.arn)
    assert fresh is not None, "runs go with their execution"
    facts: JsonDict = {"artifacts": {**fresh.facts["artifacts"], **outcome.artifacts}}
    namespace = run.input.get("namespace")
    if namespace:
        facts["outputs"] = {**fresh.facts["outputs"], namespace: outcome.variables}
    change: JsonDict = {}
    if outcome.revision is not None:
        own = next(iter(outcome.artifacts), run.action)
        revision = {"name": own, **outcome.revision}
        kept = [one for one in fresh.document["artifactRevisions"] if one["name"] != own]
        change["artifactRevisions"] = [*kept, revision]
        facts["sources"] = {**fresh.facts.get("sources", {}), run.action: revision}
    resources.save(tx, fresh, change, now=work.now, facts=facts)
