"""A training job's contract: its files under /opt/ml, its command, and what becomes of what it leaves.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo.html
"""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.jobs import archives, contracts, data
from ormer.engines.jobs.contracts import Stage
from ormer.engines.jobs.folders import HostFolder, regular_files
from ormer.engines.jobs.plans import Destination, Plan, plain_hyperparameter
from ormer.stores.objects.store import Objects

JsonDict = dict[str, Any]
ARCHIVE_LEVEL = 6


def lay(stage: Stage, host: HostFolder) -> None:
    """Write what the container finds: configuration, folders for its output, the user's code."""
    plan, config = stage.plan, host.ml / "input" / "config"
    for folder in ("input/data", "model", "output/data", "output/intermediate", "code"):
        (host.ml / folder).mkdir(parents=True, exist_ok=True)
    contracts.write_json(config / "hyperparameters.json", plan.document.get("HyperParameters", {}))
    contracts.write_json(config / "inputdataconfig.json", _channels(plan))
    contracts.write_json(config / "resourceconfig.json", contracts.resource_config(plan, host))
    if plan.checkpoints is not None:
        host.local(plan.checkpoints.local).mkdir(parents=True, exist_ok=True)
        contracts.write_json(
            config / "checkpointconfig.json", {"S3Uri": plan.checkpoints.uri, "LocalPath": plan.checkpoints.local}
        )
    contracts.write_metadata(host, plan)
    _fetch_code(stage.stores.objects, plan, host)


def variables(stage: Stage, host: HostFolder) -> dict[str, str]:
    """Further variables of a training container."""
    found = {"SM_CURRENT_HOST": host.name}
    if stage.plan.checkpoints is not None:
        found["SM_CHECKPOINT_CONFIG_FILE"] = "/opt/ml/input/config/checkpointconfig.json"
    return found


def collect(stage: Stage) -> tuple[list[data.Written], JsonDict]:
    """Pack what the job left. Returns the objects to publish and the document's members that name them.

    The model of the first host is the model, as the other hosts' folders hold the same.
    """
    plan, objects = stage.plan, stage.stores.objects
    output = plan.document["OutputDataConfig"]
    root = f"{output['S3OutputPath'].rstrip('/')}/{plan.name}/output"
    first = stage.hosts[0]
    if output.get("CompressionType") == "NONE":
        place = Destination("model", f"{root}/model", "/opt/ml/model")
        written = data.write_folder(objects, first.ml / "model", place)
        artifacts = f"{root}/model/"
    else:
        written = [_packed(objects, first.ml / "model", first.path / "model.tar.gz", f"{root}/model.tar.gz")]
        artifacts = f"{root}/model.tar.gz"
    for host in stage.hosts:
        folder = host.ml / "output" / "data"
        if any(True for _ in regular_files(folder)):
            written.append(_packed(objects, folder, host.path / "output.tar.gz", _output_uri(root, stage, host)))
    return written, {"ModelArtifacts": {"S3ModelArtifacts": artifacts}}


def pack(folder: Path, target: Path) -> None:
    """A gzip archive of a folder's regular files, with their paths below it."""
    with tarfile.open(target, "w:gz", compresslevel=ARCHIVE_LEVEL) as archive:
        for path, descriptor in regular_files(folder):
            with open(descriptor, "rb", closefd=False) as file:
                archive.addfile(archive.gettarinfo(arcname=path, fileobj=file), file)


def _packed(objects: Objects, folder: Path, target: Path, uri: str) -> data.Written:
    pack(folder, target)
    return data.write_file(objects, target, uri)


def _output_uri(root: str, stage: Stage, host: HostFolder) -> str:
    """Hosts after the first get an archive of their own, lest they overwrite the first one's."""
    return f"{root}/output.tar.gz" if host is stage.hosts[0] else f"{root}/output-{host.name}.tar.gz"


def _channels(plan: Plan) -> JsonDict:
    mode = plan.document["AlgorithmSpecification"]["TrainingInputMode"]
    found = {}
    for channel in plan.document.get("InputDataConfig", ()):
        source = channel["DataSource"].get("S3DataSource", {})
        described = {
            "TrainingInputMode": channel.get("InputMode") or mode,
            "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        if channel.get("ContentType"):
            described["ContentType"] = channel["ContentType"]
        found[channel["ChannelName"]] = described
    return found


def _fetch_code(objects: Objects, plan: Plan, host: HostFolder) -> None:
    """Unpack the user's code where the toolkit looks first, so that the job need not fetch it.

    What cannot be fetched or unpacked is left to the job's own toolkit, which says what is wrong with it.
    """
    place = plan.environment.get("SAGEMAKER_SUBMIT_DIRECTORY") or plain_hyperparameter(
        plan.document.get("HyperParameters", {}).get("sagemaker_submit_directory", '""')
    )
    if not place.startswith("s3://"):
        return
    try:
        found = objects.get(*objects.parse_uri(place))
        with objects.open(found) as file, tarfile.open(fileobj=file, mode="r:*") as archive:
            archives.unpack(archive, host.ml / "code")
    except (AwsError, ValueError, tarfile.TarError):
        return
