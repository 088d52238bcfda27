"""Many models behind one container: each is fetched when it is first asked for, and the longest unused one goes.

https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html

The archive is unpacked here, into a folder that the fleet's instances see read-only; the container is told where.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
from pathlib import Path

from ormer.aws.errors import AwsError
from ormer.engines.hosting import laying
from ormer.engines.hosting.folders import EndpointFolder
from ormer.engines.hosting.instances import LOADED, Process
from ormer.engines.hosting.records import Fleet
from ormer.engines.jobs import servers
from ormer.engines.jobs.data import DataError
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.instances import DEFAULT_TYPE, instance
from ormer.stores.stores import Stores

ID_CHARACTERS = 32
# How long a model may take to load, and how long another request waits for it.
LOAD_SECONDS = 240.0
TURN_SECONDS = 60.0
# An instance holds as many models as its memory has of these, and never fewer than two.
BYTES_PER_MODEL = 256 * 1024**2
MODELS_MIN = 2
NO_DATA = (
    "Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is an object located at the "
    "URL and that the role passed to CreateModel has permissions to download the model."
)


def path_of(target_model: str) -> str:
    """Where a loaded model's invocations go."""
    return f"/models/{_id(target_model)}/invoke"


def not_ready(target_model: str) -> AwsError:
    """AWS's error while a model is on its way."""
    text = f"The model {target_model} is being loaded. Ask again in a moment."
    return AwsError("ModelNotReadyException", text, 429)


def load(stores: Stores, region: str, process: Process, fleet: Fleet, folder: EndpointFolder, target_model: str) -> str:
    """Fetch the model and have the instance load it; the path its invocations go to. Raises AwsError."""
    turn = process.models.turn(target_model)
    if not turn.acquire(timeout=TURN_SECONDS):
        raise not_ready(target_model)
    try:
        if not process.models.holds(target_model):
            _fetch(stores, region, fleet, folder, target_model)
            _make_room(process, fleet, target_model)
            _tell(process, target_model)
            process.models.add(target_model)
    finally:
        turn.release()
    return path_of(target_model)


def _fetch(stores: Stores, region: str, fleet: Fleet, folder: EndpointFolder, target_model: str) -> None:
    target = folder.loaded(fleet) / _id(target_model)
    if target.exists():
        return
    source = next(each.model_data for each in fleet.containers if each.multi_model)
    assert source is not None, "a multi-model container has a place for its models"
    uri = f"{source.uri.rstrip('/')}/{target_model.lstrip('/')}"
    draft = target.with_name(f".{target.name}")
    remove(draft)
    (draft / "model").mkdir(parents=True)
    try:
        laying.permit(stores, region, fleet.role_arn, uri)
        servers.unpack_archive(stores.objects, stores.objects.get(*stores.objects.parse_uri(uri)), draft / "model")
    except (DataError, AwsError, ValueError) as error:
        remove(draft)
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        raise AwsError("ValidationError", f"{NO_DATA.format(bucket=bucket, key=key)} {error}") from error
    draft.rename(target)


def _make_room(process: Process, fleet: Fleet, target_model: str) -> None:
    cached = next(each for each in fleet.containers if each.multi_model)
    memory = instance(fleet.variant.get("InstanceType", DEFAULT_TYPE)).memory_bytes
    count_max = max(MODELS_MIN, memory // BYTES_PER_MODEL) if cached.keeps_models else 1
    for name in process.models.surplus(count_max, target_model):
        _exchange(process, "DELETE", f"/models/{_id(name)}", None)


def _tell(process: Process, target_model: str) -> None:
    known = _id(target_model)
    body = json.dumps({"model_name": known, "url": f"{LOADED}/{known}/model"}).encode()
    status, answer = _exchange(process, "POST", "/models", body)
    while status == http.client.INSUFFICIENT_STORAGE and (going := process.models.surplus(1, target_model)):
        for name in going:
            _exchange(process, "DELETE", f"/models/{_id(name)}", None)
        status, answer = _exchange(process, "POST", "/models", body)
    if status not in (http.client.OK, http.client.CONFLICT):
        text = answer.decode("utf-8", "replace")
        raise AwsError(
            "ModelError",
            f"The container could not load the model {target_model}: {text}",
            424,
            OriginalStatusCode=status,
            OriginalMessage=text,
        )


def _exchange(process: Process, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
    connection = _Connection(process.instance.sockets[0])
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise AwsError("ModelError", f"The container does not answer: {error}", 424) from error
    finally:
        connection.close()


class _Connection(http.client.HTTPConnection):
    """HTTP over an instance's socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=LOAD_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _id(target_model: str) -> str:
    """What a model is called between us and the container, and on the disk."""
    return hashlib.sha256(target_model.encode()).hexdigest()[:ID_CHARACTERS]
