"""Finding an interpreter of a wanted version on this machine, wherever people keep them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ASK_SECONDS = 30


def find(version: str, uv: Path) -> Path | None:
    """An installed Python `version` such as 3.11: ormer's own, pyenv's, PATH's, uv's. None: there is none."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(getattr(sys, "_base_executable", None) or sys.executable)
    for candidate in _candidates(version, uv):
        if candidate.exists() and _says(candidate) == version:
            return candidate
    return None


def _candidates(version: str, uv: Path) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for home in sorted((root / "versions").glob(f"{version}.*"), reverse=True):
        yield home / "bin" / "python3"
    yield Path("/usr/bin") / f"python{version}"
    command = [str(uv), "python", "find", "--no-project", "--no-python-downloads", version]
    found = subprocess.run(command, capture_output=True, text=True, timeout=ASK_SECONDS)
    if found.returncode == 0:
        yield Path(found.stdout.strip())


def _says(python: Path) -> str | None:
    """The version an interpreter claims, or None when it does not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run(
            [str(python), "-I", "-c", code], capture_output=True, text=True, timeout=ASK_SECONDS
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return None
