"""The packages that builds share: read by all, changed by none of them.

A build sees the cache under a throw-away layer, so nothing it does to it outlives the build (docs/decisions/0014). What
a build that succeeded had installed is fetched once more, by name and version, by a program of ours that runs no code
of any package; that one writes into the cache, and compiles what it brought.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from uv import find_uv_bin

from ormer.engines.builds.folders import FOLDER, packages_folder
from ormer.engines.builds.plans import BYTECODE, PACKAGES, UV, interpreter, own_python
from ormer.engines.jobs.contracts import Surroundings, proxy_variables
from ormer.engines.jobs.folders import CA_BUNDLE, RUNTIMES, remove
from ormer.engines.jobs.indexes import indexes
from ormer.engines.jobs.sandbox import Mount, Program
from ormer.engines.jobs.sandbox.interpreters import program_mounts
from ormer.engines.jobs.supervision import Job, Limits, Spawner, attach

KEEPING = "keeping"
WANTED = "wanted.json"
# https://packaging.python.org/en/latest/specifications/name-normalization/ and version-specifiers
PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}==[0-9][A-Za-z0-9.!+_-]{0,60}")
PINS_MAX = 400
SECONDS_MAX = 900.0
BYTES_MAX = 10 << 30


def keep(home: Path, spawner: Spawner, surroundings: Surroundings, version: str, told: object) -> None:
    """Begin to bring packages into the shared cache, unless all are there or others are being brought.

    version: the Python that was asked for. told: `name==version` texts a build says it had installed.
    """
    pins = [each for each in (told if isinstance(told, list) else []) if isinstance(each, str)]
    python = interpreter(version)[0]
    folder = home / FOLDER / KEEPING
    under_way = attach(folder)
    if under_way is not None:
        result = under_way.result()
        under_way.close()
        if result is None:
            return
        if result.succeeded:
            _remember(home, _known(home) | _pins(folder / WANTED))
    known = _known(home)
    wanted = [pin for pin in pins if PINNED.fullmatch(pin) and f"{python} {pin}" not in known][:PINS_MAX]
    if not wanted:
        return
    remove(folder)
    folder.mkdir(parents=True, mode=0o700)
    (folder / WANTED).write_text(json.dumps([f"{python} {pin}" for pin in wanted]))
    spawner.start(_job(home, surroundings, python, wanted), folder).close()


def end(home: Path) -> None:
    """End what is bringing packages; the next build that succeeds begins it again."""
    under_way = attach(home / FOLDER / KEEPING)
    if under_way is not None:
        under_way.kill()
        under_way.close()


def bound(home: Path) -> None:
    """Begin anew when the shared cache has become too large. Only while no build runs and nothing is being brought."""
    under_way = attach(home / FOLDER / KEEPING)
    if under_way is not None:
        alive = under_way.alive()
        under_way.close()
        if alive:
            return
    cache = packages_folder(home)
    sizes = (os.lstat(os.path.join(root, name)).st_size for root, _, names in os.walk(cache) for name in names)
    if sum(sizes) > BYTES_MAX:
        remove(cache)
        _list(home).unlink(missing_ok=True)


def _job(home: Path, surroundings: Surroundings, python: str, wanted: list[str]) -> Job:
    own = own_python()
    here = indexes(os.environ, Path.home())
    found = {mount.target: mount for mount in (*program_mounts(python), *here.mounts)}
    for mount in program_mounts(own):
        found.pop(mount.target, None)
    mounts = [
        Mount(packages_folder(home), PACKAGES, read_only=False),
        Mount(surroundings.programs, RUNTIMES),
        Mount(Path(find_uv_bin()).resolve(), UV),
        *found.values(),
    ]
    if surroundings.trusted is not None:
        mounts.append(Mount(surroundings.trusted, CA_BUNDLE))
    variables = {**proxy_variables(surroundings), **here.variables, "UV_CACHE_DIR": PACKAGES}
    variables |= {"UV_LINK_MODE": "symlink", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    variables["PYTHONPYCACHEPREFIX"] = BYTECODE
    argv = (own, f"{RUNTIMES}/run.py", "build", "keep_packages", python, *wanted)
    main = Program(KEEPING, argv, variables, mounts=tuple(mounts), hostname="codebuild")
    return Job(KEEPING, main, limits=Limits(max_runtime_seconds=SECONDS_MAX, stop_grace_seconds=1.0))


def _known(home: Path) -> set[str]:
    """What was brought before, as `python name==version`."""
    return _pins(_list(home))


def _pins(file: Path) -> set[str]:
    try:
        return set(json.loads(file.read_text()))
    except (OSError, ValueError):
        return set()


def _remember(home: Path, known: set[str]) -> None:
    draft = _list(home).with_suffix(".draft")
    draft.write_text(json.dumps(sorted(known)))
    draft.rename(_list(home))


def _list(home: Path) -> Path:
    return home / FOLDER / "packages.json"
