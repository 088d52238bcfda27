"""kill -9 in the middle of uploads: what was acknowledged is there and whole, what was not never appears."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

PROGRAM = Path(__file__).with_name("serve_alone.py")
PART_BYTES = 5 * 1024 * 1024
WRITERS = 4


class Server:
    """The S3 server as a process of its own."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen([sys.executable, str(PROGRAM), str(home)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port, key_id, secret = self.process.stdout.readline().split()
        self.client: Any = boto3.session.Session().client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=ClientConfig(retries={"total_max_attempts": 1}, max_pool_connections=WRITERS),
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Crash:
    """What clients know when the server is killed, and the server that took its place."""

    acknowledged: dict[str, str]
    upload: dict[str, str]
    parts: list[bytes]
    first_etag: str
    again: Server


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crash]:
    """Kill a server under four writers, one byte before the end of a part."""
    home = tmp_path_factory.mktemp("kill") / "home"
    server = Server(home)
    server.client.create_bucket(Bucket="bucket")
    upload = {"Bucket": "bucket", "Key": "parts"}
    upload["UploadId"] = server.client.create_multipart_upload(**upload)["UploadId"]
    parts = [os.urandom(PART_BYTES), os.urandom(PART_BYTES)]
    first_etag = server.client.upload_part(**upload, PartNumber=1, Body=parts[0])["ETag"]
    acknowledged: dict[str, str] = {}
    with _almost_a_part(server, upload, parts[1]):
        _wait_for_blobs(home, PART_BYTES // 2, 2)
        threads = [threading.Thread(target=_write, args=(server, writer, acknowledged)) for writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        while len(acknowledged) < 20:
            time.sleep(0.01)
        server.kill()
    for thread in threads:
        thread.join()
    again = Server(home)
    yield Crash(acknowledged, upload, parts, first_etag, again)
    again.kill()


def test_an_acknowledged_put_survives_and_a_torn_one_never_appears(crash: Crash) -> None:
    client, acknowledged = crash.again.client, crash.acknowledged
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="bucket", Prefix="put/")
    listed = {item["Key"] for page in pages for item in page.get("Contents", ())}
    assert acknowledged.keys() <= listed
    # A write whose row had committed when the answer was cut off is there too, and whole.
    assert len(listed - acknowledged.keys()) <= WRITERS
    for key in listed:
        answer = client.get_object(Bucket="bucket", Key=key)
        digest = hashlib.md5(answer["Body"].read()).hexdigest()
        assert digest == acknowledged.get(key, digest) == answer["ETag"].strip('"')


def test_an_upload_goes_on_after_a_kill_in_the_middle_of_a_part(crash: Crash) -> None:
    client, upload = crash.again.client, crash.upload
    assert [part["PartNumber"] for part in client.list_parts(**upload)["Parts"]] == [1]
    etags = [crash.first_etag, client.upload_part(**upload, PartNumber=2, Body=crash.parts[1])["ETag"]]
    done = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})
    assert client.get_object(Bucket="bucket", Key="parts")["Body"].read() == b"".join(crash.parts)


def _write(server: Server, writer: int, acknowledged: dict[str, str]) -> None:
    """Put objects until the server is gone, and note what it acknowledged."""
    for number in range(10_000):
        key, body = f"put/{writer}/{number}", os.urandom(1024 if number % 3 else 2_000_000)
        try:
            server.client.put_object(Bucket="bucket", Key=key, Body=body)
        except (BotoCoreError, ClientError):
            return
        acknowledged[key] = hashlib.md5(body).hexdigest()


@contextmanager
def _almost_a_part(server: Server, upload: dict[str, str], body: bytes) -> Iterator[None]:
    """Send part 2 but for its last byte, and stay connected."""
    url = server.client.generate_presigned_url("upload_part", Params={**upload, "PartNumber": 2})
    with socket.create_connection(("127.0.0.1", int(server.port))) as connection:
        path = url.partition(server.port)[2]
        head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:-1])
        yield


def _wait_for_blobs(home: Path, size: int, count: int) -> None:
    """Until that many blobs have grown to `size` bytes: the part is on its way to the disk."""
    while sum(path.stat().st_size >= size for path in (home / "blobs").glob("*/*")) < count:
        time.sleep(0.01)
