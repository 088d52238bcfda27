"""Whatever a request of the delivery services holds, it is answered, or refused in AWS's words; never with a 5xx."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormer.app import House, build
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.aws.models import Models
from ormer.config import Config
from ormer.services.registry import Services
from ormer.stores import products
from ormer.stores.port import Api

ACCOUNT = "123456789012"
HERE = f"us-east-1:{ACCOUNT}"
EXAMPLES = int(os.environ.get("ORMER_FUZZ_EXAMPLES", "8"))
DEPTH_MAX = 4
WHOLE = (
    *("codecommit", "codepipeline", "codebuild", "cloudformation", "events", "scheduler"),
    *("servicecatalog", "codeconnections", "codestar-connections"),
)
# Of SageMaker's operations, those that projects are made with.
PROJECTS = ("Project", "Portfolio", "CodeRepositor", "Domain", "UserProfile", "Tags")
NAMES = (
    "a",
    "tiny",
    "tiny",
    "main",
    "default",
    "p-abcdefghijkl",
    "d-abcdefghijkl",
    "a/b",
    "-",
    "..",
    "é\n☃",
    "",
    "x" * 200,
)
MEANING = (
    *(
        "Resources: {A: {Type: 'AWS::Logs::LogGroup'}}",
        "Resources:\n  A: [",
        "version: 0.2\nphases: {}",
        "{}",
        "[]",
        "1",
    ),
    *('{"source": ["aws.codecommit"]}', "rate(1 minute)", "at(2030-01-01T00:00:00)", "Europe/Berlin", "#{a.b}", "true"),
    *("https://s3.us-east-1.amazonaws.com/nobodys/t.yaml", "s3://nobodys/t.yaml", "https://example.com/x", "a/b.zip"),
    *("0" * 40, "2026-01-01T00:00:00Z", "sagemaker:project-name", "id:pp-abcdefghijkl", "name:tiny"),
)
ARNS = (
    f"arn:aws:iam::{ACCOUNT}:role/SageMakerRole",
    f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMakerProjectsEventsRole",
    f"arn:aws:sagemaker:{HERE}:project/tiny",
    f"arn:aws:codeconnections:{HERE}:connection/aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa",
    f"arn:aws:codepipeline:{HERE}:tiny",
    f"arn:aws:codebuild:{HERE}:project/tiny",
    f"arn:aws:events:{HERE}:event-bus/default",
    f"arn:aws:scheduler:{HERE}:schedule-group/default",
    f"arn:aws:cloudformation:{HERE}:stack/tiny/aaaaaaaa",
    "arn:aws:s3:::nobodys",
    "arn:x",
)
OPERATIONS = [
    (service, name)
    for service in (*WHOLE, "sagemaker")
    for name in Models().service(service).operation_names
    if Services().find(service, name) is not None and (service in WHOLE or any(word in name for word in PROJECTS))
]


def values(shape: Shape, member: str = "", depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a shape's types and enums; texts are names that are there, names that mean something, and any."""
    if isinstance(shape, StructureShape):
        made = {name: values(inner, name, depth + 1) for name, inner in shape.members.items() if depth < DEPTH_MAX}
        needed = {name: made.get(name, st.none()) for name in shape.required_members}
        return st.fixed_dictionaries(needed, optional={name: one for name, one in made.items() if name not in needed})
    if isinstance(shape, ListShape):
        least = int(shape.metadata.get("min", 0)) if depth < DEPTH_MAX else 0
        return st.lists(values(shape.member, member, depth + 1), min_size=min(least, 2), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(values(shape.key, member), values(shape.value, member, depth + 1), max_size=2)
    return leaf(shape, member)


def leaf(shape: Shape, member: str) -> st.SearchStrategy[Any]:
    if shape.metadata.get("enum"):
        return st.sampled_from(shape.metadata["enum"])
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name in ("integer", "long"):
        return st.integers(-1, 200)
    if shape.type_name in ("float", "double"):
        return st.floats(-1, 200)
    if shape.type_name == "timestamp":
        return st.sampled_from([0.0, 1.7e9, -1e12, 1e12])
    if shape.type_name == "blob":
        return st.binary(max_size=20)
    ids = tuple(text for one in products.products() for text in (one.product_id, one.artifact_id, one.path_id))
    if "arn" in member.lower():
        return st.sampled_from(ARNS)
    texts = ids if member.lower().endswith("id") else ()
    return st.one_of(st.sampled_from((*NAMES, *texts)), st.sampled_from(MEANING), st.text(max_size=20))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A house in which nothing moves, with a project, so that names lead somewhere."""
    house: House = build(Config(home=tmp_path_factory.mktemp("fuzz") / "home", port=0, tls_port=0))
    made = house.port.acting_as(root_identity(ACCOUNT), "us-east-1")
    tiny = products.find("tiny")
    assert tiny is not None
    details = {"ProductId": tiny.product_id}
    made("sagemaker", "CreateProject", {"ProjectName": "tiny", "ServiceCatalogProvisioningDetails": details})
    made("codecommit", "CreateRepository", {"repositoryName": "tiny"})
    made("codeconnections", "CreateConnection", {"ConnectionName": "tiny", "ProviderType": "GitHub"})
    yield made
    house.stores.close()


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_no_request_is_answered_with_an_error_of_ours(service: str, operation: str, api: Api) -> None:
    shape = Models().operation(service, operation).input_shape

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(values(shape) if shape is not None else st.just({}))
    def ask(params: dict[str, Any]) -> None:
        try:
            api(service, operation, params)
        except AwsError as error:
            if error.status >= 500:
                raise

    ask()
