"""An endpoint's capacity: read and ordered through SageMaker's own operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores.port import Api
from ormer.stores.resources import Row
from ormer.stores.scaling.targets import INSTANCES, variant_of

JsonDict = dict[str, Any]
# What an endpoint is when nothing is under way. Everything else is waited for.
SETTLED = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")


@dataclass(frozen=True)
class Capacity:
    """endpoint_arn: to be watched. current, desired: what the variant has, and what it is to have.
    variant: its words in DescribeEndpoint's answer.
    """

    endpoint_arn: str
    current: int
    desired: int
    status: str
    variant: JsonDict

    @property
    def settled(self) -> bool:
        return self.status in SETTLED

    @property
    def in_service(self) -> bool:
        return self.status == "InService"


def read(api: Api, target: Row) -> Capacity:
    """The capacity of a target's variant. Raises AwsError when endpoint or variant are gone."""
    variant = variant_of(target.document["ResourceId"])
    assert variant is not None, "a target is registered for a variant"
    found = api("sagemaker", "DescribeEndpoint", {"EndpointName": variant.endpoint})
    known = {one["VariantName"]: one for one in found.get("ProductionVariants", ())}
    # While it is being created an endpoint shows no variants.
    there = known.get(variant.name, {})
    if not there and found["EndpointStatus"] == "InService":
        raise AwsError("ValidationException", f"The endpoint {variant.endpoint} has no variant {variant.name}.")
    current = _count(target, there, "Current")
    return Capacity(found["EndpointArn"], current, _count(target, there, "Desired"), found["EndpointStatus"], there)


def _count(target: Row, variant: JsonDict, which: str) -> int:
    if target.document["ScalableDimension"] == INSTANCES:
        return int(variant.get(f"{which}InstanceCount", 0))
    return int(variant.get(f"{which}ServerlessConfig", {}).get("ProvisionedConcurrency", 0))


def order(api: Api, target: Row, seen: Capacity, wanted: int) -> None:
    """Ask for another capacity. Raises AwsError when SageMaker refuses."""
    variant = variant_of(target.document["ResourceId"])
    assert variant is not None, "a target is registered for a variant"
    change: JsonDict = {"VariantName": variant.name}
    if target.document["ScalableDimension"] == INSTANCES:
        change["DesiredInstanceCount"] = wanted
    else:
        serverless = seen.variant.get("CurrentServerlessConfig", {})
        change["ServerlessUpdateConfig"] = {
            "ProvisionedConcurrency": wanted,
            **({"MaxConcurrency": serverless["MaxConcurrency"]} if "MaxConcurrency" in serverless else {}),
        }
    request = {"EndpointName": variant.endpoint, "DesiredWeightsAndCapacities": [change]}
    api("sagemaker", "UpdateEndpointWeightsAndCapacities", request)
