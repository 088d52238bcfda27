"""The batch transform driver: reads its job from /opt/ml/config, asks the model servers, writes one .out per object."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Deque, Dict, List, Mapping, Optional, Tuple

from ..serving.client import Predictor, Response, ServerNotReady, ServerUnreachable
from ..toolkit.contract import DEFAULT_ROOT, base_dir
from ..toolkit.failures import UserError, write_failure
from .processing import Processing, read_processing
from .records import LINE, MEGABYTE, NONE, open_input, pack, read_records

CONFIG_NAME = "transformjobconfig.json"
OUTPUT_SUFFIX = ".out"
SERVER_START_SECONDS_MAX = 600.0
"""How long a model may take to load before the job fails; the toolkits' own limit."""

DEFAULT_PAYLOAD_MEGABYTES = 6
DEFAULT_CONCURRENCY = 1
DEFAULT_TIMEOUT_SECONDS = 600
DEFAULT_RETRIES = 3
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html"""

SINGLE_RECORD = "SINGLE_RECORD"
ANSWER_CHARS_SHOWN = 600
QUEUED_PER_THREAD = 2


class TransformFailed(Exception):
    """The model refused a request; the text names the object, the status and what the model said."""


@dataclass(frozen=True)
class Settings:
    """How requests are made: the job's request first, then /execution-parameters, then the defaults."""

    content_type: str
    accept: str
    compression: str
    split_type: str
    assembles_lines: bool
    single_record: bool
    payload_bytes_max: Optional[int]
    concurrency: int
    timeout_seconds: float
    retries: int


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Runs the transform job under root; returns 0, or 1 with the reason in output/failure and on standard error."""
    base = base_dir(root, os.environ if environ is None else environ)
    try:
        job = json.loads((base / "config" / CONFIG_NAME).read_text(encoding="utf-8"))
        with Predictor(job["Servers"]) as predictor:
            processing = read_processing(job["Request"])
            predictor.wait_ready(SERVER_START_SECONDS_MAX)
            settings = read_settings(job, predictor.execution_parameters())
            for entry in job["Inputs"]:
                transform_object(entry, Path(job["OutputDir"]), settings, processing, predictor)
    except (UserError, TransformFailed, ServerNotReady, ServerUnreachable) as error:
        reason = "ClientError: {}".format(error)
        print(reason, file=sys.stderr, flush=True)
        write_failure(base, reason)
        return 1
    return 0


def read_settings(job: Mapping[str, Any], offered: Mapping[str, Any]) -> Settings:
    """Returns how to make requests. job: the configuration file; offered: the server's /execution-parameters."""
    request: Dict[str, Any] = job["Request"]
    transform_input, output = request.get("TransformInput") or {}, request.get("TransformOutput") or {}
    client = request.get("ModelClientConfig") or {}

    def setting(name: str, default: Any) -> Any:
        for source in (request, job, offered):
            if source.get(name) is not None:
                return source[name]
        return default

    megabytes = int(setting("MaxPayloadInMB", DEFAULT_PAYLOAD_MEGABYTES))
    return Settings(
        content_type=transform_input.get("ContentType") or "",
        accept=output.get("Accept") or "",
        compression=transform_input.get("CompressionType") or NONE,
        split_type=transform_input.get("SplitType") or NONE,
        assembles_lines=output.get("AssembleWith") == LINE,
        single_record=_plain(setting("BatchStrategy", "")) == _plain(SINGLE_RECORD),
        payload_bytes_max=megabytes * MEGABYTE if megabytes else None,
        concurrency=max(1, int(setting("MaxConcurrentTransforms", DEFAULT_CONCURRENCY) or DEFAULT_CONCURRENCY)),
        timeout_seconds=float(client.get("InvocationsTimeoutInSeconds") or DEFAULT_TIMEOUT_SECONDS),
        retries=int(client.get("InvocationsMaxRetries", DEFAULT_RETRIES)),
    )


def transform_object(
    entry: Mapping[str, str], output_dir: Path, settings: Settings, processing: Processing, predictor: Predictor
) -> Path:
    """Transforms one object and returns the file with its answers, `<output_dir>/<key>.out`.

    The file appears under its name only when it is whole. Raises TransformFailed or UserError that name the object.
    """
    key = entry["Key"]
    path = output_dir / (key.lstrip("/") + OUTPUT_SUFFIX)
    if output_dir.resolve() not in path.resolve().parents:
        raise UserError("the key {} leads out of the output folder".format(key))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    try:
        with open(str(partial), "wb") as out, open_input(Path(entry["Path"]), settings.compression) as source:
            _transform_stream(source, out, key, settings, processing, predictor)
        os.replace(str(partial), str(path))
    except UserError as error:
        raise UserError("{}: {}".format(key, error)) from error
    finally:
        if partial.exists():
            partial.unlink()
    return path


def _transform_stream(
    source: BinaryIO, out: BinaryIO, key: str, settings: Settings, processing: Processing, predictor: Predictor
) -> None:
    """Requests run side by side; answers are written in the order of the records."""
    pending: Deque[Tuple[List[bytes], Future[Response]]] = deque()
    batches = pack(read_records(source, settings.split_type), settings.payload_bytes_max, settings.single_record)
    with ThreadPoolExecutor(settings.concurrency) as pool:
        try:
            for records in batches:
                body = b"".join(processing.filter_record(record) for record in records)
                pending.append((records, pool.submit(_ask, body, key, settings, predictor)))
                if len(pending) >= settings.concurrency * QUEUED_PER_THREAD:
                    _write(out, pending.popleft(), settings, processing)
            while pending:
                _write(out, pending.popleft(), settings, processing)
        finally:
            for _, waiting in pending:
                waiting.cancel()


def _write(
    out: BinaryIO, answered: Tuple[List[bytes], Future[Response]], settings: Settings, processing: Processing
) -> None:
    records, answer = answered
    body = processing.finish(records, answer.result().body)
    out.write(body)
    if settings.assembles_lines and body and not body.endswith(b"\n"):
        out.write(b"\n")


def _ask(body: bytes, key: str, settings: Settings, predictor: Predictor) -> Response:
    """Returns the model's answer; what may pass (no answer, 5xx) is tried again. Raises TransformFailed."""
    said = ""
    for _ in range(settings.retries + 1):
        try:
            answer = predictor.invoke(
                body, settings.content_type, settings.accept, timeout_seconds=settings.timeout_seconds
            )
        except ServerUnreachable as error:
            said = "the model server did not answer: {}".format(error)
            continue
        if 200 <= answer.status < 300:
            return answer
        text = answer.body.decode("utf-8", "replace").strip()
        print(
            "[sagemaker logs]: {}: Bad HTTP status returned from invoke: {}".format(key, answer.status), file=sys.stderr
        )
        print("[sagemaker logs]: {}: Message: {}".format(key, text), file=sys.stderr, flush=True)
        said = "the model answered status {}: {}".format(answer.status, text[-ANSWER_CHARS_SHOWN:])
        if answer.status < 500:
            break
    raise TransformFailed("{}: {}".format(key, said))


def _plain(word: str) -> str:
    """The API says SingleRecord and MultiRecord, containers say SINGLE_RECORD and MULTI_RECORD."""
    return word.replace("_", "").lower()
