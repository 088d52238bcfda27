"""Which operation a REST request means: method, path, literal query names, and required query and header members."""

from __future__ import annotations

import re
import threading
from typing import NamedTuple

from botocore.model import OperationModel

from ormer.aws.models import Models
from ormer.gateway.messages import Request
from ormer.gateway.protocols import rest

# Has the same route as ListBuckets and is only ever sent to another host.
SHADOWED = frozenset({("s3", "ListDirectoryBuckets")})

# Names the operation for people reading logs; it never decides the route.
DECORATIVE_QUERY = frozenset({"x-id"})


class Route(NamedTuple):
    """literal: query names with the value they must have ("" for any). queries, headers: required member names."""

    operation: str
    path: re.Pattern[str]
    literal: tuple[tuple[str, str], ...]
    queries: tuple[str, ...]
    headers: tuple[str, ...]
    weight: int


class RestRoutes:
    """The routes of REST services, built when a service is first asked for."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._routes: dict[str, dict[str, list[Route]]] = {}
        self._lock = threading.Lock()

    def find(self, service: str, request: Request) -> str | None:
        """The operation of `service` this request means, or None.

        The most specific route wins; a route whose required members are missing wins only when nothing else fits,
        so that the caller hears which member is missing.
        """
        fitting = [
            route
            for route in self._of(service).get(request.method, ())
            if _literal_fits(route, request) and route.path.fullmatch(request.route_path)
        ]
        if not fitting:
            return None
        best = max(fitting, key=lambda route: (_members_present(route, request), route.weight))
        return best.operation

    def _of(self, service: str) -> dict[str, list[Route]]:
        with self._lock:
            if service not in self._routes:
                self._routes[service] = self._build(service)
            return self._routes[service]

    def _build(self, service: str) -> dict[str, list[Route]]:
        model = self._models.service(service)
        by_method: dict[str, list[Route]] = {}
        for name in model.operation_names:
            operation = model.operation_model(name)
            if operation.deprecated or (service, name) in SHADOWED:
                continue
            by_method.setdefault(operation.http["method"], []).append(_route(operation))
        return by_method


def _route(operation: OperationModel) -> Route:
    template = operation.http["requestUri"]
    pairs = [part.partition("=") for part in template.partition("?")[2].split("&") if part]
    literal = tuple((name, value) for name, _, value in pairs if name not in DECORATIVE_QUERY)
    queries, headers = [], []
    shape = operation.input_shape
    for name in shape.required_members if shape is not None else ():
        bound = shape.members[name].serialization
        if bound.get("location") == "querystring":
            queries.append(bound.get("name", name))
        elif bound.get("location") == "header":
            headers.append(bound.get("name", name).lower())
    path = template.partition("?")[0]
    fixed = sum(1 for part in path.split("/") if part and not part.startswith("{"))
    # Literal names outweigh required members, which outweigh fixed path segments: no route has a hundred of either.
    weight = 10_000 * len(literal) + 100 * (len(queries) + len(headers)) + fixed
    return Route(operation.name, rest.path_pattern(template), literal, tuple(queries), tuple(headers), weight)


def _literal_fits(route: Route, request: Request) -> bool:
    sent = request.query_map
    return all(name in sent and value in ("", sent[name]) for name, value in route.literal)


def _members_present(route: Route, request: Request) -> bool:
    sent = request.query_map
    return all(name in sent for name in route.queries) and all(name in request.headers for name in route.headers)
