"""What a build is given: variables, mounts, limits and the plan for its program, from its document and buildspec."""

from __future__ import annotations

import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uv import find_uv_bin

from ormer.aws.addresses import GIT_HOSTS
from ormer.engines.builds.buildspecs import Buildspec
from ormer.engines.builds.folders import BuildFolder, packages_folder
from ormer.engines.builds.sources import Fetched, Source
from ormer.engines.images import pythons
from ormer.engines.jobs import credentials
from ormer.engines.jobs.contracts import Surroundings, server_variables, write_json
from ormer.engines.jobs.folders import CA_BUNDLE, RUNTIMES
from ormer.engines.jobs.indexes import indexes
from ormer.engines.jobs.instances import GIB
from ormer.engines.jobs.sandbox import Mount, Program
from ormer.engines.jobs.sandbox.interpreters import program_mounts
from ormer.engines.jobs.supervision import Job, Limits
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
ROOT = "/codebuild"
UV, PACKAGES = "/opt/ormer/uv", "/opt/ormer/packages"
BYTECODE = f"{PACKAGES}/bytecode"
NAME = "build"
DEFAULT_PYTHON = "3.11"
STOP_SECONDS = 15.0
# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
MEMORY_GIB = {
    "BUILD_GENERAL1_SMALL": 4,
    "BUILD_GENERAL1_MEDIUM": 8,
    "BUILD_GENERAL1_LARGE": 16,
    "BUILD_GENERAL1_XLARGE": 72,
    "BUILD_GENERAL1_2XLARGE": 145,
}
MACHINE_SHARE = 0.9
WORD = re.compile(r"\W")


@dataclass(frozen=True)
class Build:
    """A build about to run."""

    row: Row
    folder: BuildFolder
    spec: Buildspec
    sources: list[tuple[Source, Fetched]]
    secrets: JsonDict
    stores: Stores
    surroundings: Surroundings


def job(build: Build, fence: int, starts: Path, throw_away: bool) -> Job:
    """The supervised attempt; writes what the program reads. throw_away: whether the sandbox can give it packages."""
    python, notes = interpreter(build.spec.python)
    _write_plan(build, python, notes)
    limits = Limits(
        memory_bytes=_memory_bytes(build),
        max_runtime_seconds=build.row.document["timeoutInMinutes"] * 60.0,
        stop_grace_seconds=STOP_SECONDS,
    )
    own = own_python()
    mounts = [
        Mount(build.folder.work, ROOT, read_only=False),
        Mount(build.folder.metadata, "/opt/ml/metadata"),
        Mount(build.surroundings.programs, RUNTIMES),
        Mount(Path(find_uv_bin()).resolve(), UV),
        *program_mounts(python),
        *indexes(os.environ, Path.home()).mounts,
    ]
    if throw_away:
        mounts.append(Mount(packages_folder(build.stores.home), PACKAGES, throw_away=True))
    if build.surroundings.trusted is not None:
        mounts.append(Mount(build.surroundings.trusted, CA_BUNDLE))
    own_mounts = {mount.target for mount in program_mounts(own)}
    main = Program(
        name=NAME,
        argv=(own, f"{RUNTIMES}/run.py", "build", "run"),
        env=variables(build, own, throw_away),
        cwd=ROOT,
        home=credentials.files(own),
        mounts=tuple(mount for mount in mounts if mount.target not in own_mounts),
        hostname="codebuild",
    )
    return Job(build.row.name, main, limits=limits, fence=fence, log=build.folder.log, starts=starts)


def variables(build: Build, own: str, throw_away: bool) -> dict[str, str]:
    """What the program's environment holds; the project's and the buildspec's variables come with the plan."""
    row, here = build.row, build.surroundings
    document = row.document
    found = {
        "AWS_REGION": row.region,
        "AWS_DEFAULT_REGION": row.region,
        **server_variables(here),
        # No configuration file is named to the SageMaker SDK: it would check it anew at each of its look-ups, ten
        # seconds in a pipeline's definition. What it tells of itself ends here, as all of amazonaws.com does.
        "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
        "PYTHONUNBUFFERED": "1",
        **indexes(os.environ, Path.home()).variables,
        **credentials.variables(build.stores.vault, here.endpoint, row.facts["id"], row.arn),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_CACHE_DIR": PACKAGES if throw_away else f"{ROOT}/packages",
        "UV_LINK_MODE": "symlink" if throw_away else "hardlink",
        **({"PYTHONPYCACHEPREFIX": BYTECODE} if throw_away else {}),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "CI": "true",
        **_git(build, own),
    }
    found |= {
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ID": document["id"],
        "CODEBUILD_BUILD_ARN": row.arn,
        "CODEBUILD_BUILD_NUMBER": str(document["buildNumber"]),
        "CODEBUILD_BUILD_IMAGE": document["environment"]["image"],
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": document["initiator"],
        "CODEBUILD_KMS_KEY_ID": document.get("encryptionKey", ""),
        "CODEBUILD_LOG_PATH": document["logs"]["streamName"],
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.sources[0][1].resolved,
        "CODEBUILD_SOURCE_REPO_URL": document["source"].get("location", ""),
        "CODEBUILD_SOURCE_VERSION": document.get("sourceVersion", ""),
        "CODEBUILD_START_TIME": str(int(document["startTime"] * 1000)),
        "CODEBUILD_SRC_DIR": inside(build, build.sources[0][1].folder),
    }
    for source, fetched in build.sources[1:]:
        found[f"CODEBUILD_SRC_DIR_{WORD.sub('_', source.identifier)}"] = inside(build, fetched.folder)
    return found


def inside(build: Build, path: Path) -> str:
    """A path of the build's folder as the build sees it."""
    return f"{ROOT}/{path.relative_to(build.folder.work)}"


def interpreter(wanted: str) -> tuple[str, list[str]]:
    """The Python of a build as a path, and what to say of it. wanted: as `runtime-versions` has it, "" for any."""
    uv = Path(find_uv_bin())
    version = ".".join(wanted.split(".")[:2]) if wanted and wanted[-1].isdigit() else ""
    found = pythons.find(version or DEFAULT_PYTHON, uv)
    if found is not None:
        return str(found), [f"Python {version} is used"] if version else []
    nearest = _nearest(version or DEFAULT_PYTHON, uv)
    said = f"Python {version or DEFAULT_PYTHON} is not on this machine; {nearest[0]} is used. Install it to have it."
    return nearest[1], [said]


def _nearest(wanted: str, uv: Path) -> tuple[str, str]:
    """The version closest to the one wanted, the later of two that are equally close; our own is always there."""
    minor = int(wanted.split(".")[1]) if wanted.split(".")[1:] and wanted.split(".")[1].isdigit() else 11
    for distance in range(1, 8):
        for candidate in (minor + distance, minor - distance):
            found = pythons.find(f"3.{candidate}", uv) if 8 <= candidate <= 14 else None
            if found is not None:
                return f"3.{candidate}", str(found)
    return f"3.{sys.version_info.minor}", own_python()


def own_python() -> str:
    """The interpreter below the server's environment: it always is there, and no package can break it."""
    return str(Path(getattr(sys, "_base_executable", None) or sys.executable))


def _memory_bytes(build: Build) -> int:
    wanted = MEMORY_GIB.get(build.row.document["environment"]["computeType"], 4) * GIB
    return min(wanted, int(build.surroundings.machine.memory_bytes * MACHINE_SHARE))


def _git(build: Build, own: str) -> dict[str, str]:
    """What makes git find repositories here under the addresses of CodeCommit and of code connections, with passwords
    signed by the role's keys.
    """
    here, region = build.surroundings.endpoint, build.row.region
    helper = f"!{shlex.quote(own)} {RUNTIMES}/run.py build git_credential"
    pairs = [
        (f"credential.{here}.helper", helper),
        (f"credential.{here}.useHttpPath", "true"),
        *((f"url.{here}/.insteadOf", f"https://{host}.{region}.amazonaws.com/") for host in GIT_HOSTS),
        ("safe.directory", "*"),
    ]
    found = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for at, (name, value) in enumerate(pairs):
        found |= {f"GIT_CONFIG_KEY_{at}": name, f"GIT_CONFIG_VALUE_{at}": value}
    return found


def _write_plan(build: Build, python: str, notes: list[str]) -> None:
    folder, document = build.folder, build.row.document
    environment = {each["name"]: each["value"] for each in document["environment"].get("environmentVariables", [])}
    wanted = {each.get("artifactIdentifier", "") for each in build.row.facts["artifacts"][1:] if _kept(each)}
    if _kept(build.row.facts["artifacts"][0]):
        wanted.add("")
    artifacts = [each for each in build.spec.program["artifacts"] if each["identifier"] in wanted]
    archives = [
        {"archive": inside(build, fetched.archive), "folder": inside(build, fetched.folder)}
        for _, fetched in build.sources
        if fetched.archive is not None
    ]
    primary = inside(build, build.sources[0][1].folder)
    plan = {
        "buildspec": {**build.spec.program, "artifacts": artifacts},
        "notes": [*notes, *build.spec.notes],
        "sources": archives,
        "source": primary,
        "variables": {**build.spec.variables, **environment, **build.secrets},
        "python": python,
        "uv": UV,
    }
    write_json(folder.work / "plan.json", plan)
    (folder.path / "python").write_text(build.spec.python)
    role = document["serviceRole"]
    write_json(
        folder.metadata / "resource-metadata.json",
        {
            "AppType": "CodeBuild",
            "ResourceArn": build.row.arn,
            "ResourceName": build.row.name,
            "ExecutionRoleArn": role,
        },
    )


def _kept(artifact: JsonDict) -> bool:
    return bool(artifact["type"] == "S3")
