"""What pip is told on this machine, and the same in uv's words: one index, one mirror, one certificate for both.

https://pip.pypa.io/en/stable/topics/configuration/ and https://docs.astral.sh/uv/reference/environment/

Standard library only: the program that makes the first environment loads this file before anything is installed.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

# pip's variable -> uv's.
SETTINGS = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "PIP_NO_INDEX": "UV_NO_INDEX",
}
# pip's variable of a certificate bundle, and the one uv reads.
CERTIFICATE, UV_CERTIFICATE = "PIP_CERT", "SSL_CERT_FILE"
SECTIONS = ("global", "install")


def said(environ: Mapping[str, str], user_home: Path, system: Path = Path("/etc")) -> dict[str, str]:
    """{PIP_…: value} of SETTINGS and the certificate, as pip reads them: variables, the user's file, the system's."""
    found = {**_configured(environ, user_home, system), **environ}
    return {name: found[name] for name in (*SETTINGS, CERTIFICATE) if found.get(name)}


def for_uv(pip: Mapping[str, str]) -> dict[str, str]:
    """The same settings in uv's words; uv's list of links is divided by commas."""
    found = {SETTINGS[name]: value for name, value in pip.items() if name in SETTINGS}
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = found["UV_FIND_LINKS"].replace(" ", ",")
    if "UV_INDEX" in found:
        # pip takes the best version of all its indexes, uv by itself the first index that has the package at all.
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if CERTIFICATE in pip:
        found[UV_CERTIFICATE] = pip[CERTIFICATE]
    return found


def uv_environment(environ: Mapping[str, str], user_home: Path, system: Path = Path("/etc")) -> dict[str, str]:
    """The caller's environment with pip's settings for uv; uv's own win, and no other project is in the way."""
    kept = {name: value for name, value in environ.items() if name not in ("VIRTUAL_ENV", "UV_SYSTEM_PYTHON")}
    bundle = environ.get("REQUESTS_CA_BUNDLE")
    requests = {UV_CERTIFICATE: bundle} if bundle else {}
    return {**requests, **for_uv(said(environ, user_home, system)), **kept}


def _configured(environ: Mapping[str, str], user_home: Path, system: Path) -> dict[str, str]:
    """{variable: value} of pip's configuration files; a later file wins."""
    written = ((path, _written(path)) for path in _files(environ, user_home, system))
    return dict(_parsed(tuple((path, when) for path, when in written if when is not None)))


def _written(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


@lru_cache(8)
def _parsed(files: tuple[tuple[Path, int], ...]) -> dict[str, str]:
    """The settings of files as they were written when they were; kept, for they are asked for at every job's start."""
    found: dict[str, str] = {}
    for path, _ in files:
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
