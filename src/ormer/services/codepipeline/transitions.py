"""Ways into stages: closed with a reason, and opened again.

https://docs.aws.amazon.com/codepipeline/latest/userguide/transitions.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codepipeline.approvals import stage_of
from ormer.services.codepipeline.pipelines import pipeline_of
from ormer.stores import resources, tasks
from ormer.stores.deliveries import executions
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def disable_stage_transition(call: Call, request: JsonDict) -> JsonDict:
    """Let nothing more into a stage. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_DisableStageTransition.html

    Errors: PipelineNotFoundException, StageNotFoundException.
    """
    _change(call, request, {"enabled": False, "disabledReason": request["reason"]})
    return {}


def enable_stage_transition(call: Call, request: JsonDict) -> JsonDict:
    """Let executions into a stage again. https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_EnableStageTransition.html

    Errors: PipelineNotFoundException, StageNotFoundException.
    """
    _change(call, request, {"enabled": True})
    return {}


def _change(call: Call, request: JsonDict, state: JsonDict) -> None:
    with call.write() as tx:
        row = pipeline_of(call, request["pipelineName"])
        names = [stage["name"] for stage in row.document["pipeline"]["stages"]]
        stage_of(row, request["stageName"])
        position = names.index(request["stageName"]) + (request["transitionType"] == "Outbound")
        if not 0 < position < len(names):
            raise AwsError("ValidationException", f"The stage {request['stageName']} has no such transition.")
        told = {**state, "lastChangedBy": call.identity.arn, "lastChangedAt": call.now}
        facts = {"transitions": {**row.facts.get("transitions", {}), names[position]: told}}
        resources.save(tx, row, {}, now=call.now, facts=facts, touch=False)
        tasks.wake(tx, executions.TASK, row.arn)
