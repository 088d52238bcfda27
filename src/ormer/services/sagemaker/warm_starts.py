"""What a tuning job that starts warm takes over from its parents, and which jobs can be parents.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.aws.lifecycles import lifecycle
from ormer.services.sagemaker import job_requests
from ormer.stores import tuning
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# The training jobs of a parent that count: its last ones.
LEARNED_MAX = 500


def taken_over(call: Call, request: JsonDict, parents: list[Row]) -> JsonDict:
    """The facts of a tuning job that starts warm: what its parents tried and how good it was, and their best.

    Raises ValidationException for parents that still run, or were tuned for something else.
    """
    for parent in parents:
        _check(request, parent)
    with call.read() as tx:
        found = [_tried(tx, parent) for parent in parents]
    facts: JsonDict = {tuning.LEARNED: [_learned(parent, tried) for parent, tried in zip(parents, found, strict=True)]}
    best = tuning.ranked(one for tried in found for one in tried)
    if request[tuning.WARM_START]["WarmStartType"] == tuning.IDENTICAL and best:
        facts[tuning.INHERITED] = best[0]
    return facts


def parent_names(request: JsonDict) -> list[str]:
    """The names in WarmStartConfig, each given once; [] without it."""
    given = (request.get(tuning.WARM_START) or {}).get("ParentHyperParameterTuningJobs") or ()
    names = [one.get("HyperParameterTuningJobName", "") for one in given]
    job_requests.check_unique(names, "Parent tuning job")
    return names


def _check(request: JsonDict, parent: Row) -> None:
    if parent.status not in lifecycle(parent.kind).final:
        raise validation(
            f"The parent tuning job {parent.name} is {parent.status}: a warm start needs parents that are over. "
            "Wait for it, or stop it first."
        )
    wanted = _objectives(request)
    if _objectives(parent.document) != wanted:
        told = ", ".join(f"{kind} {name}" for kind, name in sorted(_objectives(parent.document)))
        raise validation(
            f"The parent tuning job {parent.name} was tuned to {told}: a warm start needs the objective of its parents."
        )
    counts = {_count(parent.document, one) for one in tuning.definitions(parent.document)}
    for definition in tuning.definitions(request):
        count = _count(request, definition)
        if count not in counts:
            raise validation(
                f"The parent tuning job {parent.name} has {', '.join(map(str, sorted(counts)))} static and tunable "
                f"hyperparameters together, this one has {count}: the number must stay the same, though each may "
                "change from the one to the other."
            )


def _objectives(document: JsonDict) -> set[tuple[str, str]]:
    wanted = [tuning.objective(document, one) for one in tuning.definitions(document)]
    return {(one["Type"], one["MetricName"]) for one in wanted}


def _count(document: JsonDict, definition: JsonDict) -> int:
    fixed = set(definition.get("StaticHyperParameters") or {}) - {tuning.OBJECTIVE_PARAMETER}
    ranges = tuning.ranges(document, definition)
    return len(fixed) + sum(len(listed or ()) for listed in ranges.values())


def _tried(tx: Tx, parent: Row) -> list[JsonDict]:
    named = [{**one, "TuningJobName": parent.name} for one in tuning.summaries(tx, parent)]
    return [one for one in named if tuning.OBJECTIVE in one]


def _learned(parent: Row, tried: list[JsonDict]) -> list[JsonDict]:
    """[{"values", "loss"}]: static hyperparameters count too, since one may be tuned now."""
    given = {one.get("DefinitionName", ""): one for one in tuning.definitions(parent.document)}

    def values(one: JsonDict) -> JsonDict:
        fixed = given[one.get("TrainingJobDefinitionName", "")].get("StaticHyperParameters") or {}
        return {**fixed, **one["TunedHyperParameters"]}

    return [{"values": values(one), "loss": tuning.loss(one)} for one in tried[-LEARNED_MAX:]]
