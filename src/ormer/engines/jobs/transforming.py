"""A transform job's contract: the model's servers, the program that sends them the records, and the outputs.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.jobs import contracts, data, servers
from ormer.engines.jobs.contracts import Stage
from ormer.engines.jobs.data import Item
from ormer.engines.jobs.folders import RUNTIMES, HostFolder
from ormer.engines.jobs.plans import Plan

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
)
BATCH_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}
LOG_NAME = "data-log"


def lay(stage: Stage, host: HostFolder, items: list[Item], server_count: int) -> None:
    """Write what the sending program is told: the request, the inputs in order, the servers in order."""
    plan = stage.plan
    source, destination = plan.sources[0], plan.destinations[0]
    host.local(destination.local).mkdir(parents=True, exist_ok=True)
    (host.ml / "output").mkdir(parents=True, exist_ok=True)
    contracts.write_json(
        host.ml / "config" / "transformjobconfig.json",
        {
            "Request": {name: plan.document[name] for name in REQUEST_MEMBERS if plan.document.get(name) is not None},
            "Inputs": [{"Key": item.path, "Path": f"{source.local}/{item.path}"} for item in items],
            "OutputDir": destination.local,
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
    """The objects to publish: one for every input, `<key>.out`."""
    destination = stage.plan.destinations[0]
    written = [
        each
        for host in stage.hosts
        for each in data.write_folder(stage.stores.objects, host.local(destination.local), destination)
    ]
    return written, {}
