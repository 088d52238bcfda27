"""1 GiB up and down through boto3's transfer manager, of this server and of moto's."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import Figure, Result, Skipped
from bench.peers import PeerMissing, Peers
from bench.servers import client_of, fresh_home, served

BUCKET = "large"
BYTES = 2**30
BLOCK_BYTES = 2**24
RUNS = 2


def measure(peers: Peers) -> list[Result]:
    """The same file to both, one after the other."""
    found: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="ormer-bench-") as folder:
        source = Path(folder) / "source"
        _fill(source)
        with fresh_home() as home, served(home) as server:
            ups, downs = _transfers(server.client("s3"), source)
        try:
            with peers.moto_server() as endpoint:
                peer_ups, peer_downs = _transfers(client_of("s3", endpoint), source)
        except PeerMissing as error:
            peer_ups, peer_downs = [], []
            found.append(Skipped("moto", f"skipped: {error}"))
    how = "boto3's upload_file and download_file with its defaults (8 MB parts, 10 threads), a file of random bytes"
    more = "; ours are fsync'd before the answer"
    return [
        Figure("S3 upload 1 GiB", "MB/s", ups, how + more, "", "moto server", peer_ups),
        Figure("S3 download 1 GiB", "MB/s", downs, how, "", "moto server", peer_downs),
        *found,
    ]


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        for _ in range(BYTES // BLOCK_BYTES):
            file.write(os.urandom(BLOCK_BYTES))


def _transfers(client: Any, source: Path) -> tuple[list[float], list[float]]:
    """(upload, download) in 10^6 bytes a second."""
    ups, downs = [], []
    client.create_bucket(Bucket=BUCKET)
    target = source.with_name("target")
    for _ in range(RUNS):
        began = time.monotonic()
        client.upload_file(str(source), BUCKET, "object")
        ups.append(BYTES / 1e6 / (time.monotonic() - began))
        began = time.monotonic()
        client.download_file(BUCKET, "object", str(target))
        downs.append(BYTES / 1e6 / (time.monotonic() - began))
        if target.stat().st_size != BYTES:
            raise RuntimeError("the download is not as long as the upload")
        target.unlink()
    return ups, downs
