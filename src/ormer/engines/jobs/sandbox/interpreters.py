"""Which folders a Python needs to run: its environment, and the interpreter's own prefix wherever that hides.

Interpreters live under hidden homes (pyenv, uv, conda), reached through chains of links. Exactly those prefixes are
shown, never the home around them.
"""

import os
from functools import lru_cache
from pathlib import Path

from ormer.engines.jobs.sandbox.contract import Mount, SandboxUnavailable

SYSTEM_FOLDERS = ("/usr", "/bin", "/lib", "/lib64")
MIN_PREFIX_PARTS = 3  # "/", one folder, and one below: nothing as wide as /opt or /home


def runtime_mounts(runtime: Path) -> list[Mount]:
    """Read-only mounts for the environment or prefix `runtime` and for every prefix its `python` links lead to.

    Raises SandboxUnavailable for a prefix that would show a whole home or disk."""
    python = runtime / "bin" / "python"
    return list(_mounts(runtime, python.lstat().st_mtime_ns if python.is_symlink() else 0))


@lru_cache(64)
def _mounts(runtime: Path, made: int) -> tuple[Mount, ...]:
    """made: when its link was; a runtime that is made again is looked at again."""
    mounts = {str(runtime): Mount(runtime.resolve(), str(runtime))}
    for prefix in _prefixes(runtime / "bin" / "python"):
        for seen_as in {str(prefix), str(prefix.resolve())}:
            if not _covered(seen_as):
                mounts.setdefault(seen_as, Mount(prefix.resolve(), seen_as))
    for mount in mounts.values():
        _refuse_wide(mount.source)
    return tuple(mounts.values())


def program_mounts(program: str) -> list[Mount]:
    """The mounts for an interpreter named by its absolute path, for programs without a runtime of their own."""
    path = Path(program)
    if _covered(program) or not path.name.startswith("python") or path.parent.name != "bin":
        return []
    return runtime_mounts(path.parent.parent)


def _prefixes(python: Path) -> list[Path]:
    """The prefix of every interpreter on the chain of links from `python` to the real file."""
    found = []
    while python.is_symlink():
        python = Path(os.path.normpath(python.parent / os.readlink(python)))
        found.append(python.parent.parent)
    return found


def _covered(path: str) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in SYSTEM_FOLDERS)


def _refuse_wide(prefix: Path) -> None:
    home = Path.home().resolve()
    if len(prefix.parts) < MIN_PREFIX_PARTS or prefix == home or prefix in home.parents:
        raise SandboxUnavailable(
            f"the Python in {prefix} cannot be shown to a job without showing everything else there; "
            "use a Python with a folder of its own (python3 of the system, pyenv, uv)"
        )
