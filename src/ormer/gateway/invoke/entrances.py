"""What a request says before anybody knows whose it is: which endpoint it invokes, and what it asks of the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ormer.engines.hosting.exchanges import Asked

INVOKE, STREAM = "InvokeEndpoint", "InvokeEndpointWithResponseStream"
NAME = re.compile(rb"[a-zA-Z0-9](?:-*[a-zA-Z0-9])*")
PATH = re.compile(rb"/endpoints/(%b)/(invocations|invocations-response-stream)" % NAME.pattern)
OPERATIONS = {b"invocations": INVOKE, b"invocations-response-stream": STREAM}
NAME_CHARACTERS_MAX = 63
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
BODY_BYTES_MAX = 25 << 20
HEADER_CHARACTERS_MAX = 1024
# Members that the lane reads itself. A request with any other header of this kind goes the ordinary way.
KIND = b"x-amzn-sagemaker-"
ATTRIBUTES = b"x-amzn-sagemaker-custom-attributes"
VARIANT = b"x-amzn-sagemaker-target-variant"
INFERENCE = b"x-amzn-sagemaker-inference-id"
STREAM_ACCEPT = b"x-amzn-sagemaker-accept"
KNOWN = frozenset({ATTRIBUTES, VARIANT, INFERENCE, STREAM_ACCEPT})
INFERENCE_ID = re.compile(rb"[!-~][ -~]{0,63}")
PRINTABLE = re.compile(rb"[\t -~]*")

Headers = Mapping[bytes, bytes]


@dataclass(slots=True)
class Entrance:
    """What a path says."""

    endpoint: str
    operation: str


def entrance_of(raw: bytes) -> Entrance | None:
    """What a path invokes; None for any other path."""
    match = PATH.fullmatch(raw)
    if match is None or len(match[1]) > NAME_CHARACTERS_MAX:
        return None
    return Entrance(match[1].decode(), OPERATIONS[match[2]])


def asked_of(entrance: Entrance, headers: Headers, body: bytes) -> Asked | None:
    """The request to the model; None when a header is for the ordinary way to judge."""
    for name in headers:
        if name.startswith(KIND) and name not in KNOWN:
            return None
    attributes, inference = headers.get(ATTRIBUTES, b""), headers.get(INFERENCE, b"")
    kind, variant = headers.get(b"content-type", b""), headers.get(VARIANT, b"")
    accept = headers.get(STREAM_ACCEPT if entrance.operation == STREAM else b"accept", b"")
    for value in (attributes, kind, accept):
        if len(value) > HEADER_CHARACTERS_MAX or PRINTABLE.fullmatch(value) is None:
            return None
    if VARIANT in headers and (len(variant) > NAME_CHARACTERS_MAX or NAME.fullmatch(variant) is None):
        return None
    if (INFERENCE in headers and INFERENCE_ID.fullmatch(inference) is None) or len(body) > BODY_BYTES_MAX:
        return None
    if b"x-amz-target" in headers or b"smithy-protocol" in headers:
        return None
    return Asked(
        body,
        kind.decode(),
        accept.decode(),
        attributes.decode(),
        variant.decode(),
        inference_id=inference.decode(),
    )
