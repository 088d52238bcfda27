"""A transform job's contract: the model's servers, the program that sends them the records, and the outputs.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ormer.engines.jobs import capturing, contracts, data, servers
from ormer.engines.jobs.contracts import Stage
from ormer.engines.jobs.data import Item
from ormer.engines.jobs.folders import RUNTIMES, HostFolder, regular_files
from ormer.engines.jobs.plans import TRANSFORM_INPUT, TRANSFORM_OUTPUT, Plan

JsonDict = dict[str, Any]
REQUEST_MEMBERS = (
    "TransformJobName",
    "TransformJobArn",
    "ModelName",
    "MaxConcurrentTransforms",
    "ModelClientConfig",
    "MaxPayloadInMB",
    "BatchStrategy",
    "Environment",
    "TransformInput",
    "TransformOutput",
    "TransformResources",
    "DataProcessing",
    "DataCaptureConfig",
)
BATCH_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}
LOG_NAME = "data-log"
NOTE = "transform.json"
OUTPUT_SUFFIX = ".out"


@dataclass(frozen=True)
class Listed:
    """An object that a host transforms: its address, its path below the input, and the name of its output's file."""

    uri: str
    path: str
    output: str


def lay(stage: Stage, host: HostFolder, items: list[Item], server_count: int) -> None:
    """Copy the host's objects into numbered files, and write what the sending program is told.

    Files are numbered because a key may be anything; which key a number means is noted where the job cannot see it.
    """
    plan, objects = stage.plan, stage.stores.objects
    for folder in (TRANSFORM_INPUT, TRANSFORM_OUTPUT, "/opt/ml/output"):
        host.local(folder).mkdir(parents=True, exist_ok=True)
    inputs = []
    for number, item in enumerate(items):
        objects.copy_to(item.found, host.local(TRANSFORM_INPUT) / str(number))
        inputs.append({"Key": item.path, "Path": f"{TRANSFORM_INPUT}/{number}", "Output": str(number)})
    listed = [[item.found.uri, item.path, str(number)] for number, item in enumerate(items)]
    contracts.write_json(host.path / NOTE, listed)
    contracts.write_json(
        host.ml / "config" / "transformjobconfig.json",
        {
            "Request": {name: plan.document[name] for name in REQUEST_MEMBERS if plan.document.get(name) is not None},
            "Inputs": inputs,
            "OutputDir": TRANSFORM_OUTPUT,
            "Servers": [servers.address_of(number) for number in range(server_count)],
        },
    )


def command(stage: Stage) -> list[str]:
    """The program that sends the records."""
    assert stage.venv is not None
    return [str(stage.venv / "bin" / "python"), f"{RUNTIMES}/run.py", "transform", "run"]


def server_variables(plan: Plan) -> dict[str, str]:
    """What a container is told of the transform it serves, besides its own variables; the request's win."""
    found = {"SAGEMAKER_BATCH": "true"}
    if plan.document.get("MaxPayloadInMB") is not None:
        found["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = str(plan.document["MaxPayloadInMB"])
    if plan.document.get("BatchStrategy"):
        found["SAGEMAKER_BATCH_STRATEGY"] = BATCH_STRATEGIES[plan.document["BatchStrategy"]]
    if plan.document.get("MaxConcurrentTransforms") is not None:
        found["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = str(plan.document["MaxConcurrentTransforms"])
    return found | dict(plan.environment)


def server_name(host: HostFolder, number: int) -> str:
    """A server's log stream: the first container's is the job's own."""
    return host.name if number == 0 else f"container-{number + 1}"


def collect(stage: Stage) -> tuple[list[data.Written], JsonDict]:
    """The objects to publish: `<key>.out` for every input that was transformed whole, and what is captured of it."""
    objects, place = stage.stores.objects, stage.plan.destinations[0]
    done, written = [], []
    for host in stage.hosts:
        outputs = {each.output: each for each in _listed(host)}
        for name, descriptor in regular_files(host.local(TRANSFORM_OUTPUT)):
            if name in outputs:
                done.append(outputs[name])
                written.append(data.write_open(objects, descriptor, place, outputs[name].path + OUTPUT_SUFFIX))
    done.sort(key=lambda each: each.uri)
    captured = capturing.manifests(stage, [each.uri for each in done], [each.path + OUTPUT_SUFFIX for each in done])
    return written + captured, {}


def _listed(host: HostFolder) -> list[Listed]:
    """What the host was given to transform; nothing for one that was never staged."""
    try:
        return [Listed(*each) for each in json.loads((host.path / NOTE).read_bytes())]
    except FileNotFoundError:
        return []
