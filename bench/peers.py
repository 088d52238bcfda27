"""What others do: installed by uv into a throw-away environment under `.sdk/bench`, and started from there."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.request import urlopen

from uv import find_uv_bin

FOLDER = Path(".sdk") / "bench"
START_SECONDS = 60.0
PYTHON = "3.11"


class PeerMissing(Exception):
    """A peer cannot be installed here; the text says why."""


class Peers:
    """Environments of peers. Each is made when it is first asked for, and kept for the next run."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder.absolute()

    @cached_property
    def moto(self) -> Path:
        """The folder of moto's programs. Raises PeerMissing."""
        return self.environment("moto", ["moto[server,s3,sagemaker,iam]"])

    @cached_property
    def analysis(self) -> Path:
        """The folder of a Python with polars, shap, scikit-learn and xgboost. Raises PeerMissing."""
        wanted = ["polars", "numpy", "pandas", "scikit-learn", "shap", "xgboost-cpu", "reportlab", "pyarrow"]
        return self.environment("analysis", wanted)

    @cached_property
    def whylogs(self) -> Path:
        """The folder of a Python with whylogs, which asks for an earlier pandas and NumPy. Raises PeerMissing."""
        return self.environment("whylogs", ["whylogs", "pandas<3", "numpy<2"])

    @cached_property
    def evidently(self) -> Path:
        """The folder of a Python with Evidently, which a pandas of 3 breaks. Raises PeerMissing."""
        return self.environment("evidently", ["evidently", "pandas<3"])

    @contextmanager
    def moto_server(self) -> Iterator[str]:
        """moto's server for the block, as an address."""
        program = self.moto / "moto_server"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        words = [str(program), "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=plain_environment())
        try:
            endpoint = f"http://127.0.0.1:{port}"
            await_answer(f"{endpoint}/moto-api/", process)
            yield endpoint
        finally:
            process.terminate()
            process.wait()

    def environment(self, name: str, packages: list[str]) -> Path:
        """The folder of the programs of an environment with these packages. Raises PeerMissing."""
        folder = self.folder / name
        marker = folder / "installed.txt"
        if not marker.is_file() or marker.read_text() != "\n".join(packages):
            uv = find_uv_bin()
            for words in (
                [uv, "venv", "--quiet", "--clear", "--python", PYTHON, str(folder)],
                [
                    uv,
                    "pip",
                    "install",
                    "--quiet",
                    "--compile-bytecode",
                    "--python",
                    str(folder / "bin" / "python"),
                    *packages,
                ],
            ):
                done = subprocess.run(words, capture_output=True, text=True, check=False, env=plain_environment())
                if done.returncode != 0:
                    raise PeerMissing(f"{name} cannot be installed: {done.stderr.strip()[-300:]}")
            marker.write_text("\n".join(packages))
        return folder / "bin"


def plain_environment() -> dict[str, str]:
    """Without another environment in the way, and with compiled modules kept, as they are for people."""
    return {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")}


def await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when a peer's server answers with 2xx. Raises PeerMissing when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise PeerMissing(f"the peer's server does not answer on {url}")
