"""A real server with S3's room in it, and real clients of it; one server serves all tests, a bucket each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config as ClientConfig

from ormer.app import House, build
from ormer.config import Config
from ormer.first_run import root_key
from ormer.gateway.asgi import App
from ormer.gateway.certificates import Authority
from ormer.gateway.listen import Listener
from ormer.gateway.proxy_passwords import ProxyPasswords
from ormer.gateway.s3.app import ObjectGateway
from ormer.server import desk_of
from ormer.stores.keys import Key

REGION = "us-east-1"


@dataclass
class S3Server:
    """A running server, its house and the root key."""

    house: House
    port: int
    tls_port: int
    key: Key
    ca_file: Path
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a client process needs in its environment."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.key.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, key: Key | None = None, url: str = "", **options: Any) -> Any:
        """A boto3 S3 client without retries. options: botocore's Config."""
        key = key or self.key
        return boto3.session.Session().client(
            "s3",
            endpoint_url=url or self.url,
            region_name=REGION,
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret,
            aws_session_token=key.session_token,
            config=ClientConfig(retries={"total_max_attempts": 1}, **options),
        )


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    home = tmp_path_factory.mktemp("s3")
    house = build(Config(home=home / "home", port=0, tls_port=0), strict=True)
    objects = ObjectGateway(house.port)
    desk = desk_of(house, objects)
    authority = Authority(home / "tls")
    listener = Listener(App(desk), authority, ProxyPasswords(house.stores.keys), upstream="")
    listener.start()
    yield S3Server(house, listener.port, listener.tls_port, root_key(house.stores), home / "tls" / "ca.pem")
    listener.stop()
    objects.close()
    house.stores.close()


@pytest.fixture(scope="session")
def s3(s3_server: S3Server) -> Any:
    """A boto3 client."""
    return s3_server.client()


@pytest.fixture
def bucket(s3: Any) -> str:
    """A fresh bucket."""
    name = f"b-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    return name
