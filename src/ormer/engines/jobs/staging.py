"""Staging: everything a job finds when it starts, laid into its hosts' folders, and the supervised job made of it.

Staging may run again at any time before the supervisor has taken the job: it begins by clearing the folders.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.jobs import contracts, credentials, data, origins, processing, servers, training, transforming
from ormer.engines.jobs.contracts import Stage
from ormer.engines.jobs.data import DataError, Item
from ormer.engines.jobs.environments import Environments
from ormer.engines.jobs.folders import HostFolder, remove
from ormer.engines.jobs.instances import instance
from ormer.engines.jobs.plans import TRAINING, TRANSFORM, Destination, Plan, Source
from ormer.engines.jobs.sandbox import Program
from ormer.engines.jobs.servers import Container
from ormer.engines.jobs.supervision import Job, Limits
from ormer.stores.access import PolicyGate
from ormer.stores.port import Api

JsonDict = dict[str, Any]

DISK_BYTES_MIN = 64 * 1024 * 1024
# Where a Clarify job's configuration lies: in its input of this name, or in the folder where the SDK puts it.
CLARIFY_CONFIG, CLARIFY_FOLDER = "analysis_config", "/opt/ml/processing/input/config"
PREDICTOR_VARIABLE = "ORMER_PREDICTOR_SERVERS"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Staged:
    """A job ready to start: its stage, and what runs on each host, in the hosts' order."""

    stage: Stage
    jobs: tuple[Job, ...]


def stage_of(stage: Stage, environments: Environments) -> Stage:
    """The stage with image and environment filled in, for kinds that run an image of their own."""
    if stage.plan.kind == TRANSFORM:
        return stage
    image = environments.image(stage.plan.image)
    return replace(stage, image=image, venv=environments.venv(image))


def lay(stage: Stage, environments: Environments, api: Api, fence: int, starts: Path) -> Staged:
    """Fill the hosts' folders. Raises DataError and ContractError with the FailureReason, OSError for the disk."""
    plan = stage.plan
    contracts.check_disk(stage.stores.home, DISK_BYTES_MIN)
    containers = containers_for(stage, api)
    stage = stage_of(stage, environments)
    _permit(stage)
    for place in plan.destinations:
        if place.name != "intermediate":
            data.check_place(stage.stores.objects, place)
    if plan.kind == TRAINING:
        data.check_place(stage.stores.objects, _training_output(plan))
    found = {source.name: data.items_of(stage.stores.objects, source) for source in plan.sources if source.uri}
    for host in stage.hosts:
        remove(host.path)
        host.run.mkdir(parents=True)
    uris = {source.name: source.uri for source in plan.sources}
    origins.note(stage.hosts[0], found, uris, _environments_of(stage, environments, containers))
    jobs = tuple(
        _lay_host(stage, environments, api, number, found, containers, fence, starts)
        for number in range(len(stage.hosts))
    )
    return Staged(stage, jobs)


def _environments_of(stage: Stage, environments: Environments, containers: list[Container]) -> dict[str, Path]:
    """{image: its built environment} of the job and of the model it asks."""
    own = {stage.plan.image: stage.venv} if stage.venv is not None else {}
    images = {each.image: environments.image(each.image) for each in containers}
    return own | {uri: environments.venv(image) for uri, image in images.items()}


def containers_for(stage: Stage, api: Api) -> list[Container]:
    """The containers of a transform job's model; none for the other kinds."""
    if stage.plan.kind != TRANSFORM:
        return []
    return servers.containers_of(api, servers.model_named(api, stage.plan.document["ModelName"]))


def _lay_host(
    stage: Stage,
    environments: Environments,
    api: Api,
    number: int,
    found: Mapping[str, list[Item]],
    containers: list[Container],
    fence: int,
    starts: Path,
) -> Job:
    plan, host = stage.plan, stage.hosts[number]
    objects = stage.stores.objects
    mine: dict[str, list[Item]] = {}
    for source in plan.sources:
        mine[source.name] = data.shard(found.get(source.name, []), source, number, len(stage.hosts))
        if plan.kind != TRANSFORM:
            data.fetch(objects, mine[source.name], source, host.local(source.local))
    if plan.kind == TRANSFORM:
        main, companions = _lay_transform(stage, environments, host, mine["input"], containers)
    elif plan.kind == TRAINING:
        training.lay(stage, host)
        _fetch_checkpoints(stage, host)
        main, companions = _main(stage, host, "train", training.variables(stage, host)), ()
    else:
        processing.lay(stage, host)
        companions = _predictors(stage, environments, api, host)
        extra = {PREDICTOR_VARIABLE: json.dumps([servers.address_of(each) for each in range(len(companions))])}
        main = _main(stage, host, "process", extra if companions else {})
    machine = stage.surroundings.machine
    kind = instance(plan.instance_type)
    return Job(
        name=plan.name,
        main=main,
        servers=tuple(companions),
        limits=Limits(
            kind.memory_limit_bytes(machine), kind.cpu_limit(machine), float(plan.seconds_max), plan.grace_seconds
        ),
        network="none" if plan.isolated else "host",
        fence=fence,
        log=host.log,
        starts=starts,
    )


def _main(stage: Stage, host: HostFolder, verb: str, extra: Mapping[str, str]) -> Program:
    return contracts.program(stage, host, contracts.command(stage, verb), extra)


def _lay_transform(
    stage: Stage, environments: Environments, host: HostFolder, items: list[Item], containers: list[Container]
) -> tuple[Program, tuple[Program, ...]]:
    extra = transforming.server_variables(stage.plan)
    companions = _serve(stage, environments, host, containers, extra, transforming.server_name)
    runtime = companions[0].runtime
    assert runtime is not None
    sender = replace(stage, venv=runtime)
    transforming.lay(sender, host, items, len(companions))
    main = contracts.program(sender, host, transforming.command(sender), {})
    return replace(main, name=transforming.LOG_NAME), companions


def _serve(
    stage: Stage,
    environments: Environments,
    host: HostFolder,
    containers: list[Container],
    extra: Mapping[str, str],
    name: Callable[[HostFolder, int], str],
) -> tuple[Program, ...]:
    """Model servers of a host, each with its model in place."""
    companions = []
    for number, container in enumerate(containers):
        image = environments.image(container.image)
        servers.lay_model(stage.stores.objects, container, host.server(number))
        venv = environments.venv(image)
        companions.append(servers.server(stage, host, number, container, image, venv, name(host, number), extra))
    return tuple(companions)


def _predictors(stage: Stage, environments: Environments, api: Api, host: HostFolder) -> tuple[Program, ...]:
    """The servers of the model that a Clarify analysis asks; none for other jobs and analyses without a predictor."""
    assert stage.image is not None
    named = [source.local for source in stage.plan.sources if source.name == CLARIFY_CONFIG]
    config = host.local(f"{(named or [CLARIFY_FOLDER])[0]}/analysis_config.json")
    if stage.image.kind != "clarify" or not config.is_file():
        return ()
    try:
        predictor = json.loads(config.read_text()).get("predictor") or {}
    except (ValueError, AttributeError):
        return ()  # the analysis itself says what is wrong with its configuration
    if predictor.get("model_name"):
        model = servers.model_named(api, predictor["model_name"])
    elif predictor.get("endpoint_name"):
        model = servers.model_behind(api, predictor["endpoint_name"])
    else:
        return ()
    containers = servers.containers_of(api, model)
    return _serve(stage, environments, host, containers, {}, lambda _, number: f"model-{number + 1}")


def _fetch_checkpoints(stage: Stage, host: HostFolder) -> None:
    """What an earlier job left under the checkpoints' address; nothing there is the usual beginning."""
    place = stage.plan.checkpoints
    if place is None:
        return
    source = Source("checkpoints", place.uri if place.uri.endswith("/") else place.uri + "/", place.local)
    objects = stage.stores.objects
    bucket, prefix = objects.parse_uri(source.uri)
    if objects.find_bucket(bucket) is not None and any(True for _ in objects.list(bucket, prefix, limit=1)):
        data.fetch(objects, data.items_of(objects, source), source, host.local(place.local))


def _training_output(plan: Plan) -> Destination:
    return Destination("model", plan.document["OutputDataConfig"]["S3OutputPath"], "/opt/ml/model")


def _permit(stage: Stage) -> None:
    """Ask the job's role whether it may read its inputs and write its outputs. Raises DataError in IAM's words."""
    plan = stage.plan
    if not plan.role_arn:
        return
    gate, role = PolicyGate(stage.stores), session_identity(plan.role_arn, credentials.SESSION_NAME)
    wanted = [("download", "s3:GetObject", source.uri) for source in plan.sources if source.uri]
    wanted += [("upload", "s3:PutObject", place.uri) for place in plan.destinations]
    for direction, action, uri in wanted:
        target = f"arn:aws:s3:::{uri.partition('://')[2]}"
        try:
            gate.permit(role, plan.region, action, target)
        except AwsError as error:
            text = f"ClientError: Data {direction} failed: {uri}: {error.code}: {error.message}"
            raise DataError(text) from error
