"""Model servers beside a job: what batch transform sends its records to and Clarify asks for predictions.

A server is the model's own image serving its own archive, in a sandbox of its own, on a unix socket that only this job
sees; an inference pipeline is one server for each of its containers.
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.images import Image
from ormer.engines.jobs import archives, contracts, data
from ormer.engines.jobs.contracts import ContractError, Stage
from ormer.engines.jobs.folders import RUNTIMES, SOCKETS, HostFolder
from ormer.engines.jobs.plans import Source
from ormer.engines.jobs.sandbox import Mount, Program, Ready
from ormer.stores.objects.store import Object, Objects
from ormer.stores.port import Api

JsonDict = dict[str, Any]

# How long a model may take to load before its server answers. AWS gives a transform's container as long to get healthy.
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
READY_SECONDS = 240.0
SERVE = "serve"


@dataclass(frozen=True)
class Container:
    """One container of a model: its image, where its archive lies (None for none), its variables.

    multi_model: `model_data` is the address below which many models lie; keeps_models: loaded ones may stay loaded.
    hostname: its ContainerHostname or "". explains: the ClarifyExplainerConfig of one that explains what others say.
    """

    image: str
    model_data: Source | None
    environment: Mapping[str, str]
    multi_model: bool = False
    hostname: str = ""
    keeps_models: bool = True
    explains: JsonDict | None = None


def containers_of(api: Api, model: JsonDict, multi_model: bool = False) -> list[Container]:
    """The containers of a model's document, in order. Raises ContractError for one that cannot be served here.

    multi_model: whether many models behind one container can be served, as only endpoints do.
    """
    described = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    found = [container for each in described for container in _containers(api, each)]
    if not multi_model and any(container.multi_model for container in found):
        raise ContractError("ClientError: a multi-model container cannot serve a job; use a model of its own")
    return found


def model_named(api: Api, name: str) -> JsonDict:
    """A model's document. Raises ContractError when there is none."""
    try:
        return api("sagemaker", "DescribeModel", {"ModelName": name})
    except AwsError as error:
        raise ContractError(f"ClientError: the model {name}: {error.message}") from error


def model_behind(api: Api, endpoint: str) -> JsonDict:
    """The document of the model that an endpoint's first variant serves. Raises ContractError when there is none."""
    try:
        described = api("sagemaker", "DescribeEndpoint", {"EndpointName": endpoint})
        config = api("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": described["EndpointConfigName"]})
    except AwsError as error:
        raise ContractError(f"ClientError: the endpoint {endpoint}: {error.message}") from error
    return model_named(api, config["ProductionVariants"][0]["ModelName"])


def lay_model(objects: Objects, container: Container, folder: Path) -> None:
    """Put the container's model into `folder`, its server's /opt/ml. Raises DataError that names the archive."""
    target = folder / "model"
    target.mkdir(parents=True, exist_ok=True)
    if container.model_data is None:
        return
    source = container.model_data
    items = data.items_of(objects, source)
    if source.gzip:
        exact = [item.found for item in items if item.found.uri == source.uri]
        unpack_archive(objects, exact[0] if exact else items[0].found, target)
    else:
        data.fetch(objects, items, source, target)


def unpack_archive(objects: Objects, found: Object, target: Path) -> None:
    """Unpack a model archive. Members that would leave the folder are refused. Raises DataError that names it."""
    try:
        with objects.open(found) as file, tarfile.open(fileobj=file, mode="r:*") as archive:
            archives.unpack(archive, target)
    except (tarfile.TarError, EOFError) as error:
        raise data.DataError(
            f"ClientError: the model data {found.uri} cannot be unpacked: {error}; it must be a tar archive compressed "
            "with gzip"
        ) from error


def server(
    stage: Stage,
    host: HostFolder,
    number: int,
    container: Container,
    image: Image,
    venv: Path,
    name: str,
    extra: Mapping[str, str],
) -> Program:
    """The program that serves one container, the `number`th of this host."""
    argv = _command(stage, image, venv)
    if argv is None:
        raise ContractError(f"ClientError: the image {image.uri} has no model server; use an image that can serve")
    host.sockets.mkdir(parents=True, exist_ok=True)
    inner = replace(stage, image=image, venv=venv, plan=replace(stage.plan, environment=container.environment))
    variables = contracts.environment(inner, host) | {"ORMER_BIND_SOCKET": socket_of(number), **extra}
    if stage.plan.isolated:
        # Alone in its network, a server may take the port that AWS gives it.
        variables.setdefault("SAGEMAKER_BIND_TO_PORT", "8080")
    return Program(
        name=name,
        argv=argv,
        env=variables,
        home=contracts.home(inner),
        mounts=(
            Mount(host.server(number), "/opt/ml", read_only=False),
            *[mount for mount in contracts.mounts(inner, host) if mount.target != "/opt/ml"],
        ),
        runtime=venv,
        writable_runtime=stage.writable_venv,
        hostname=host.name,
        ready=Ready(READY_SECONDS, socket=host.sockets / f"{number}.sock"),
    )


def _command(stage: Stage, image: Image, venv: Path) -> tuple[str, ...] | None:
    """What serves the image: the `serve` that its own packages brought, else ours; None when there is neither.

    AWS runs `docker run IMAGE serve`; such a program listens on a port, so a relay stands before it.
    """
    python, run = str(venv / "bin" / "python"), f"{RUNTIMES}/run.py"
    own = venv / "bin" / SERVE
    if own.exists():
        return (python, run, "serving", "relay", str(own), SERVE)
    if (stage.surroundings.programs / image.kind / "serve.py").exists():
        return (python, run, image.kind, "serve")
    return None


def socket_of(number: int) -> str:
    """The path of a server's socket inside the job's sandboxes."""
    return f"{SOCKETS}/{number}.sock"


def address_of(number: int) -> str:
    """What the job's main program is told of a server."""
    return f"unix:{socket_of(number)}"


def _containers(api: Api, described: JsonDict) -> list[Container]:
    package = described.get("ModelPackageName")
    if not package:
        return [_container(described, {})]
    try:
        found = api("sagemaker", "DescribeModelPackage", {"ModelPackageName": package})
    except AwsError as error:
        raise ContractError(f"ClientError: the model package {package}: {error.message}") from error
    specified = _specification(found, described.get("InferenceSpecificationName", "")).get("Containers", [])
    if not specified:
        raise ContractError(f"ClientError: the model package {package} names no container to serve")
    return [_container(each, described.get("Environment", {})) for each in specified]


def _specification(package: JsonDict, name: str) -> JsonDict:
    """The package's inference specification, or the additional one of this name. Raises ContractError."""
    if not name:
        return package.get("InferenceSpecification") or {}
    for each in package.get("AdditionalInferenceSpecifications") or ():
        if each["Name"] == name:
            return dict(each)
    raise ContractError(f"ClientError: the model package has no inference specification of the name {name}")


def _container(described: JsonDict, more: Mapping[str, str]) -> Container:
    if not described.get("Image"):
        raise ContractError("ClientError: the model has a container without an image; name one in Image")
    environment = {**described.get("Environment", {}), **more}
    hostname = described.get("ContainerHostname", "")
    if described.get("Mode") != "MultiModel":
        return Container(described["Image"], _model_data(described), environment, hostname=hostname)
    place = Source("models", described.get("ModelDataUrl", ""), "/opt/ml/models")
    keeps = (described.get("MultiModelConfig") or {}).get("ModelCacheSetting") != "Disabled"
    return Container(described["Image"], place, environment, True, hostname, keeps)


def _model_data(described: JsonDict) -> Source | None:
    url = described.get("ModelDataUrl")
    if url:
        return Source("model", url, "/opt/ml/model", gzip=True)
    place = (described.get("ModelDataSource") or {}).get("S3DataSource")
    if not place:
        return None
    return Source("model", place["S3Uri"], "/opt/ml/model", gzip=place.get("CompressionType") == "Gzip")
