"""Where jobs get packages from: what pip and uv are told on this machine, handed into a job's sandbox.

https://pip.pypa.io/en/stable/topics/configuration/

A job sees neither the person's environment nor their files, so settings of a configuration file become variables, and
the folders and certificates that they name are shown to the job, read-only, where they are. A folder that holds the
person's home is not shown.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ormer.engines.jobs.sandbox import Mount

# pip's variable -> uv's.
SETTINGS = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "PIP_NO_INDEX": "UV_NO_INDEX",
}
# pip's variable of a certificate bundle.
CERTIFICATE = "PIP_CERT"
# Settings that may name places of this machine.
LOCAL = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", CERTIFICATE)
SECTIONS = ("global", "install")


@dataclass(frozen=True)
class Indexes:
    """Variables for a job, and what it must see for them to hold."""

    variables: Mapping[str, str]
    mounts: tuple[Mount, ...]


def indexes(environ: Mapping[str, str], user_home: Path, system: Path = Path("/etc")) -> Indexes:
    """The settings of this machine: variables before the user's file before the system's, as pip reads them."""
    wanted = {*SETTINGS, CERTIFICATE}
    found = {**_configured(environ, user_home, system), **{name: environ[name] for name in environ if name in wanted}}
    said = {name: value for name, value in found.items() if name in wanted and value}
    translated = {SETTINGS[name]: _for_uv(name, value) for name, value in said.items() if name in SETTINGS}
    own = {name: environ[name] for name in SETTINGS.values() if environ.get(name)}
    named = " ".join(said.get(name, "") for name in LOCAL).split()
    mounts = [Mount(path, str(path)) for path in dict.fromkeys(map(_local, named)) if path and _fit(path, user_home)]
    return Indexes({**translated, **own, **said}, tuple(mounts))


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


def _configured(environ: Mapping[str, str], user_home: Path, system: Path) -> dict[str, str]:
    """{variable: value} of pip's configuration files, later ones first to be asked last."""
    found: dict[str, str] = {}
    for path in _files(environ, user_home, system):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue  # pip itself tells people about a file it cannot read
        for section in SECTIONS:
            if parser.has_section(section):
                for key, value in parser.items(section):
                    found["PIP_" + key.upper().replace("-", "_")] = " ".join(value.split())
    return found


def _files(environ: Mapping[str, str], user_home: Path, system: Path) -> Iterator[Path]:
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == "/dev/null":
        return
    yield system / "xdg" / "pip" / "pip.conf"
    yield system / "pip.conf"
    yield user_home / ".pip" / "pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or user_home / ".config") / "pip" / "pip.conf"
    if chosen:
        yield Path(chosen)


def _for_uv(name: str, value: str) -> str:
    """A value in uv's form: its list of links is divided by commas."""
    return value.replace(" ", ",") if name == "PIP_FIND_LINKS" else value
