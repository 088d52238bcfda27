"""Configuration: where ormer lives and how it listens. Environment variables override `config.toml` in ORMER_HOME."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
DEFAULT_PORT = 4590
DEFAULT_TLS_PORT = 4591


@dataclass(frozen=True)
class Config:
    """home: the folder that holds all state. database: a SQLAlchemy URL, or "" for SQLite in `home`.
    host, port, tls_port: where to listen; 0 picks a free port. account, region: the defaults handed out.
    sandbox: "auto", or one back end by name. webhook_hosts: private hosts that events and notifications may be sent
    to, `host` or `host:port`, separated by commas. studio_hosts: further names that browsers may open Studio by.
    """

    home: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls_port: int = DEFAULT_TLS_PORT
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    database: str = ""
    sandbox: str = "auto"
    log_level: str = "info"
    webhook_hosts: str = ""
    studio_hosts: str = ""

    @property
    def database_url(self) -> str | Path:
        return self.database or self.home / "ormer.db"

    @property
    def allowed_webhook_hosts(self) -> frozenset[str]:
        return _split(self.webhook_hosts)

    @property
    def allowed_studio_hosts(self) -> frozenset[str]:
        return _split(self.studio_hosts)

    @property
    def endpoint(self) -> str:
        """What clients set AWS_ENDPOINT_URL to."""
        return f"http://{self.host}:{self.port}"


def _split(names: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in names.split(",") if name.strip())


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Config:
    """Defaults, then `config.toml`, then ORMER_* variables, then overrides that are not None.

    Raises ValueError that names the setting when one is unknown or not of its type.
    """
    env = os.environ if environ is None else environ
    home = Path(overrides.pop("home", None) or env.get("ORMER_HOME") or Path.home() / ".ormer").expanduser().absolute()
    values: dict[str, Any] = {}
    known = {field.name: field for field in fields(Config) if field.name != "home"}
    file = home / "config.toml"
    if file.is_file():
        for name, value in tomllib.loads(file.read_text()).items():
            if name not in known:
                raise ValueError(f"{file}: unknown setting {name!r}; known are {', '.join(sorted(known))}")
            values[name] = value
    for name in known:
        variable = f"ORMER_{name.upper()}"
        if variable in env:
            values[name] = env[variable]
    values |= {name: value for name, value in overrides.items() if value is not None}
    for name, value in values.items():
        kind = type(known[name].default)
        try:
            values[name] = kind(value)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must be of type {kind.__name__}, not {value!r}") from None
    return Config(home=home, **values)
