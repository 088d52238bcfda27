"""Random values for the fuzz of the wire protocols, and a real gateway on free ports over a real house."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.app import House, build
from ormer.config import Config
from ormer.first_run import root_key
from ormer.gateway.asgi import App
from ormer.gateway.certificates import Authority
from ormer.gateway.handlers import Desk
from ormer.gateway.listen import Listener
from ormer.gateway.proxy_passwords import ProxyPasswords
from ormer.gateway.s3.app import ObjectGateway
from ormer.server import desk_of
from ormer.stores.keys import Key

DEPTH_MAX = 5
TEXTS = ("plain", "with space", "a/b+c=d&e?f", '<tag>&amp;"quoted"\'', "ünïcødé ☃", "two\nlines")
HEADER_TEXTS = ("plain", "with space", "a/b+c=d&e?f", "x=1;y=2")


class Sampler:
    """Values from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def structure(self, shape: StructureShape | None, depth: int = 0) -> dict[str, Any]:
        """A value with every required member and about half of the others; a union has exactly one."""
        if shape is None:
            return {}
        names = list(shape.members)
        if shape.is_tagged_union:
            names = [self._random.choice(names)]
        required = set(shape.required_members) | ({names[0]} if shape.is_tagged_union else set())
        if names and not required:
            # A query form cannot say "an empty structure", so there is always one member.
            required = {self._random.choice(names)}
        found = {}
        for name in names:
            member = shape.members[name]
            if member.serialization.get("eventstream"):
                continue
            # A label, a status and a payload are on the wire whether the caller gave them or not.
            bound = member.serialization.get("location") in ("uri", "statusCode")
            bound = bound or name == shape.serialization.get("payload")
            # Deep trees are cut where the model allows it.
            if name in required or bound or self._random.random() < (0.6 if depth < DEPTH_MAX else 0.0):
                found[name] = self.value(member, depth + 1)
        return found

    def value(self, shape: Shape, depth: int = 0) -> Any:
        """A value of any shape; timestamps are whole seconds, since header dates have no fractions."""
        if isinstance(shape, StructureShape):
            return {"any": [1, "json"]} if shape.is_document_type else self.structure(shape, depth)
        if isinstance(shape, ListShape):
            return [self.value(shape.member, depth + 1) for _ in range(self._count(depth))]
        if isinstance(shape, MapShape) and shape.serialization.get("location") == "headers":
            return {f"key-{at}": self._random.choice(HEADER_TEXTS) for at in range(self._count(depth))}
        if isinstance(shape, MapShape):
            return {f"Key-{at}": self.value(shape.value, depth + 1) for at in range(self._count(depth))}
        return self._scalar(shape)

    def _count(self, depth: int) -> int:
        return 1 if depth >= DEPTH_MAX else self._random.randint(1, 3)

    def _scalar(self, shape: Shape) -> Any:
        kind = shape.type_name
        if kind == "string":
            if shape.serialization.get("jsonvalue"):
                return {"json": ["value", 1]}
            if shape.serialization.get("hostLabel"):
                return "label"
            enum = shape.metadata.get("enum")
            in_header = shape.serialization.get("location") in ("header", "headers")
            return self._random.choice(enum or (HEADER_TEXTS if in_header else TEXTS))
        if kind == "boolean":
            return self._random.random() < 0.5
        if kind in ("integer", "long"):
            return self._random.randint(0, 99)
        if kind in ("float", "double"):
            return self._random.choice((0.5, 1.25, 1e-7, 3.0))
        if kind == "timestamp":
            return datetime.fromtimestamp(self._random.randint(1, 2_000_000_000), UTC)
        assert kind == "blob", kind
        return self._random.choice((b"bytes", b"\x00\xff\r\n", b"longer bytes" * 9))


@pytest.fixture(scope="session")
def sampler() -> type[Sampler]:
    """The maker of random values; call it with a seed."""
    return Sampler


@dataclass
class Gateway:
    """A running gateway: its ports, its authority and the root key of its house."""

    house: House
    desk: Desk
    authority: Authority
    port: int
    tls_port: int
    key: Key

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, **more: Any) -> Any:
        """A boto3 client of the root key without retries; arguments override."""
        arguments: dict[str, Any] = {
            "endpoint_url": self.url,
            "region_name": "us-west-2",
            "aws_access_key_id": self.key.access_key_id,
            "aws_secret_access_key": self.key.secret,
            "config": ClientConfig(retries={"total_max_attempts": 1}),
        }
        return boto3.session.Session().client(service, **(arguments | more))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway of a fresh house with all its rooms; one for all tests of a module."""
    folder = tmp_path_factory.mktemp("gateway")
    house = build(Config(home=folder / "home", port=0, tls_port=0), strict=True)
    objects = ObjectGateway(house.port)
    desk = desk_of(house, objects)
    authority = Authority(folder / "tls")
    listener = Listener(App(desk), authority, ProxyPasswords(house.stores.keys), upstream="")
    listener.start()
    yield Gateway(house, desk, authority, listener.port, listener.tls_port, root_key(house.stores))
    listener.stop()
    objects.close()
    house.stores.close()
