"""Read service, operation and protocol off a request, before anything else is known about it.

The protocol is decided per request and never per service: a service may speak several, and its SDKs choose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from botocore.model import OperationModel

from ormer.aws import models as aws
from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.gateway.messages import Request
from ormer.gateway.protocols import WireProtocol, cbor, ec2, json, query, rest_json, rest_xml
from ormer.gateway.rest_routes import RestRoutes

CBOR_PATH = re.compile(r"/service/(?P<service>[^/]+)/operation/(?P<operation>[^/]+)/?")
SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/(?P<region>[^/,\s]*)/(?P<service>[^/,\s]+)/aws4_request")
AWS_HOST = re.compile(r"(?P<labels>.+?)\.amazonaws\.com(?:\.cn)?(?::\d+)?", re.IGNORECASE)
REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Target:
    """What a request means. operation is None when AWS's service has no such operation, or only its service is clear.

    name: the operation's name as the request gave it. protocol: how to read and answer it.
    """

    service: str
    name: str
    protocol: WireProtocol
    operation: OperationModel | None
    region: str


class Identifier:
    """Finds the target of requests; holds the route tables."""

    def __init__(self, models: Models, default_region: str) -> None:
        self._models = models
        self._routes = RestRoutes(models)
        self._default_region = default_region

    def identify(self, request: Request) -> Target:
        """The target of a request. Requests that fit no other protocol are S3's, whose paths may be anything."""
        scope, region = _scope(request)
        place = place_of_host(request.host)
        region = region or place.region or self._default_region
        return (
            self._by_target_header(request, region)
            or self._by_cbor_path(request, region)
            or self._by_form(request, scope or place.scope, region)
            or self._by_route(request, scope or place.scope, place.service, region)
        )

    def _by_target_header(self, request: Request, region: str) -> Target | None:
        """json: `X-Amz-Target: Prefix.Operation`; the prefix may hold dots itself."""
        target = request.headers.get("x-amz-target")
        if target is None:
            return None
        prefix, _, name = target.rpartition(".")
        service = aws.service_of_target(prefix)
        if service is None:
            raise AwsError("UnknownOperationException", f"No service is called by the X-Amz-Target {target!r}.", 404)
        return self._target(service, name, json, region)

    def _by_cbor_path(self, request: Request, region: str) -> Target | None:
        if request.headers.get("smithy-protocol") != "rpc-v2-cbor":
            return None
        match = CBOR_PATH.search(request.raw_path)
        service = aws.service_of_target(match["service"]) if match else None
        if match is None or service is None:
            raise AwsError("UnknownOperationException", f"No operation is called by {request.raw_path}.", 404)
        return self._target(service, match["operation"], cbor, region)

    def _by_form(self, request: Request, scope: str, region: str) -> Target | None:
        """query: Action stands in the form body, or in the query of a presigned call such as sts:GetCallerIdentity."""
        if not is_form(request) and "Action" not in request.query_map:
            return None
        services = [name for name in aws.services_of_scope(scope) if aws.WIRES[name].form]
        form = query.form(request) if is_form(request) else request.query_map
        if not services or "Action" not in form:
            return None
        protocol = ec2 if aws.WIRES[services[0]].ec2 else query
        return self._target(services[0], form["Action"], protocol, region)

    def _by_route(self, request: Request, scope: str, host_service: str, region: str) -> Target:
        services = [name for name in aws.services_of_scope(scope or "s3") if aws.WIRES[name].rest]
        if host_service in services:
            # Two services of one host: API Gateway's versions.
            services = [name for name in services if aws.WIRES[name].host == aws.WIRES[host_service].host]
        for service in services:
            name = self._routes.find(service, request)
            if name is not None:
                return self._target(service, name, _rest_protocol(service), region)
        if services:
            return Target(services[0], "", _rest_protocol(services[0]), None, region)
        if scope and not aws.services_of_scope(scope):
            raise AwsError("NotImplemented", f"ormer does not answer the service {scope!r}. See docs/coverage.md.", 501)
        raise AwsError("UnknownOperationException", f"No operation of {scope} is called by this request.", 404)

    def _target(self, service: str, name: str, protocol: WireProtocol, region: str) -> Target:
        find = self._models.form if protocol is query else self._models.operation
        operation = find(service, name) if self._models.has(service, name) else None
        return Target(service, name, protocol, operation, region)


def is_form(request: Request) -> bool:
    """Whether the body is a form of the query protocol; S3's bodies are objects, whatever their type says."""
    return request.headers.get("content-type", "").startswith(FORM) and _scope(request)[0] != "s3"


def _rest_protocol(service: str) -> WireProtocol:
    return rest_xml if service == "s3" else rest_json


def _scope(request: Request) -> tuple[str, str]:
    """(service, region) of the credential scope in the Authorization header or a presigned query; "" where absent."""
    match = SCOPE.search(request.headers.get("authorization", ""))
    if match:
        return match["service"], match["region"]
    parts = request.query_map.get("X-Amz-Credential", "").split("/")
    if len(parts) == 5:
        return parts[3], parts[2]
    return "", ""


@dataclass(frozen=True)
class Place:
    """What an AWS host name says: service by botocore's name, its signing scope, region, and S3's bucket."""

    service: str = ""
    scope: str = ""
    region: str = ""
    bucket: str = ""


def place_of_host(host: str) -> Place:
    """`sts.us-west-2.amazonaws.com` is sts in us-west-2; `b.s3.us-east-1.amazonaws.com` is S3's bucket b.

    An empty Place for hosts that are not AWS's.
    """
    match = AWS_HOST.fullmatch(host)
    if match is None:
        return Place()
    labels = match["labels"].lower().split(".")
    region = labels.pop() if REGION.fullmatch(labels[-1]) else ""
    if labels and labels[-1] == "dualstack":
        labels.pop()
    name = ".".join(labels)
    if labels and (labels[-1] == "s3" or labels[-1].startswith("s3-")):
        return Place("s3", "s3", region, ".".join(match["labels"].split(".")[: len(labels) - 1]))
    for service, wire in aws.WIRES.items():
        if wire.host == name:
            return Place(service, wire.scope, region)
    return Place(region=region)
