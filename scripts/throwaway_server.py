"""A server for one run of a script: `ormer up` in a home of its own on free ports, ended and removed afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ORMER = (sys.executable, "-m", "ormer")
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")


@contextmanager
def throwaway_server(region: str, home: Path | None = None, root: bool = False) -> Iterator[dict[str, str]]:
    """The variables a client needs: those of `ormer env --full`, as the execution role or as `root`.

    With a `home` given, the server lives there and its state stays: a second run finds the first one's runtimes.
    """
    with tempfile.TemporaryDirectory(prefix="ormer-") as folder:
        place = str(home or Path(folder) / "home")
        server = os.environ | {"ORMER_REGION": region}
        options = ("-d", "--home", place, "--port", "0", "--tls-port", "0")
        subprocess.run([*ORMER, "up", *options], env=server, check=True)
        try:
            words = [*ORMER, "env", "--full", "--json", "--home", place, *(["--root"] if root else [])]
            told = subprocess.run(words, env=server, check=True, stdout=subprocess.PIPE, text=True).stdout
            yield {name: value for name, value in json.loads(told).items() if value}
        finally:
            subprocess.run([*ORMER, "down", "--stop-jobs", "--home", place], env=server, check=False)


def client_environment(variables: dict[str, str], home: Path) -> dict[str, str]:
    """An environment with nothing of the caller's AWS settings in it; `home` is the client's home folder."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    nowhere = str(home / "no-such-file")
    files = {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere}
    return kept | {"HOME": str(home), "PYTHONUNBUFFERED": "1"} | files | variables
