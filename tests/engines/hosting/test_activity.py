"""A version of a model remembers which endpoints it was deployed to, also when the endpoint has gone on to another."""

from __future__ import annotations

from tests.engines.hosting.conftest import PYTHON_IMAGE, ROLE, TELLER, Hotel, archive

from ormer.stores import model_activity
from ormer.stores.model_activity import Happening


def version(hotel: Hotel, name: str) -> tuple[str, str]:
    """Register a version and make the model `name` of it; (the version's ARN, the model's name)."""
    uri = hotel.put(f"{name}/model.tar.gz", archive({"code/inference.py": TELLER.replace("{name}", name)}))
    specification = {
        "Containers": [{"Image": PYTHON_IMAGE, "ModelDataUrl": uri}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    asked = {"ModelPackageGroupName": "shop", "InferenceSpecification": specification}
    arn = hotel.call("CreateModelPackage", asked | {"ModelApprovalStatus": "Approved"})["ModelPackageArn"]
    containers = [{"ModelPackageName": arn}]
    hotel.call("CreateModel", {"ModelName": name, "ExecutionRoleArn": ROLE, "Containers": containers})
    return arn, name


def deployed(hotel: Hotel, arn: str) -> list[tuple[str, str]]:
    """(endpoint, stage) of a version's deployments, oldest first."""
    return [(one.endpoint, one.stage) for one in activity(hotel, arn) if one.what == "deployed"]


def activity(hotel: Hotel, arn: str) -> list[Happening]:
    with hotel.stores.database.read() as tx:
        return model_activity.activity(tx, arn)


def test_deployments_are_remembered_after_their_models_are_gone(hotel):
    hotel.call("CreateModelPackageGroup", {"ModelPackageGroupName": "shop"})
    (first, one), (second, two) = version(hotel, "one"), version(hotel, "two")
    hotel.configure("c1", {"ModelName": one})
    stage = [{"Key": "sagemaker:deployment-stage", "Value": "staging"}]
    hotel.call("CreateEndpoint", {"EndpointName": "shop-staging", "EndpointConfigName": "c1", "Tags": stage})
    hotel.settled("shop-staging")
    assert deployed(hotel, first) == [("shop-staging", "staging")] and deployed(hotel, second) == []
    # As a stack does it: a new configuration and model, then the old ones go.
    hotel.configure("c2", {"ModelName": two})
    hotel.call("UpdateEndpoint", {"EndpointName": "shop-staging", "EndpointConfigName": "c2"})
    hotel.settled("shop-staging")
    hotel.call("DeleteEndpointConfig", {"EndpointConfigName": "c1"})
    hotel.call("DeleteModel", {"ModelName": one})
    assert deployed(hotel, first) == deployed(hotel, second) == [("shop-staging", "staging")]
    weights = [{"VariantName": "v1", "DesiredWeight": 2.0}]
    asked = {"EndpointName": "shop-staging", "DesiredWeightsAndCapacities": weights}
    hotel.call("UpdateEndpointWeightsAndCapacities", asked)
    hotel.settled("shop-staging")
    assert len(deployed(hotel, second)) == 1, "more of the same is no deployment"
    story = activity(hotel, second)
    assert [one.what for one in story] == ["registered", "deployed"]
    assert model_activity.last_stage(story) == "staging"
