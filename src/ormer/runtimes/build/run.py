"""`run.py build run`: one build from its sources to its artifacts. /codebuild/plan.json says what to do."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Dict, List

from . import aws_cli, pip_words
from .artifacts import NothingFound, gather_all
from .phases import run_all
from .progress import Progress, say
from .shells import Shell

ROOT = Path("/codebuild")
VENV = ROOT / "venv"
BIN, TOOLS = ROOT / "bin", ROOT / "tools"
PROVIDED = ("pip", "boto3", "setuptools<81", "wheel")
LINK_CHARACTERS_MAX = 4096


def main(root: Path = ROOT) -> int:
    """0 when the build succeeded. Everything the server needs to know is in /codebuild/progress.json."""
    plan = json.loads((root / "plan.json").read_text())
    progress = Progress(root / "progress.json")
    for line in plan["notes"]:
        say(line)
    progress.enter("DOWNLOAD_SOURCE")
    try:
        for source in plan["sources"]:
            unpack(Path(source["archive"]), Path(source["folder"]))
        prepare(plan, os.environ)
    except (OSError, ValueError, zipfile.BadZipFile, subprocess.CalledProcessError) as error:
        progress.succeeding = False
        progress.leave("CLIENT_ERROR", explained(error))
        return 1
    progress.leave()
    return build(plan, progress, root)


def build(plan: Dict[str, Any], progress: Progress, root: Path) -> int:
    """The phases of the buildspec and the artifacts; returns the exit status of the build."""
    spec, source = plan["buildspec"], Path(plan["source"])
    environment = {**uv_python(plan), **os.environ, **plan["variables"], "PATH": path_of(os.environ["PATH"])}
    shell = Shell(spec["shell"], environment, source, root / "tmp" / "shell", fresh=spec["version"] == "0.1")
    goes_on = run_all(spec, shell, progress)
    if goes_on:
        progress.enter("UPLOAD_ARTIFACTS")
        try:
            progress.artifacts = gather_all(shell, spec["artifacts"], source, root / "artifacts")
        except (NothingFound, OSError) as error:
            progress.succeeding = False
            progress.leave("CLIENT_ERROR", str(error))
        else:
            progress.leave()
    found = shell.variables()
    progress.exported = [{"name": name, "value": found[name]} for name in spec["exported"] if name in found]
    progress.packages = sorted({*installed(VENV), *installed(TOOLS)})
    progress.write()
    shell.close()
    return 0 if progress.succeeding else 1


def prepare(plan: Dict[str, Any], environ: Any) -> None:
    """The build's own Python environment with what CodeBuild's images have; pip's place is taken by a quicker one.

    https://github.com/aws/aws-codebuild-docker-images
    """
    python = plan["python"]
    if not python:
        return
    words = [plan["uv"], "venv", "--quiet", "--no-project", "--python", python, str(VENV)]
    subprocess.run(words, check=True, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    install = [plan["uv"], "pip", "install", "--quiet", "--python", str(VENV / "bin" / "python"), *PROVIDED]
    done = subprocess.run(install, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:  # a machine without an index still builds what needs no packages
        said = done.stdout.decode("utf-8", "replace").strip()[-500:]
        say("{} are not there: no package index could be reached: {}".format(" and ".join(PROVIDED), said))
    pip_words.note_provided(VENV)
    pip_words.lay(VENV)
    aws_cli.lay(BIN, TOOLS, sys.executable, plan["uv"])


def installed(venv: Path) -> List[str]:
    """`name==version` of every package that came from an index."""
    found = []
    for folder in venv.glob("lib/python*/site-packages/*.dist-info"):
        name, _, version = folder.name[: -len(".dist-info")].rpartition("-")
        if name and not (folder / "direct_url.json").exists():
            found.append("{}=={}".format(name, version))
    return sorted(found)


def uv_python(plan: Dict[str, Any]) -> Dict[str, str]:
    """Which Python `uv pip install --system` is about: at CodeBuild the one of the build, which here is an environment.

    https://docs.astral.sh/uv/reference/environment/#uv_python
    """
    return {"UV_PYTHON": str(VENV / "bin" / "python")} if plan["python"] else {}


def path_of(path: str) -> str:
    """PATH with the build's own environment in front, and what is there for want of better behind."""
    return "{}:{}:{}".format(VENV / "bin", path, BIN)


def unpack(archive: Path, folder: Path) -> None:
    """A source's zip into its folder, with modes and links. ValueError for a name that leads out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    with zipfile.ZipFile(str(archive)) as opened:
        for info in opened.infolist():
            target = Path(os.path.normpath(str(folder / info.filename)))
            if folder not in target.parents and target != folder:
                raise ValueError("{} in the source leads out of its folder".format(info.filename))
            mode = info.external_attr >> 16
            if info.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            elif stat.S_ISLNK(mode):
                links.append((target, opened.read(info)[:LINK_CHARACTERS_MAX].decode("utf-8", "replace")))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(info) as content, target.open("wb") as file:
                    shutil.copyfileobj(content, file)
                if mode & 0o111:
                    target.chmod(0o755)
    for target, words in links:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(words, str(target))


def explained(error: Exception) -> str:
    """What went wrong before the first phase, in words."""
    if isinstance(error, subprocess.CalledProcessError):
        said = (error.stdout or b"").decode("utf-8", "replace").strip()
        return "the build's Python environment could not be made: {}".format(said[-1000:])
    if isinstance(error, zipfile.BadZipFile):
        return "the source is no zip: {}".format(error)
    return str(error)
