"""The server's own log: JSON lines in `logs/server.log` under the home, warnings on the terminal as well.

Job logs are not here: they are product data, read through CloudWatch Logs.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from typing import Any

import structlog

from ormer.config import Config

FILE_BYTES = 20_000_000
FILES_KEPT = 3
SECRET_WORDS = ("secret", "token", "password", "authorization")


def configure(config: Config) -> None:
    """Send structlog's and the libraries' records to the file and the terminal."""
    folder = config.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    shared: list[Any] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
        structlog.processors.StackInfoRenderer(),
    ]
    to_file = logging.handlers.RotatingFileHandler(
        folder / "server.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
    )
    to_file.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setLevel(logging.WARNING)
    to_terminal.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Never with local variables: they may hold what must not be shown.
                structlog.dev.ConsoleRenderer(
                    colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
                ),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [to_file, to_terminal]
    root.setLevel(config.log_level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _without_secrets(_logger: Any, _name: str, record: dict[str, Any]) -> dict[str, Any]:
    for key in record:
        if any(word in key.lower() for word in SECRET_WORDS):
            record[key] = "(kept out of the log)"
    return record
