"""Where jobs get packages from: what pip and uv are told on this machine, handed into a job's sandbox.

A job sees neither the person's environment nor their files, so settings of a configuration file become variables, and
the folders and certificates that they name are shown to the job, read-only, where they are. A folder that holds the
person's home is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ormer.engines.images import pip_settings
from ormer.engines.jobs.sandbox import Mount

# Settings that may name places of this machine.
LOCAL = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", pip_settings.CERTIFICATE)


@dataclass(frozen=True)
class Indexes:
    """Variables for a job, and what it must see for them to hold."""

    variables: Mapping[str, str]
    mounts: tuple[Mount, ...]


def indexes(environ: Mapping[str, str], user_home: Path, system: Path = Path("/etc")) -> Indexes:
    """The settings of this machine, for pip and for uv."""
    said = pip_settings.said(environ, user_home, system)
    # The job's own trust comes with the contract's variables: SSL_CERT_FILE is not for the package index alone.
    uv = {name: value for name, value in pip_settings.for_uv(said).items() if name != pip_settings.UV_CERTIFICATE}
    own = {name: environ[name] for name in pip_settings.SETTINGS.values() if environ.get(name)}
    named = " ".join(said.get(name, "") for name in LOCAL).split()
    mounts = [Mount(path, str(path)) for path in dict.fromkeys(map(_local, named)) if path and _fit(path, user_home)]
    return Indexes({**uv, **own, **said}, tuple(mounts))


def _local(text: str) -> Path | None:
    """What to show of this machine for a setting; None for an address elsewhere.

    The pages of an index in a folder named `simple` point to files beside that folder.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("", "file"):
        return None
    path = Path(unquote(parts.path) if parts.scheme else text)
    if parts.scheme and path.name == "simple":
        path = path.parent
    return path if path.is_absolute() and path.exists() else None


def _fit(path: Path, user_home: Path) -> bool:
    """Whether a job may see the folder: not one that holds the person's home."""
    return not user_home.resolve().is_relative_to(path.resolve())
