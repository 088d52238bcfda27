"""The container contract that all kinds of jobs share: the environment, the command, the mounts, the hosts' file.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ormer.engines.images import Image
from ormer.engines.jobs import credentials
from ormer.engines.jobs.folders import CA_BUNDLE, RUNTIMES, SOCKETS, HostFolder
from ormer.engines.jobs.indexes import Indexes, indexes
from ormer.engines.jobs.instances import Machine
from ormer.engines.jobs.plans import PROCESSING, TRAINING, Plan
from ormer.engines.jobs.sandbox import Mount, Program
from ormer.engines.jobs.sandbox.contract import ROOT
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
NETWORK_INTERFACE = "eth0"
GROUP_NAME = "homogeneousCluster"
SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
NO_PROXY = "localhost,127.0.0.1,::1"
# In the standard mode the waits double up to 20 s: a minute on the average, two at most.
ATTEMPTS = 10


class ContractError(Exception):
    """The job asks for something its image or this machine cannot do; the text is the job's FailureReason."""


@dataclass(frozen=True)
class Surroundings:
    """What every job of this server gets: where the server is, through which proxy AWS's hosts are reached.

    endpoint: the server's address on loopback. proxy, ca_bundle: for https://*.amazonaws.com; "" and None for none.
    programs: the folder of the runtimes' programs.
    """

    endpoint: str
    machine: Machine
    programs: Path
    # It holds a password, which must not appear where a value is printed.
    proxy: str = field(default="", repr=False)
    ca_bundle: Path | None = None

    @property
    def trusted(self) -> Path | None:
        """The CA bundle once it is there: the TLS port writes it when it first starts."""
        return self.ca_bundle if self.ca_bundle is not None and self.ca_bundle.exists() else None


@dataclass(frozen=True)
class Stage:
    """A job about to run: its plan, its hosts' folders, what its image means, and the built environment."""

    plan: Plan
    job_id: str
    hosts: tuple[HostFolder, ...]
    stores: Stores
    surroundings: Surroundings
    image: Image | None = None
    venv: Path | None = None
    writable_venv: bool = True


def environment(stage: Stage, host: HostFolder) -> dict[str, str]:
    """The job's variables: ours first, then the user's `Environment`, which may override any of them."""
    plan, here = stage.plan, stage.surroundings
    ours = {"AWS_REGION": plan.region, "AWS_DEFAULT_REGION": plan.region, "PYTHONUNBUFFERED": "1"}
    if not plan.isolated:
        ours |= server_variables(here)
        ours |= _packages().variables
        if plan.role_arn:
            ours |= credentials.variables(stage.stores.vault, here.endpoint, stage.job_id, plan.arn)
    prefix = {TRAINING: "TRAINING_JOB", PROCESSING: "PROCESSING_JOB"}.get(plan.kind)
    if prefix:
        ours |= {f"{prefix}_NAME": plan.name, f"{prefix}_ARN": plan.arn}
    if stage.image is not None:
        ours |= stage.image.environment
        ours |= _limits(stage.image)
    return ours | dict(plan.environment)


def _limits(image: Image) -> dict[str, str]:
    """What pip and uv stay below: a program that installs the newest release of a package gets what it got at AWS."""
    if not image.limits:
        return {}
    return dict.fromkeys(("PIP_CONSTRAINT", "UV_CONSTRAINT"), f"{RUNTIMES}/limits/{image.limits}.txt")


def program(stage: Stage, host: HostFolder, argv: Sequence[str], extra: Mapping[str, str]) -> Program:
    """The main program of one host, with all it may see."""
    return Program(
        name=host.name,
        argv=(resolved(argv[0], stage.venv), *argv[1:]),
        env={**environment(stage, host), **extra},
        # A processing image has no working folder of its own: what a script unpacks into ".." lies in the root, too.
        cwd=ROOT if stage.plan.kind == PROCESSING else None,
        home=home(stage),
        mounts=tuple(mounts(stage, host)),
        runtime=stage.venv,
        writable_runtime=stage.writable_venv,
        hostname=host.name,
    )


def home(stage: Stage) -> dict[str, str]:
    """What lies in the HOME of the job's programs."""
    if stage.plan.isolated or not stage.plan.role_arn or stage.venv is None:
        return {}
    return credentials.files(str(stage.venv / "bin" / "python"))


def mounts(stage: Stage, host: HostFolder) -> list[Mount]:
    """Everything a program of this job sees of this machine besides the system and its runtime."""
    found = [Mount(host.ml, "/opt/ml", read_only=False), Mount(stage.surroundings.programs, RUNTIMES)]
    trusted = stage.surroundings.trusted
    if trusted is not None and not stage.plan.isolated:
        found.append(Mount(trusted, CA_BUNDLE))
    if not stage.plan.isolated:
        found += _packages().mounts
    if host.sockets.exists():
        found.append(Mount(host.sockets, SOCKETS, read_only=False))
    checkpoints = stage.plan.checkpoints
    if checkpoints is not None and host.outside(checkpoints.local):
        found.append(Mount(host.local(checkpoints.local), checkpoints.local, read_only=False))
    return found


def own_program(stage: Stage, verb: str) -> list[str]:
    """The command of the image's own program: `train`, `serve` or `process`. Raises ContractError when it has none."""
    assert stage.image is not None and stage.venv is not None
    if not (stage.surroundings.programs / stage.image.kind / f"{verb}.py").exists():
        raise ContractError(
            f"ClientError: the image {stage.image.uri} has no command of its own for this; "
            "name one in ContainerEntrypoint"
        )
    return [str(stage.venv / "bin" / "python"), f"{RUNTIMES}/run.py", stage.image.kind, verb]


def command(stage: Stage, verb: str) -> list[str]:
    """What runs, by Docker's rules: an entrypoint replaces the image's, arguments replace its default arguments.

    https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact
    """
    plan = stage.plan
    if plan.entrypoint:
        return [*plan.entrypoint, *plan.arguments]
    try:
        return [*own_program(stage, verb), *plan.arguments]
    except ContractError:
        if plan.arguments:
            return list(plan.arguments)
        raise


def resolved(name: str, venv: Path | None) -> str:
    """The absolute path of a command, looked up as the job's PATH would; unchanged where nothing is found."""
    if "/" in name:
        return name
    folders = [*([str(venv / "bin")] if venv else []), *SYSTEM_PATH]
    for folder in folders:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    return f"/usr/bin/{name}"


def resource_config(plan: Plan, host: HostFolder) -> JsonDict:
    """/opt/ml/input/config/resourceconfig.json of a training job's host."""
    hosts = plan.hosts
    group = {"instance_group_name": GROUP_NAME, "instance_type": plan.instance_type, "hosts": hosts}
    groups, current = [group], GROUP_NAME
    named = plan.document.get("ResourceConfig", {}).get("InstanceGroups") or []
    if named:
        groups, rest = [], list(hosts)
        for each in named:
            mine, rest = rest[: each["InstanceCount"]], rest[each["InstanceCount"] :]
            groups.append(
                {
                    "instance_group_name": each["InstanceGroupName"],
                    "instance_type": each["InstanceType"],
                    "hosts": mine,
                }
            )
            if host.name in mine:
                current = each["InstanceGroupName"]
    return {
        "current_host": host.name,
        "current_instance_type": plan.instance_type,
        "current_group_name": current,
        "hosts": hosts,
        "instance_groups": groups,
        "network_interface_name": NETWORK_INTERFACE,
    }


def write_json(path: Path, content: object) -> None:
    """Write a file of the contract."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_metadata(host: HostFolder, plan: Plan) -> None:
    """/opt/ml/metadata/resource-metadata.json, where the SDK's get_execution_role() looks first."""
    write_json(
        host.ml / "metadata" / "resource-metadata.json",
        {"AppType": plan.kind, "ResourceArn": plan.arn, "ResourceName": plan.name, "ExecutionRoleArn": plan.role_arn},
    )


def check_disk(home: Path, bytes_min: int) -> None:
    """Raise ContractError when the disk has no room for a job at all."""
    free = shutil.disk_usage(home).free
    if free < bytes_min:
        raise ContractError(
            f"ClientError: the disk is full (No space left on device): {free // 2**20} MiB are free where ormer keeps "
            "its data, a job needs more. Free some space, or move ORMER_HOME to a larger disk."
        )


def _packages() -> Indexes:
    """Where pip and uv find packages, as on this machine."""
    return indexes(os.environ, Path.home())


def server_variables(here: Surroundings) -> dict[str, str]:
    """What leads AWS's clients to this server, and lets them wait when it is away for a minute.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    return {
        "AWS_ENDPOINT_URL": here.endpoint,
        "S3_ENDPOINT_URL": here.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_RETRY_MODE": "standard",
        "AWS_MAX_ATTEMPTS": str(ATTEMPTS),
        **proxy_variables(here),
    }


def proxy_variables(here: Surroundings) -> dict[str, str]:
    """What makes hosts that the SDK hard-codes (https://sts.<region>.amazonaws.com) lead to this server."""
    found: dict[str, str] = {}
    if here.proxy and here.trusted is not None:
        found = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), here.proxy)
        found |= {"NO_PROXY": NO_PROXY, "no_proxy": NO_PROXY}
    if here.trusted is not None:
        found |= dict.fromkeys(("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), CA_BUNDLE)
    return found
