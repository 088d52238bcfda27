"""Load on an HTTP server: the same request again and again over kept connections, by wrk where it is installed.

wrk is Debian's package of that name. Without it `bench/generator.py` does the same in Python, which takes more of the
machine for itself: latencies at one connection are as good, throughput at several is lower for everyone measured.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class LoadFailed(RuntimeError):
    """The server did not answer all requests with 2xx; the text says what it said."""


@dataclass(frozen=True)
class Target:
    """One request: where it goes and what it is."""

    port: int
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What came of it. Percentiles of the time from a request's first byte to its answer's last."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def generator() -> str:
    """What makes the load, in words."""
    return "wrk" if shutil.which("wrk") else "a Python generator (wrk is not installed)"


def once(target: Target) -> bytes:
    """The answer to the request. Raises LoadFailed."""
    request = Request(f"http://127.0.0.1:{target.port}{target.path}", data=target.body, headers=dict(target.headers))
    try:
        with urlopen(request, timeout=60) as answer:
            body: bytes = answer.read()
    except HTTPError as error:
        raise LoadFailed(f"status {error.code}: {error.read()[:300].decode(errors='replace')}") from error
    return body


def run(target: Target, connections: int, seconds: float) -> Load:
    """Send the request over so many connections for so long. Raises LoadFailed for answers other than 2xx."""
    with tempfile.TemporaryDirectory(prefix="ormer-load-") as folder:
        body = Path(folder) / "body"
        body.write_bytes(target.body)
        if shutil.which("wrk"):
            return _wrk(target, connections, seconds, body)
        words = [sys.executable, "-m", "bench.generator", str(target.port), target.path, str(body)]
        words += [json.dumps(dict(target.headers)), str(connections), str(seconds)]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        if said.returncode != 0:
            raise LoadFailed(said.stderr.strip()[-500:])
        return Load(**json.loads(said.stdout))


def _wrk(target: Target, connections: int, seconds: float, body: Path) -> Load:
    script = body.with_name("request.lua")
    lines = [
        'wrk.method = "POST"',
        f'local file = io.open("{body}", "rb")',
        'wrk.body = file:read("*a")',
        "file:close()",
    ]
    lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in target.headers.items()]
    script.write_text("\n".join(lines) + "\n")
    words = [
        "wrk",
        "-t",
        "1",
        "-c",
        str(connections),
        "-d",
        f"{max(1, round(seconds))}s",
        "--latency",
        "--timeout",
        "30s",
    ]
    words += ["-s", str(script), f"http://127.0.0.1:{target.port}{target.path}"]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    return read_wrk(said.stdout + said.stderr)


def read_wrk(text: str) -> Load:
    """What wrk printed, as numbers. Raises LoadFailed when there were errors."""
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", text)
    counted = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)", text)
    shares = {share: _milliseconds(value, unit) for share, value, unit in PERCENTILE.findall(text)}
    if refused or counted is None or not {"50", "99"} <= shares.keys():
        raise LoadFailed(f"wrk: {text.strip()[-300:]}")
    seconds = float(counted[2]) * (60 if counted[3] == "m" else UNITS_MS[counted[3]] / 1000)
    return Load(int(counted[1]), seconds, shares["50"], shares["99"])


PERCENTILE = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)\s*$", re.MULTILINE)


def _milliseconds(value: str, unit: str) -> float:
    return float(value) * UNITS_MS[unit]
