"""An instance: one supervised start of a fleet's containers, each on a unix socket of its own.

Who starts an instance twice runs it once: a start's folder is claimed by its supervisor. The lane reaches a socket
through a descriptor of the folder of all endpoints (`/proc/self/fd/N/...`), because a socket's address holds 107 bytes
and a home may lie deep.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ormer.engines.hosting.folders import FLAT, ROOT, EndpointFolder
from ormer.engines.hosting.laying import Laid
from ormer.engines.hosting.loaded_models import LoadedModels
from ormer.engines.hosting.records import Fleet, Member, credentials_id
from ormer.engines.hosting.routes import Instance
from ormer.engines.jobs import servers
from ormer.engines.jobs.contracts import Stage, Surroundings
from ormer.engines.jobs.folders import HostFolder
from ormer.engines.jobs.following import Trace
from ormer.engines.jobs.instances import DEFAULT_TYPE, GIB, instance
from ormer.engines.jobs.plans import Plan
from ormer.engines.jobs.sandbox import Mount, Program
from ormer.engines.jobs.sockets import Sockets
from ormer.engines.jobs.supervision import Handle, Job, Limits, running
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
GRACE_SECONDS = 30.0
MEBIBYTE = 1024**2
MODEL = "/opt/ml/model"
LOADED = "/opt/ml/models"
EXPLAINER = "explainer"


@dataclass(eq=False)
class Process:
    """A start of an instance, as this server sees it.

    ready: it answers pings now. began, ready_since, left_at: monotonic seconds (None: not yet).
    hopeless: its own words on why its model cannot be loaded. sick: it has not answered pings for long.
    models: what a multi-model container has loaded. measured: processor seconds used, and when that was seen.
    """

    fleet: int
    member: Member
    instance: Instance
    host: HostFolder
    handle: Handle
    trace: Trace
    began: float
    ready: bool = False
    ready_since: float | None = None
    hopeless: str = ""
    sick: bool = False
    left_at: float | None = None
    stopping: bool = False
    models: LoadedModels = field(default_factory=LoadedModels)
    measured: tuple[float, float] | None = None

    @property
    def key(self) -> str:
        """What the follower knows it as."""
        return f"{self.member.id}/{self.member.attempt}"


def running_instances(home: Path) -> list[Handle]:
    """Every instance of this home that runs, whoever started it. Close the handles."""
    return running((home / ROOT).glob("*/starts/*/*/run"))


def log_group(row: Row) -> str:
    return f"/aws/sagemaker/Endpoints/{row.name}"


def trace_of(row: Row, variant: str, member: Member, folder: EndpointFolder) -> Trace:
    """Where an instance's lines go: the stream of the instance, or one below it for each of several containers."""
    return Trace(
        folder.log(member.id),
        row.account,
        row.region,
        log_group(row),
        f"{variant}/{member.id}",
        member.id,
        row.name,
    )


def face(fleet: Fleet, member: Member, host: HostFolder, sockets: Sockets) -> Instance:
    """The instance as the lane sees it."""
    places = [sockets.address(host.sockets / f"{number}.sock") for number in range(len(fleet.containers))]
    names = tuple(each.hostname or f"container-{number + 1}" for number, each in enumerate(fleet.containers))
    explainer = places.pop() if fleet.explained else None
    return Instance(
        member.id,
        tuple(places),
        f"{fleet.name}/{member.id}",
        hostnames=names if fleet.direct else (),
        explainer=explainer,
    )


def job_of(
    row: Row,
    fleet: Fleet,
    member: Member,
    folder: EndpointFolder,
    laid: Laid,
    stores: Stores,
    surroundings: Surroundings,
    writable_venv: bool,
) -> Job:
    """What the supervisor runs: a server for each container; the last one is the program, the others stand beside it.

    Raises ContractError for an image that cannot serve.
    """
    host = folder.start(member)
    host.run.mkdir(parents=True, exist_ok=True)
    folder.log(member.id).parent.mkdir(parents=True, exist_ok=True)
    plan = _plan(row, fleet)
    stage = Stage(
        plan, credentials_id(row.facts["id"], fleet), (host,), stores, surroundings, None, None, writable_venv
    )
    programs = [_program(stage, fleet, host, folder, laid, number, member) for number in range(len(fleet.containers))]
    return Job(
        name=row.name,
        main=programs[-1],
        servers=tuple(programs[:-1]),
        limits=_limits(fleet, surroundings),
        network="none" if fleet.isolated else "host",
        fence=member.attempt,
        log=folder.log(member.id),
        starts=folder.path / "starts.log",
    )


def _program(
    stage: Stage, fleet: Fleet, host: HostFolder, folder: EndpointFolder, laid: Laid, number: int, member: Member
) -> Program:
    container = fleet.containers[number]
    ml = host.server(number)
    ml.mkdir(parents=True, exist_ok=True)
    name = member.id if len(fleet.containers) == 1 else _name(fleet, number)
    program = servers.server(
        stage, host, number, container, laid.images[number], laid.venvs[number], name, _variables(fleet, number, laid)
    )
    mounts = [Mount(folder.model(fleet, number), MODEL)]
    if container.multi_model:
        mounts.append(Mount(folder.loaded(fleet), LOADED))
    if may_evaluate(fleet, laid):
        (ml / FLAT).mkdir(exist_ok=True)
    return replace(program, mounts=(*program.mounts, *mounts), ready=None)


def _name(fleet: Fleet, number: int) -> str:
    """What the log stream of one of several containers is called."""
    return EXPLAINER if fleet.containers[number].explains is not None else f"container-{number + 1}"


def _variables(fleet: Fleet, number: int, laid: Laid) -> Mapping[str, str]:
    """What AWS tells a container of its endpoint, besides the model's own variables."""
    found: dict[str, str] = {}
    if fleet.containers[number].explains is not None:
        found["ORMER_PREDICTOR_SERVERS"] = json.dumps([servers.address_of(at) for at in range(len(fleet.models))])
    if fleet.containers[number].multi_model:
        found["SAGEMAKER_MULTI_MODEL"] = "true"
    if may_evaluate(fleet, laid):
        found["ORMER_FLAT"] = f"/opt/ml/{FLAT}"
    return found


def may_evaluate(fleet: Fleet, laid: Laid) -> bool:
    """Whether the fleet's model may turn out to need no server: the built-in algorithm, alone in its container."""
    return (
        len(fleet.containers) == 1
        and laid.images[0].kind == "xgboost"
        and not fleet.multi_model
        and not fleet.containers[0].environment.get("SAGEMAKER_PROGRAM")
    )


def _limits(fleet: Fleet, surroundings: Surroundings) -> Limits:
    machine = surroundings.machine
    serverless = fleet.serverless
    if serverless:
        return Limits(max(GIB, serverless["MemorySizeInMB"] * MEBIBYTE), 1, None, GRACE_SECONDS)
    kind = instance(fleet.variant.get("InstanceType", DEFAULT_TYPE))
    return Limits(kind.memory_limit_bytes(machine), kind.cpu_limit(machine), None, GRACE_SECONDS)


def _plan(row: Row, fleet: Fleet) -> Plan:
    """The instance as jobs' contracts understand it."""
    return Plan(
        kind=row.kind,
        arn=row.arn,
        name=row.name,
        account=row.account,
        region=row.region,
        role_arn=fleet.role_arn,
        image="",
        entrypoint=(),
        arguments=(),
        environment={},
        instance_type=fleet.variant.get("InstanceType", DEFAULT_TYPE),
        count=1,
        seconds_max=0.0,
        grace_seconds=GRACE_SECONDS,
        isolated=fleet.isolated,
        document={},
    )
