"""Endpoints that only have a capacity: enough of SageMaker to be scaled, answered through the port like the rest."""

from __future__ import annotations

from typing import Any

import pytest

from ormer.aws.errors import AwsError
from ormer.stores import metrics, resources
from ormer.stores.port import Call, Registry

JsonDict = dict[str, Any]
ACCOUNT = "123456789012"
RESOURCE = "endpoint/shop/variant/main"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": RESOURCE,
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
ENDPOINT_ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/shop"


class Endpoints:
    """Answers DescribeEndpoint and UpdateEndpointWeightsAndCapacities over rows of endpoints; all else as it is."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.refuses = ""

    def find(self, service: str, operation: str) -> Any:
        own = {"DescribeEndpoint": self.describe, "UpdateEndpointWeightsAndCapacities": self.update}
        return (
            own.get(operation)
            if service == "sagemaker" and operation in own
            else self._registry.find(service, operation)
        )

    def describe(self, call: Call, request: JsonDict) -> JsonDict:
        with call.read() as tx:
            row = resources.find(tx, call.account, call.region, "sagemaker", "Endpoint", request["EndpointName"])
        if row is None:
            raise AwsError("ValidationException", f'Could not find endpoint "{request["EndpointName"]}".')
        return row.document

    def update(self, call: Call, request: JsonDict) -> JsonDict:
        if self.refuses:
            raise AwsError("ResourceLimitExceeded", self.refuses)
        (change,) = request["DesiredWeightsAndCapacities"]
        with call.write() as tx:
            row = resources.find(tx, call.account, call.region, "sagemaker", "Endpoint", request["EndpointName"])
            (variant,) = row.document["ProductionVariants"]
            wanted = {"DesiredInstanceCount": change["DesiredInstanceCount"]}
            resources.advance(
                tx,
                row.arn,
                "Updating",
                now=call.now,
                expect=("InService",),
                change={"ProductionVariants": [{**variant, **wanted}]},
            )
        return {"EndpointArn": row.arn}


class Shop:
    """An endpoint with one variant, its load, and what Application Auto Scaling makes of it."""

    def __init__(self, timed: Any, endpoints: Endpoints) -> None:
        self.timed = timed
        self.endpoints = endpoints
        with self._write() as tx:
            variant = {"VariantName": "main", "CurrentInstanceCount": 1, "DesiredInstanceCount": 1}
            document = {
                "EndpointName": "shop",
                "EndpointArn": ENDPOINT_ARN,
                "ProductionVariants": [variant],
            }
            resources.create(
                tx,
                arn=ENDPOINT_ARN,
                kind="Endpoint",
                name="shop",
                document=document,
                now=timed.clock.now(),
                status="InService",
            )

    def _write(self) -> Any:
        return self.timed.stores.database.write()

    @property
    def row(self) -> Any:
        with self.timed.stores.database.read() as tx:
            return resources.get(tx, ENDPOINT_ARN)

    @property
    def desired(self) -> int:
        return self.row.document["ProductionVariants"][0]["DesiredInstanceCount"]

    def settle(self) -> int:
        """Let the instances come up (or go). Returns how many there are."""
        with self._write() as tx:
            (variant,) = resources.get(tx, ENDPOINT_ARN).document["ProductionVariants"]
            count = variant["DesiredInstanceCount"]
            change = {"ProductionVariants": [{**variant, "CurrentInstanceCount": count}]}
            resources.advance(
                tx, ENDPOINT_ARN, "InService", now=self.timed.clock.now(), expect=("Updating",), change=change
            )
        return count

    def load(self, invocations_per_instance: float) -> None:
        """Record the invocations of this minute."""
        dimensions = [{"Name": "EndpointName", "Value": "shop"}, {"Name": "VariantName", "Value": "main"}]
        with self._write() as tx:
            metrics.put(
                tx,
                ACCOUNT,
                "us-east-1",
                "AWS/SageMaker",
                "InvocationsPerInstance",
                invocations_per_instance,
                self.timed.clock.now(),
                dimensions,
            )


@pytest.fixture
def shop(timed: Any) -> Shop:
    port = timed.server.house.port
    endpoints = Endpoints(port._registry)
    port._registry = endpoints
    return Shop(timed, endpoints)
