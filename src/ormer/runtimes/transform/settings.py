"""How a transform job's requests are made: what the job says, what its container offers, and AWS's defaults.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional

from .records import LINE, NONE

MEGABYTE = 1024**2
DEFAULT_PAYLOAD_MEGABYTES = 6
DEFAULT_CONCURRENCY = 1
DEFAULT_TIMEOUT_SECONDS = 600
DEFAULT_RETRIES = 3
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelClientConfig.html"""

SINGLE_RECORD, MULTI_RECORD = "SINGLE_RECORD", "MULTI_RECORD"


@dataclass(frozen=True)
class Settings:
    """How requests are made. payload_bytes_max: None for any length, which is sent in chunks (MaxPayloadInMB 0)."""

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

    @property
    def streams(self) -> bool:
        """Whether an object is sent whole, however long it is."""
        return self.payload_bytes_max is None and (self.split_type == NONE or not self.single_record)

    def describe(self) -> str:
        """Returns what AWS writes into the data log when a job begins."""
        megabytes = 0 if self.payload_bytes_max is None else self.payload_bytes_max // MEGABYTE
        strategy = SINGLE_RECORD if self.single_record else MULTI_RECORD
        return "MaxConcurrentTransforms={}, MaxPayloadInMB={}, BatchStrategy={}".format(
            self.concurrency, megabytes, strategy
        )


def read_settings(request: Mapping[str, Any], offered: Mapping[str, Any]) -> Settings:
    """Returns the settings: the job's request first, then the container's /execution-parameters, then the defaults."""
    transform_input, output = request.get("TransformInput") or {}, request.get("TransformOutput") or {}
    client: Dict[str, Any] = request.get("ModelClientConfig") or {}
    megabytes = int(_first(request, offered, "MaxPayloadInMB", DEFAULT_PAYLOAD_MEGABYTES))
    # 0 means unset here, unlike in MaxPayloadInMB.
    concurrency = request.get("MaxConcurrentTransforms") or offered.get("MaxConcurrentTransforms")
    split_type = transform_input.get("SplitType") or NONE
    strategy = _plain(str(_first(request, offered, "BatchStrategy", MULTI_RECORD)))
    return Settings(
        content_type=transform_input.get("ContentType") or "",
        accept=output.get("Accept") or "",
        compression=transform_input.get("CompressionType") or NONE,
        split_type=split_type,
        assembles_lines=output.get("AssembleWith") == LINE,
        single_record=split_type != NONE and strategy == _plain(SINGLE_RECORD),
        payload_bytes_max=megabytes * MEGABYTE if megabytes else None,
        concurrency=max(1, int(concurrency or DEFAULT_CONCURRENCY)),
        timeout_seconds=float(client.get("InvocationsTimeoutInSeconds") or DEFAULT_TIMEOUT_SECONDS),
        retries=int(client.get("InvocationsMaxRetries", DEFAULT_RETRIES)),
    )


def _first(request: Mapping[str, Any], offered: Mapping[str, Any], name: str, default: Any) -> Any:
    for source in (request, offered):
        if source.get(name) is not None:
            return source[name]
    return default


def _plain(word: str) -> str:
    """The API says SingleRecord and MultiRecord, containers say SINGLE_RECORD and MULTI_RECORD."""
    return word.replace("_", "").lower()
