"""What is asked of a model and what comes back, and the errors AWS words for it.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.engines.hosting.routes import Route

# What the model says of an error is passed on up to here: the modelled Message has 2,048 characters at most.
ORIGINAL_CHARACTERS_MAX = 1024
SUCCESS = range(200, 300)
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
SESSION_HEADERS = ("x-amzn-sagemaker-new-session-id", "x-amzn-sagemaker-closed-session-id")
LOG_GROUP = "/aws/sagemaker/Endpoints/{}"
TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container {}. Review the latency metrics for each "
    "container in Amazon CloudWatch, resolve the issue, and try again."
)
VANISHED = "The model server closed the connection before its answer was complete. The endpoint's log may say why."
TOO_LONG = "The answer is longer than {} bytes."


class Asked(msgspec.Struct):
    """One request to a model. headers: further ones for the container, in lower case, by name."""

    body: bytes
    content_type: str = ""
    accept: str = ""
    custom_attributes: str = ""
    target_variant: str = ""
    target_model: str = ""
    target_container: str = ""
    inference_id: str = ""
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class Answered(msgspec.Struct):
    """What goes back to the caller: a 2xx answer of the variant's model."""

    status: int
    body: bytes
    content_type: str
    variant: str
    custom_attributes: str = ""
    headers: dict[str, str] = msgspec.field(default_factory=dict)


def answered(variant: str, status: int, headers: Mapping[str, str], body: bytes) -> Answered:
    """A model server's good answer, with the headers that go back to the caller."""
    further = {name: headers[name] for name in SESSION_HEADERS if name in headers}
    return Answered(status, body, headers.get("content-type", ""), variant, headers.get(ATTRIBUTES, ""), further)


def log_group(endpoint: str) -> str:
    """Where an endpoint's containers print to."""
    return LOG_GROUP.format(endpoint)


class NoEndpoint(AwsError):
    """There is no endpoint of this name that can be invoked."""


def no_endpoint(account: str, name: str, hint: str = "") -> NoEndpoint:
    """There is no endpoint of this name that can be invoked."""
    return NoEndpoint("ValidationError", f"Endpoint {name} of account {account} not found.{hint}")


def no_variant(route: Route, variant: str) -> AwsError:
    """TargetVariant names none of the endpoint's variants."""
    return AwsError("ValidationError", f"Variant {variant} not found in endpoint {route.name} of {route.account}.")


def unavailable(route: Route, variant: str) -> AwsError:
    """No instance answers, and none came in time."""
    text = f"No instance of variant {variant} of endpoint {route.name} is healthy. Its log says why; try again later."
    return AwsError("ServiceUnavailable", text, 503)


def throttled(route: Route, variant: str, concurrency_max: int) -> AwsError:
    """A serverless variant has as many requests under way as its MaxConcurrency allows."""
    text = (
        f"Endpoint {route.name} answers {concurrency_max} requests at once at most (MaxConcurrency of {variant}). "
        "Rate exceeded."
    )
    return AwsError("ThrottlingException", text, 429)


def model_error(route: Route, container: str, status: int, said: str) -> AwsError:
    """The model itself answered with an error; status 0 when it did not answer at all."""
    kind = "client" if 400 <= status < 500 else "server"
    said = said[:ORIGINAL_CHARACTERS_MAX]
    group = log_group(route.name)
    place = f"https://{route.region}.console.aws.amazon.com/cloudwatch/home?region={route.region}"
    text = (
        f'Received {kind} error ({status}) from {container} with message "{said}". '
        f"See {place}#logEventViewer:group={group} in account {route.account} for more information."
    )
    arn = arns.arn("logs", route.region, route.account, f"log-group:{group}")
    return AwsError("ModelError", text, 424, OriginalStatusCode=status, OriginalMessage=said, LogStreamArn=arn)
