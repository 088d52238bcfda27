"""PUT and GET of 1 KB by the same boto3 client, of this server and of moto's. Ours are on the disk when answered."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from bench.figures import Figure, Result, Skipped
from bench.peers import PeerMissing, Peers
from bench.servers import client_of, fresh_home, served

BUCKET = "small"
BYTES = 1024
ROUNDS = 10
CALLS = 30
WARM_CALLS = 10


def measure(peers: Peers) -> list[Result]:
    """In turns, a block of PUTs and a block of GETs each."""
    body = os.urandom(BYTES)
    with fresh_home() as home, served(home) as server:
        clients = [server.client("s3")]
        found: list[Result] = []
        try:
            with peers.moto_server() as endpoint:
                puts, gets = _blocks([*clients, client_of("s3", endpoint)], body)
        except PeerMissing as error:
            puts, gets = _blocks(clients, body)
            found.append(Skipped("moto", f"skipped: {error}"))
    how = f"boto3 over loopback, {CALLS} calls in turns; ours are fsync'd before the answer, moto's rest in memory"
    for name, samples in (("S3 PUT 1 KB", puts), ("S3 GET 1 KB", gets)):
        found.append(Figure(name, "ms", samples[0], how, "", "moto server", samples[1] if samples[1:] else ()))
    return found


def _blocks(clients: list[Any], body: bytes) -> tuple[list[list[float]], list[list[float]]]:
    puts: list[list[float]] = [[] for _ in clients]
    gets: list[list[float]] = [[] for _ in clients]
    for client in clients:
        client.create_bucket(Bucket=BUCKET)
        for _ in range(WARM_CALLS):
            _put(client, "warm", body)
            _get(client, "warm")
    for block in range(ROUNDS):
        for number, client in enumerate(clients):
            keys = [f"{block}/{key}" for key in range(CALLS)]
            puts[number] += [_milliseconds(lambda key=key, client=client: _put(client, key, body)) for key in keys]
            gets[number] += [_milliseconds(lambda key=key, client=client: _get(client, key)) for key in keys]
    return puts, gets


def _put(client: Any, key: str, body: bytes) -> None:
    client.put_object(Bucket=BUCKET, Key=key, Body=body)


def _get(client: Any, key: str) -> None:
    client.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def _milliseconds(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000
