"""Tuning jobs that leave their ranges to Autotune: what it chooses is settled when a job is made.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-autotune.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.tuning import autotune
from ormer.services.sagemaker import job_requests
from ormer.stores import tuning
from ormer.stores.port import Call

JsonDict = dict[str, Any]
HINTS = autotune.HINTS


def resolved(call: Call, request: JsonDict) -> JsonDict:
    """The request with what Autotune chooses: ranges, how many training jobs there are, and when they are stopped."""
    config = dict(request[tuning.CONFIG])
    config["ResourceLimits"] = {"MaxNumberOfTrainingJobs": autotune.JOBS_USUAL, **config["ResourceLimits"]}
    if config["Strategy"] in ("Bayesian", "Random"):
        config.setdefault("TrainingJobEarlyStoppingType", "Auto")
    if tuning.DEFINITION in request:
        ranges, definition = _chosen(
            call, request[tuning.DEFINITION], tuning.ranges(request, request[tuning.DEFINITION])
        )
        config["ParameterRanges"] = ranges
        definition.pop("HyperParameterRanges", None)
        return {**request, tuning.CONFIG: config, tuning.DEFINITION: definition}
    definitions = []
    for one in request[tuning.DEFINITIONS]:
        ranges, definition = _chosen(call, one, tuning.ranges(request, one))
        definitions.append({**definition, "HyperParameterRanges": ranges})
    return {**request, tuning.CONFIG: config, tuning.DEFINITIONS: definitions}


def _chosen(call: Call, definition: JsonDict, ranges: JsonDict) -> tuple[JsonDict, JsonDict]:
    """The ranges of a definition, and the definition with the hyperparameters that stay as they are."""
    image = definition["AlgorithmSpecification"].get("TrainingImage")
    kind = job_requests.mapped_image(call, image).kind if image else ""
    found, fixed = autotune.chosen(kind, ranges, definition.get("StaticHyperParameters") or {})
    return found, {**definition, "StaticHyperParameters": fixed}
