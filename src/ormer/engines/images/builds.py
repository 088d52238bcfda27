"""Building one environment with uv: hard links from its cache, hashes checked, bytecode compiled."""

import contextlib
import os
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from uv import find_uv_bin

from ormer.engines.images.pip_settings import uv_environment

LAST_LINES = 20
NOT_IMPORTED = "/tests/"
# Above requirements that a runtime can do without.
OPTIONAL = "# where they can be had:\n"
# The first line of a lock that another index was needed for.
FURTHER_INDEX = "--extra-index-url "
# By itself uv looks no further than the first index that has a package in any version.
BEST_OF_ALL = {"UV_INDEX_STRATEGY": "unsafe-best-match"}

Progress = Callable[[str], None]


class BuildFailed(Exception):
    """uv, or npm, could not build a runtime. The text holds its last lines."""


def build(
    folder: Path, python: str, lock_file: Path, patches: Mapping[str, str], cache: Path | None, progress: Progress
) -> None:
    """Make a virtual environment at `folder` (absent or empty) from a lock with hashes, and add the patches.

    Raises BuildFailed.

    `python` is an interpreter's path, or a version that uv may download. Bytecode is compiled here because jobs see the
    runtime read-only: without it each of them would compile every import again."""
    environment = _environment(cache)
    interpreter = folder / "bin" / "python"
    # Relocatable, so that `pip` and its like run wherever the home is moved to.
    venv = [find_uv_bin(), "venv", "--relocatable", "--no-project", "--python", python, str(folder)]
    run(venv, environment, progress)
    install = [find_uv_bin(), "pip", "install", "--python", str(interpreter), "--link-mode", "hardlink"]
    if lock_file.read_text().startswith(FURTHER_INDEX):
        environment |= BEST_OF_ALL
    run([*install, "--require-hashes", "-r", str(lock_file)], environment, progress)
    for site_packages in folder.glob("lib/python*/site-packages"):
        for name, source in patches.items():
            (site_packages / f"{name}.py").write_text(source)
            (site_packages / f"{name}.pth").write_text(f"import {name}\n")
    compile_all = ["-m", "compileall", "-q", "-j", "0", "-x", NOT_IMPORTED, str(folder / "lib")]
    with contextlib.suppress(BuildFailed):  # a file that does not compile fails when it is imported, with its own error
        run([str(interpreter), *compile_all], environment, progress)


def lock(requirements: str, target: Path, python: str, progress: Progress, index: str = "") -> None:
    """Resolve requirements to exact versions with hashes, written to `target`. Raises BuildFailed.

    What stands below OPTIONAL may be left out. index: asked where the indexes of this machine do not have what may not
    be; the lock then names it."""
    options = ["--universal", "--python-version", python, "--generate-hashes", "--no-annotate", "--no-header", "-q"]
    wanted = target.with_name(f"{target.name}.in")
    command = [find_uv_bin(), "pip", "compile", str(wanted), *options, "-o", str(target)]
    environment = uv_environment(os.environ, Path.home())
    needed, _, more = requirements.partition(OPTIONAL)
    ways = [(requirements, "")] + ([(needed, "")] if more else []) + ([(requirements, index)] if index else [])
    for number, (text, further) in enumerate(ways, 1):
        wanted.write_text(text)
        try:
            if further:
                progress(f"this machine's package indexes have not everything; asking {further}")
                run([*command, "--index", further], environment | BEST_OF_ALL, progress)
                target.write_text(f"{FURTHER_INDEX}{further}\n{target.read_text()}")
            else:
                run(command, environment, progress)
            return
        except BuildFailed:
            if number == len(ways):
                raise


def _environment(cache: Path | None) -> dict[str, str]:
    environment = uv_environment(os.environ, Path.home())
    if cache is not None:
        environment["UV_CACHE_DIR"] = str(cache)
    return environment


def cache_folder(home: Path) -> Path | None:
    """None for uv's own cache when hard links from it reach `home`, else a cache inside `home`."""
    usual = Path(os.environ.get("UV_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return None if _device(usual) == _device(home) else home / "cache" / "uv"


def run(command: list[str], environment: Mapping[str, str], progress: Progress, folder: Path | None = None) -> None:
    """Run an installer; progress gets its lines. Raises BuildFailed with the last of them."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last.append(line.rstrip())
            progress(line.rstrip())
    if process.returncode:
        said = "\n".join(last)
        raise BuildFailed(f"`{Path(command[0]).name} {' '.join(command[1:3])}` failed:\n{said}")


def _device(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
