"""Every door of the server, so that a test can knock at each: the public list is here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from botocore.model import OperationModel

from ormer.aws.models import WIRES, Models
from ormer.gateway.handlers import HEALTH_PATH, METRICS_PATH
from ormer.gateway.rooms import Room

# What anyone may read without a signature. Adding to this list is a decision about security.
# Studio's pages hold nothing of the account; a link's token is what opens a session.
# Not here, since they are nobody's but their owner's: methods of REST APIs that were made with the authorization type
# NONE and deployed answer anyone (gateway/rest_apis/room.py).
PUBLIC: Sequence[tuple[str, str]] = (
    ("GET", HEALTH_PATH),
    ("GET", METRICS_PATH),
    ("GET", "/studio"),
    ("GET", "/studio/"),
    ("POST", "/studio/api/sign-in"),
)


@dataclass(frozen=True)
class Door:
    """One request, unsigned, that must be refused. `name` is for people: `sagemaker:CreateModel by json`."""

    name: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    service: str = ""


def every_door(models: Models, rooms: Sequence[Room]) -> Iterator[Door]:
    """All operations of all services in every protocol they speak, and all entrances of all rooms."""
    for service in WIRES:
        model = models.service(service)
        for name in model.operation_names:
            yield from doors_of(service, model.operation_model(name))
    for room in rooms:
        for entrance in room.entrances():
            yield Door(f"{entrance.method} {entrance.path}", entrance.method, entrance.path, entrance.headers)


def doors_of(service: str, operation: OperationModel) -> Iterator[Door]:
    """One operation in each protocol of its service."""
    wire, name = WIRES[service], f"{service}:{operation.name}"
    host = {"host": f"{wire.host}.us-east-1.amazonaws.com"}
    if wire.target:
        headers = host | {"x-amz-target": f"{wire.target}.{operation.name}"}
        yield Door(
            f"{name} by json", "POST", "/", headers | {"content-type": "application/x-amz-json-1.1"}, b"{}", service
        )
        path = f"/service/{wire.target}/operation/{operation.name}"
        yield Door(f"{name} by cbor", "POST", path, host | {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0", service)
    if wire.form:
        version = operation.service_model.api_version
        body = f"Action={operation.name}&Version={version}".encode()
        form = host | {"content-type": "application/x-www-form-urlencoded"}
        yield Door(f"{name} by query", "POST", "/", form, body, service)
    if wire.rest:
        path = re.sub(r"\{[^}]+\}", "x", operation.http["requestUri"])
        yield Door(f"{name} by rest", operation.http["method"], path, host, service=service)
