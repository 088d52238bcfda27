"""ClarifyCheck steps: data bias, model bias and explainability by the Clarify processor.

The SDK takes the model's name out of the analysis configuration it uploads, because only the execution knows it; the
step carries it as ModelName. The job gets a copy with the name in it; the user's object stays as it is.
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.pipelines import objects
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.expressions import Unresolved
from ormer.engines.pipelines.outcomes import Outcome
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import checks
from ormer.engines.pipelines.steps.checks import Style

JsonDict = dict[str, Any]
STYLE = Style({"Constraints": "analysis.json"}, "Clarify", "ClarifyCheck")
CONFIG_INPUT = "analysis_config"
CONFIG_FILE = "analysis_config.json"


def start(step: Step, run: Run) -> Outcome:
    """Create the processor's job, its configuration completed by the model's name where the check has one."""
    request = run.arguments(step)
    model = run.resolve(step, step.raw.get("ModelName"))
    if model:
        request = _with_model(run, step, request, str(model))
    return checks.start(step, run, STYLE, request)


def finish(step: Step, run: Run, described: JsonDict) -> Outcome:
    """Baselines and violations of the ended job."""
    return checks.finish(step, run, STYLE, described)


def _with_model(run: Run, step: Step, request: JsonDict, model: str) -> JsonDict:
    """The request with its configuration input pointed at a copy that names the model."""
    inputs = list(request.get("ProcessingInputs", ()))
    index = next((at for at, one in enumerate(inputs) if one["InputName"] == CONFIG_INPUT), None)
    if index is None:
        raise Unresolved(f"The check has no processing input named '{CONFIG_INPUT}' to put its ModelName into.")
    given = inputs[index]["S3Input"]["S3Uri"]
    uri = given if given.endswith(".json") else objects.join(given, CONFIG_FILE)
    copy = objects.join(checks.output_folder(request), "config", run.row.name, step.name, CONFIG_FILE)
    try:
        config = objects.read_json(run.call, uri)
        config["predictor"] = {**config.get("predictor", {}), "model_name": model}
        objects.write_json(run.call, copy, config)
    except (AwsError, ValueError) as error:
        raise Unresolved(f"The analysis configuration {uri} cannot be completed by the ModelName: {error}") from None
    inputs[index] = {**inputs[index], "S3Input": {**inputs[index]["S3Input"], "S3Uri": copy}}
    return {**request, "ProcessingInputs": inputs}
