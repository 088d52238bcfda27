"""What the resource types say of themselves agrees with CloudFormation's own schemas, which cfn-lint carries."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ormer.aws.models import Models
from ormer.engines.stacks.resources import types

JsonDict = dict[str, Any]
# Each with its reason.
REPLACING_EXCEPTIONS = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": "in place",
    "AWS::KMS::Key": "AWS refuses to change a key's kind; another key is made here",
    "AWS::Logs::LogGroup": "AWS changes a group's class by other means",
    "AWS::SageMaker::Project": "tags change in place here",
}


@cache
def schemas() -> dict[str, JsonDict]:
    """{type: CloudFormation's schema}."""
    cfnlint = pytest.importorskip("cfnlint", reason="the schemas come with the clients' dependencies")
    folder = Path(cfnlint.__file__).parent / "data" / "schemas" / "resources"
    loaded = (json.loads(file.read_text()) for file in folder.glob("*.json"))
    return {one["typeName"]: one for one in loaded}


def paths(schema: JsonDict, member: str) -> set[str]:
    found = schema.get(member, [])
    return {path.removeprefix("/properties/").replace("/", ".") for path in found if isinstance(path, str)}


@pytest.mark.parametrize("name", sorted(types()))
def test_a_type_replaces_where_cloudformation_does(name: str) -> None:
    kind, schema = types()[name], schemas()[name]
    if kind.update is None or name in REPLACING_EXCEPTIONS:
        return
    replaces = paths(schema, "createOnlyProperties") | paths(schema, "conditionalCreateOnlyProperties")
    missing = {path for path in replaces if path.split(".")[0] in kind.properties} - kind.replaces
    assert missing == set()


@pytest.mark.parametrize("name", sorted(types()))
def test_a_type_gives_what_cloudformation_gives(name: str) -> None:
    kind, schema = types()[name], schemas()[name]
    given = {path for path in paths(schema, "readOnlyProperties") if "." not in path}
    known = set(schema["properties"]) | given
    extra = {one for one in kind.attributes if one not in known and not one.endswith(".*")}
    assert extra <= {"RuleName", "PolicyId", "ModelPackageGroupName", "TopicName", "WebsiteURL"}


@pytest.mark.parametrize("name", sorted(types()))
def test_a_types_properties_are_cloudformations(name: str) -> None:
    kind, schema = types()[name], schemas()[name]
    assert kind.properties <= set(schema["properties"])
    assert set(kind.required) >= set(schema.get("required", [])) - {"ModelPackageGroupName"}


@pytest.mark.parametrize("name", sorted(types()))
def test_properties_that_are_a_request_are_members_of_it(name: str) -> None:
    """SageMaker's types are Create requests: what the type lets through, the operation has."""
    service, _, noun = name.removeprefix("AWS::").partition("::")
    others = ("Project", "Pipeline", "ModelPackageGroup", "Endpoint", "MonitoringSchedule", "Image", "ImageVersion")
    if service != "SageMaker" or noun in others:
        return
    members = set(Models().operation("sagemaker", f"Create{noun}").input_shape.members)
    beside = {"EndpointName", "ApprovalDescription", "AdditionalInferenceSpecificationsToAdd", "LastModifiedTime"}
    assert {one for one in types()[name].properties if one not in members} <= beside | {
        "ModelPackageStatusDetails",
        "ModelPackageVersion",
    }


def test_the_guide_names_every_type() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide.md").read_text()
    assert [name for name in types() if f"`{name}`" not in guide] == []
