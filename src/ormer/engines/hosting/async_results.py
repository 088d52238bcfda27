"""What becomes of an asynchronous invocation: objects, the notification, the metrics.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from ormer.aws import arns
from ormer.aws.clock import iso
from ormer.engines.hosting.routes import AsyncOutput
from ormer.engines.hosting.tallies import NAMESPACE
from ormer.stores import events, metrics
from ormer.stores.async_inferences import Queued
from ormer.stores.database import Tx

JsonDict = dict[str, Any]
DETAIL_TYPE = "SageMaker Async Inference Result"
SUCCESS_TOPIC, ERROR_TOPIC = "SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AsyncInferenceNotificationConfig.html
RESPONSE_BYTES_MAX = 128_000
ASKED = {
    "Accept": "accept",
    "ContentType": "contentType",
    "CustomAttributes": "customAttributes",
    "EndpointName": "endpointName",
    "InputLocation": "inputLocation",
}


@dataclass(frozen=True)
class Result:
    """How an invocation ended. failure: "" for a good end, else the reason. seconds: how long the model took."""

    body: bytes = b""
    content_type: str = ""
    failure: str = ""
    expired: bool = False
    seconds: float = 0.0


def announce(tx: Tx, queued: Queued, result: Result, output: AsyncOutput | None, now: float) -> None:
    """The notification, as an event whose detail is the message that AWS publishes to the endpoint's SNS topic."""
    arn = arns.parse(queued.endpoint_arn)
    detail: JsonDict = {
        "awsRegion": arn.region,
        "eventTime": iso(now),
        "receivedTime": iso(queued.received),
        "invocationStatus": "Failed" if result.failure else "Completed",
        "requestParameters": {word: queued.request[name] for name, word in ASKED.items() if name in queued.request},
        "inferenceId": queued.inference_id,
        "eventVersion": "1.0",
        "eventSource": "aws:sagemaker",
        "eventName": "InferenceResult",
    }
    if result.failure:
        detail["failureReason"] = result.failure
        if queued.failure:
            detail["responseParameters"] = {"contentType": "text/plain", "outputLocation": queued.failure}
    else:
        detail["responseParameters"] = {"contentType": result.content_type, "outputLocation": queued.output}
    topic = ""
    if output is not None:
        topic = output.error_topic if result.failure else output.success_topic
        if (ERROR_TOPIC if result.failure else SUCCESS_TOPIC) in output.topics_with_response:
            detail["responseBody"] = _included(result)
    events.emit(
        tx,
        account=arn.account,
        region=arn.region,
        source="aws.sagemaker",
        detail_type=DETAIL_TYPE,
        detail=detail,
        resources=[queued.endpoint_arn, topic] if topic else [queued.endpoint_arn],
        now=now,
    )


def measure(tx: Tx, queued: Queued, result: Result, now: float) -> None:
    """The metrics of one request.

    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """
    whole = max(0.0, now - queued.received) * 1000
    _put(tx, queued.endpoint_arn, "InvocationsProcessed", 0.0 if result.expired else 1.0, now)
    _put(tx, queued.endpoint_arn, "InvocationFailures", 1.0 if result.failure else 0.0, now)
    _put(tx, queued.endpoint_arn, "ExpiredRequests", 1.0 if result.expired else 0.0, now)
    _put(tx, queued.endpoint_arn, "TotalProcessingTime", whole, now, "Milliseconds")
    _put(tx, queued.endpoint_arn, "TimeInBacklog", max(0.0, whole - result.seconds * 1000), now, "Milliseconds")


def measure_backlog(tx: Tx, endpoint_arn: str, backlog: int, instances: int, now: float) -> None:
    """The size of an endpoint's queue."""
    _put(tx, endpoint_arn, "ApproximateBacklogSize", backlog, now, "Count")
    _put(tx, endpoint_arn, "ApproximateBacklogSizePerInstance", backlog / max(1, instances), now, "Count")
    _put(tx, endpoint_arn, "HasBacklogWithoutCapacity", 1.0 if backlog and not instances else 0.0, now)


def _put(tx: Tx, endpoint_arn: str, name: str, value: float, now: float, unit: str = "None") -> None:
    arn = arns.parse(endpoint_arn)
    pairs = [{"Name": "EndpointName", "Value": arn.name}]
    metrics.put(tx, arn.account, arn.region, NAMESPACE, name, value, now, pairs, unit)


def _included(result: Result) -> JsonDict:
    body = result.failure.encode() if result.failure else result.body
    if len(body) > RESPONSE_BYTES_MAX:
        return {}
    try:
        return {"content": body.decode(), "encoding": "UTF-8"}
    except UnicodeDecodeError:
        return {"content": base64.b64encode(body).decode(), "encoding": "BASE64"}
