"""Processing steps: a processing job whose JSON outputs later steps may read as property files.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.pipelines import objects
from ormer.engines.pipelines.definitions import PropertyFile, Step
from ormer.engines.pipelines.outcomes import Outcome, Succeeded
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import jobs

JsonDict = dict[str, Any]


def finish(step: Step, run: Run, described: JsonDict) -> Outcome:
    """The outcome of the job; its property files are read now, so that later runs cannot change them."""
    outcome = jobs.finish(step, run, described)
    if not isinstance(outcome, Succeeded):
        return outcome
    kept = {file.name: _read(run, file, described) for file in step.property_files.values()}
    return Succeeded(outcome.properties, outcome.metadata, kept)


def _read(run: Run, file: PropertyFile, described: JsonDict) -> JsonDict:
    """{"document": …}, or {"fault": text} for the step that will want it: AWS fails the reader, not the writer."""
    outputs = described.get("ProcessingOutputConfig", {}).get("Outputs", [])
    uri = next((one.get("S3Output", {}).get("S3Uri") for one in outputs if one["OutputName"] == file.output), None)
    if uri is None:
        return {"fault": f"Property file '{file.name}' names the output '{file.output}', which the job does not have."}
    try:
        return {"document": objects.read_json(run.api, objects.join(uri, file.path))}
    except (AwsError, ValueError) as error:
        return {"fault": f"Property file '{file.name}' cannot be read from {objects.join(uri, file.path)}: {error}"}
