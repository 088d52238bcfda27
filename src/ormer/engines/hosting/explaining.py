"""The explainer of a fleet: a container behind the model's own that says how much each feature did to a prediction.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-online-explainability.html

It is the last of the fleet's containers. Requests go to it; it asks the others for predictions of records in which some
features are the baseline's, and answers predictions and Shapley values together (`runtimes/clarify/online`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jmespath

from ormer.engines.jobs.contracts import ContractError
from ormer.engines.jobs.plans import Source
from ormer.engines.jobs.servers import Container
from ormer.stores.objects.store import Objects

JsonDict = dict[str, Any]

IMAGE = "sagemaker-clarify-processing:1.0"
SETTINGS, BASELINE = "explainer.json", "baseline"
EXPRESSIONS = ("FeaturesAttribute", "LabelAttribute", "ProbabilityAttribute")


def with_explainer(containers: tuple[Container, ...], config: JsonDict, direct: bool) -> tuple[Container, ...]:
    """The containers of a fleet, and behind them the explainer that the endpoint's configuration asks for, if it does.

    Raises ContractError for what no explainer can be told: expressions that are none, containers asked one by one.
    """
    explains = (config.get("ExplainerConfig") or {}).get("ClarifyExplainerConfig")
    if not explains:
        return containers
    if direct:
        raise ContractError(
            "ClientError: containers that are invoked one by one (InferenceExecutionConfig Direct) cannot be explained"
        )
    _check_expression("EnableExplanations", explains.get("EnableExplanations"))
    for name in EXPRESSIONS:
        _check_expression(name, (explains.get("InferenceConfig") or {}).get(name))
    baseline = explains["ShapConfig"]["ShapBaselineConfig"].get("ShapBaselineUri")
    source = Source(BASELINE, baseline, "/opt/ml/model") if baseline else None
    return (*containers, Container(IMAGE, source, {}, explains=explains))


def lay(objects: Objects, container: Container, folder: Path) -> None:
    """Put what the explainer is told, and its baseline, into the folder it sees as its model.

    Raises DataError for a baseline that is not there.
    """
    target = folder / "model"
    target.mkdir(parents=True, exist_ok=True)
    (target / SETTINGS).write_text(json.dumps(container.explains))
    if container.model_data is None:
        shap = (container.explains or {})["ShapConfig"]
        (target / BASELINE).write_text(shap["ShapBaselineConfig"].get("ShapBaseline", ""))
        return
    objects.copy_to(objects.get(*objects.parse_uri(container.model_data.uri)), target / BASELINE)


def _check_expression(name: str, expression: str | None) -> None:
    if not expression:
        return
    try:
        jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise ContractError(f"ClientError: {name} {expression!r} is no JMESPath expression: {error}") from error
