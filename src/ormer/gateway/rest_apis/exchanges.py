"""One request to an API: what was asked, of which method, by whom; and values that are read from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ormer.aws import arns
from ormer.aws.identities import Identity
from ormer.aws.rest_apis import Found, media_type
from ormer.gateway.messages import Request
from ormer.gateway.rest_apis.addresses import Address
from ormer.stores.rest_apis import Deployed

JsonDict = dict[str, Any]


@dataclass
class Exchange:
    """identity: who signed, None where nobody must. method: as it was deployed."""

    request: Request
    address: Address
    deployed: Deployed
    found: Found
    method: JsonDict
    identity: Identity | None = None

    @property
    def integration(self) -> JsonDict:
        """What answers for the method."""
        found: JsonDict = self.method["methodIntegration"]
        return found

    @property
    def account(self) -> str:
        return self.deployed.api.account

    @property
    def region(self) -> str:
        return self.deployed.api.region

    @property
    def media_type(self) -> str:
        """The body's media type; JSON where none was sent."""
        return media_type(self.request.headers.get("content-type", ""))

    @property
    def seconds(self) -> float:
        """How long the integration may take."""
        return int(self.integration["timeoutInMillis"]) / 1000

    def arn(self, path: str) -> str:
        """The ARN of the method at a path, by which invocations are allowed."""
        resource = f"{self.deployed.api.name}/{self.deployed.stage.name}/{self.request.method}/{path.strip('/')}"
        return arns.arn("execute-api", self.region, self.account, resource)

    def value(self, source: str) -> str | None:
        """What a mapping expression means for this request; None when the request has no such value."""
        if source.startswith("'"):
            return source.strip("'")
        if source.startswith("stageVariables."):
            return self.deployed.variables.get(source.partition(".")[2])
        _, _, place, name = source.split(".", 3)
        if place == "path":
            return self.found.variables.get(name)
        if place == "header":
            return self.request.headers.get(name.lower())
        return self.request.query_map.get(name)

    @cached_property
    def mapped(self) -> dict[tuple[str, str], str]:
        """{(path | querystring | header, name): value} of the integration's request parameters; headers lower-cased."""
        return dict(self._mapped())

    def _mapped(self) -> Iterator[tuple[tuple[str, str], str]]:
        for target, source in (self.integration.get("requestParameters") or {}).items():
            _, _, place, name = target.split(".", 3)
            value = self.value(source)
            if value is not None:
                yield (place, name.lower() if place == "header" else name), value

    def is_binary(self, kind: str) -> bool:
        """Whether the API treats a media type as binary."""
        types = self.deployed.deployment.facts["api"]["binaryMediaTypes"]
        return any(each in ("*/*", kind, f"{kind.partition('/')[0]}/*") for each in types)
