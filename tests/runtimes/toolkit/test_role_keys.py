"""The program that fetches a job's keys: it waits for a server that is away, and says why there are none."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.ports import free_port

import ormer.runtimes
from ormer.engines.jobs import credentials
from ormer.engines.jobs.folders import RUNTIMES
from ormer.runtimes.toolkit.role_keys import NoKeys, fetched

PROGRAM = Path(ormer.runtimes.__file__).with_name("run.py")
KEYS = {"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "Token": "token", "Expiration": "2100-01-01T00:00:00Z"}
TOKEN = "of-this-job"


class Room(BaseHTTPRequestHandler):
    """Answers as many 503 as its server has left, then the keys; 403 to strangers."""

    server: Any

    def do_GET(self) -> None:
        if self.server.ill > 0:
            self.server.ill -= 1
            self.send_error(503)
            return
        mine = self.headers["Authorization"] == TOKEN
        content = json.dumps(KEYS).encode() if mine else b"only for the job they belong to"
        self.send_response(200 if mine else 403)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Says nothing."""


@contextmanager
def room(port: int, ill: int = 0) -> Iterator[None]:
    with HTTPServer(("127.0.0.1", port), Room) as server:
        server.ill = ill  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def told(port: int, token: str = TOKEN) -> dict[str, str]:
    address = f"http://127.0.0.1:{port}/jobs/credentials/1"
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address, "AWS_CONTAINER_AUTHORIZATION_TOKEN": token}


def test_an_sdk_gets_its_keys_from_a_server_that_comes_back_after_it_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(name, text)] = credentials.files(sys.executable).items()
    assert name == ".aws/config"
    (tmp_path / "config").write_text(text.replace(f"{RUNTIMES}/run.py", str(PROGRAM)))
    port = free_port()
    variables = {**told(port), "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(boto3.Session().get_credentials()))
    asking.start()
    asking.join(0.5)
    assert asking.is_alive() and not found
    with room(port):
        asking.join(60)
        frozen = found[0].get_frozen_credentials()
    assert (frozen.access_key, frozen.secret_key, frozen.token) == ("ASIA", "secret", "token")
    assert found[0].method == "custom-process"


def test_a_server_that_is_just_starting_is_asked_again() -> None:
    port = free_port()
    with room(port, ill=2):
        assert fetched(told(port))["SessionToken"] == "token"


def test_a_refusal_is_said_at_once_and_an_absence_after_the_wait() -> None:
    port = free_port()
    with pytest.raises(NoKeys, match="does not answer"):
        fetched(told(port), patience=0.3)
    with room(port):
        words = [sys.executable, "-I", "-S", str(PROGRAM), "toolkit", "role_keys"]
        refused = subprocess.run(words, env=told(port, "another's"), capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and refused.stdout == ""
    assert refused.stderr.strip() == "only for the job they belong to"
