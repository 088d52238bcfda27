"""Endpoints of a server that is a process of its own, and guests who ask them over signed HTTP without a pause."""

from __future__ import annotations

import collections
import http.client
import io
import json
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.faults.conftest import PYTHON_IMAGE, ROLE
from tests.ports import free_port

from ormer.aws.clock import WallClock
from ormer.config import load
from ormer.first_run import root_key
from ormer.stores.stores import open_stores

JsonDict = dict[str, Any]
BUCKET = "endpoints"
XGBOOST_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
WAIT_SECONDS = 120.0
# A model that says its name, and does as the request asks.
SCRIPT = """
import os, time
def model_fn(folder):
    return "{name}"
def transform_fn(model, body, content_type, accept):
    if content_type == "do/raise":
        raise ValueError("no such column: width")
    if content_type == "do/exit":
        os._exit(3)
    if content_type == "do/garbage":
        return object(), "text/csv"
    return model, "text/csv"
"""
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}


class House:
    """`ormer up` in one home, which may be killed and started again on the same ports."""

    def __init__(self, home: Path, runtimes: Path) -> None:
        home.mkdir(mode=0o700, parents=True)
        (home / "runtimes").symlink_to(runtimes)
        self.port, self._tls_port = free_port(), free_port()
        self.home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._keys: tuple[str, str] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server; returns when it answers."""
        words = [sys.executable, "-m", "ormer", "up", "--home", str(self.home)]
        words += ["--port", str(self.port), "--tls-port", str(self._tls_port)]
        with (self.home.parent / "server.log").open("ab") as log:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self._answers)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def client(self, service: str) -> Any:
        key, secret = self.keys()
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    def keys(self) -> tuple[str, str]:
        if self._keys is None:
            config = load(home=self.home)
            stores = open_stores(config.home, config.database_url, WallClock())
            key = root_key(stores)
            stores.close()
            self._keys = key.access_key_id, key.secret
        return self._keys

    def model(self, name: str, archive: bytes, image: str) -> None:
        """A model, with its archive uploaded."""
        self.client("s3").put_object(Bucket=BUCKET, Key=f"{name}.tar.gz", Body=archive)
        container = {"Image": image, "ModelDataUrl": f"s3://{BUCKET}/{name}.tar.gz"}
        self.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)

    def configure(self, name: str, model: str, instances: int = 1) -> None:
        """An endpoint configuration of one variant that captures everything."""
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": instances,
        }
        self.client("sagemaker").create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant], DataCaptureConfig=CAPTURE
        )

    def settled(self, endpoint: str) -> JsonDict:
        """DescribeEndpoint once it neither begins nor changes."""
        sagemaker = self.client("sagemaker")
        found: JsonDict = {}

        def over() -> bool:
            found.update(sagemaker.describe_endpoint(EndpointName=endpoint))
            return found["EndpointStatus"] not in ("Creating", "Updating", "RollingBack")

        eventually(over)
        return found

    def captured(self) -> list[JsonDict]:
        """Every line that was captured and published."""
        s3 = self.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="captured/")
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        lines = [
            line for key in keys for line in s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().splitlines() if line
        ]
        return [json.loads(line) for line in lines]

    def servers_of(self, endpoint: str) -> list[psutil.Process]:
        """The model servers of an endpoint's instances: the programs that ran in its sandboxes."""
        folder = str(self.home / "endpoints")
        inside = [each for each in psutil.process_iter() if _runs_below(each, folder)]
        return [each for each in inside if "serve" in _words(each) and "bwrap" not in " ".join(_words(each)[:1])]

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, "the server ended by itself"
        try:
            with urlopen(f"{self.endpoint}/healthz", timeout=5):
                return True
        except OSError:
            return False


@dataclass
class Guests:
    """Threads that ask one endpoint over connections that stay, each request with an id of its own.

    One signature is made and sent with every request: what is signed is equal in all of them, and it holds for minutes.
    """

    house: House
    endpoint: str
    body: bytes
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    answers: collections.Counter[bytes] = field(default_factory=collections.Counter)
    refusals: list[bytes] = field(default_factory=list)

    def ask(self, requests: int, threads: int = 4) -> threading.Thread:
        """Send so many requests, in the background. Join the thread to wait for the last answer."""
        lock, left = threading.Lock(), iter(range(requests))
        headers = self._headers()

        def one() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
            while next_in(left, lock) is not None:
                status, body = self._exchange(connection, headers)
                with lock:
                    self.statuses[status] += 1
                    self.answers[body] += status == 200
                    if status != 200:
                        self.refusals.append(body)
            connection.close()

        def all_of_them() -> None:
            workers = [threading.Thread(target=one) for _ in range(threads)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()

        thread = threading.Thread(target=all_of_them)
        thread.start()
        return thread

    def once(self) -> tuple[int, bytes]:
        """One request: (status, body)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=60)
        try:
            return self._exchange(connection, self._headers())
        finally:
            connection.close()

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    def _exchange(self, connection: http.client.HTTPConnection, headers: dict[str, str]) -> tuple[int, bytes]:
        connection.request("POST", f"/endpoints/{self.endpoint}/invocations", self.body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def _headers(self) -> dict[str, str]:
        url = f"{self.house.endpoint}/endpoints/{self.endpoint}/invocations"
        request = AWSRequest("POST", url, data=self.body, headers={"Content-Type": "text/csv"})
        SigV4Auth(Credentials(*self.house.keys()), "sagemaker", "us-east-1").add_auth(request)
        return dict(request.headers.items())


def next_in(numbers: Any, lock: threading.Lock) -> int | None:
    with lock:
        return next(numbers, None)


def scripted(name: str) -> tuple[bytes, str]:
    """The archive of a model that says its name, and its image."""
    return _archive({"code/inference.py": SCRIPT.replace("{name}", name).encode()}), PYTHON_IMAGE


def boosted(name: str, columns: int = 4) -> tuple[bytes, str]:
    """The archive of a built-in XGBoost model, trained here, and its image."""
    import numpy as np
    import xgboost

    chance = np.random.default_rng(len(name))
    rows = chance.normal(size=(200, columns))
    booster = xgboost.train({"max_depth": 3}, xgboost.DMatrix(rows, label=rows[:, 0] * 2 + len(name)), 10)
    return _archive({"xgboost-model": bytes(booster.save_raw("ubj"))}), XGBOOST_IMAGE


def eventually(met: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait until something holds. TimeoutError when it never does."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds:g} seconds")
        time.sleep(0.05)


def _archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as opened:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return made.getvalue()


def _runs_below(process: psutil.Process, folder: str) -> bool:
    """Whether a sandbox around the process was made for something in the folder."""
    try:
        return any(folder in word for parent in process.parents() for word in parent.cmdline())
    except psutil.Error:
        return False


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
