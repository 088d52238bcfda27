"""The user's own record preprocessor and post-analytics scripts.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-and-post-processing.html
"""

import importlib.util
import inspect
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .mistakes import ClientError
from .payloads import Row, literal


@dataclass(frozen=True)
class CapturedBody:
    """`inference_record.endpoint_input` and its brothers."""

    data: Any = None
    encoding: str | None = None
    observedContentType: str | None = None
    mode: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The captured JSON of this body."""
        return {key: value for key, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class EventMetadata:
    """`inference_record.event_metadata`."""

    event_id: str | None = None
    event_time: str | None = None
    custom_attribute: Any = None
    inference_id: str | None = None


@dataclass(frozen=True)
class EventData:
    """`inference_record.event_data`, the spelling of 2019 that older scripts use."""

    endpointInput: CapturedBody
    endpointOutput: CapturedBody


@dataclass(frozen=True)
class InferenceRecord:
    """What a preprocessor is given for a captured request."""

    document: dict[str, Any]
    endpoint_input: CapturedBody
    endpoint_output: CapturedBody
    batch_transform_input: CapturedBody
    batch_transform_output: CapturedBody
    ground_truth: CapturedBody
    event_data: EventData
    event_metadata: EventMetadata
    event_version: str

    def as_dict(self) -> dict[str, Any]:
        """The whole captured line."""
        return self.document


def inference_record(document: dict[str, Any]) -> InferenceRecord:
    """The record object of one captured line."""
    captured, metadata = document.get("captureData") or {}, document.get("eventMetadata") or {}
    request, answer = _body(captured.get("endpointInput")), _body(captured.get("endpointOutput"))
    return InferenceRecord(
        document=document,
        endpoint_input=request,
        endpoint_output=answer,
        batch_transform_input=_body(captured.get("batchTransformInput")),
        batch_transform_output=_body(captured.get("batchTransformOutput")),
        ground_truth=_body(document.get("groundTruthData")),
        event_data=EventData(request, answer),
        event_metadata=EventMetadata(
            event_id=metadata.get("eventId"),
            event_time=metadata.get("inferenceTime"),
            custom_attribute=metadata.get("customAttributes"),
            inference_id=metadata.get("inferenceId"),
        ),
        event_version=str(document.get("eventVersion", "0")),
    )


def load_preprocessor(path: Path) -> Callable[[object], list[Row]]:
    """The script's `preprocess_handler(record[, logger])` as a function from a record to its rows, columns by name."""
    handler = _handler(path, "preprocess_handler")
    logger = logging.getLogger("preprocess_handler")
    with_logger = len(inspect.signature(handler).parameters) > 1

    def rows(record: object) -> list[Row]:
        made = _call(path, handler, *((record, logger) if with_logger else (record,)))
        listed = made if isinstance(made, list) else [made] if made else []
        if not all(isinstance(row, dict) for row in listed):
            raise ClientError(f"preprocess_handler in {path.name} must return a dict or a list of dicts, not {made!r}.")
        return [{str(key): literal(row[key]) for key in sorted(row, key=str)} for row in listed]

    return rows


def run_postprocessor(path: Path) -> None:
    """Call the script's `postprocess_handler()`."""
    _call(path, _handler(path, "postprocess_handler"))


def _body(part: object) -> CapturedBody:
    if not isinstance(part, dict):
        return CapturedBody()
    return CapturedBody(**{key: part.get(key) for key in ("data", "encoding", "observedContentType", "mode")})


def _handler(path: Path, name: str) -> Callable[..., Any]:
    if not path.is_file():
        raise ClientError(f"The script {path} does not exist.")
    spec = importlib.util.spec_from_file_location(f"user_script_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ClientError(f"{path} is not a Python file.")
    module: ModuleType = importlib.util.module_from_spec(spec)
    _call(path, spec.loader.exec_module, module)
    handler: Callable[..., Any] | None = getattr(module, name, None)
    if not callable(handler):
        raise ClientError(f"The script {path.name} has no function {name}.")
    return handler


def _call(path: Path, function: Callable[..., Any], *args: object) -> Any:
    try:
        return function(*args)
    except Exception as error:  # The edge to the user's code: whatever it raises is theirs to read.
        raise ClientError(f"The script {path.name} failed: {error!r}\n{traceback.format_exc()}") from error
