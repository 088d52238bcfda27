"""Invocations: the operations. What answers them is the data plane, whose models the hosting engine keeps running.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Runtime.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.port import Call, DataPlane

JsonDict = dict[str, Any]


def invoke_endpoint(call: Call, request: JsonDict) -> JsonDict:
    """Ask a model. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html

    Differs: sessions are the container's own matter, requests of one session may reach several instances; there are
    no inference components.
    Errors: ValidationError for an endpoint, variant, model or container that is not there; ModelError with the model's
    own words; ServiceUnavailable when no instance answers; ThrottlingException beyond a serverless MaxConcurrency.
    """
    return _plane(call).invoke(call, _plain(request))


def invoke_endpoint_with_response_stream(call: Call, request: JsonDict) -> JsonDict:
    """Ask a model and take its answer as it comes.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
    Errors: as InvokeEndpoint; a model that breaks off ends the stream with ModelStreamError.
    """
    return _plane(call).stream(call, _plain(request))


def invoke_endpoint_async(call: Call, request: JsonDict) -> JsonDict:
    """Have a model asked later; the input and the answer are objects.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
    Errors: ValidationError for an endpoint that is not there or not asynchronous.
    """
    return _plane(call).invoke_later(call, _plain(request))


def _plane(call: Call) -> DataPlane:
    if call.port.data_plane is None:
        raise AwsError("ServiceUnavailable", "No models are hosted in this process.", 503)
    return call.port.data_plane


def _plain(request: JsonDict) -> JsonDict:
    if "InferenceComponentName" in request:
        name = request["InferenceComponentName"]
        raise AwsError("ValidationError", f"Inference component {name} not found: endpoints here have variants only.")
    return request
