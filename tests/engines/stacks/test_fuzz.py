"""Whatever is asked: an operation answers or refuses, and a stack comes to an end."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.engines.stacks.resources import types
from ormer.services.registry import Services

from .conftest import Bench, bench_in, bucket, group

JsonDict = dict[str, Any]


def quiet(examples: int) -> Any:
    """Settings for tests that run real parts."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


NAMES = """GetAtt Sub Join Split Select If Equals And Or Not FindInMap Base64 Cidr GetAZs ImportValue ToJsonString
Length Transform Contains EachMemberIn EachMemberEquals RefAll ValueOf Nope"""
FUNCTIONS = ["Ref", "Condition", *(f"Fn::{name}" for name in NAMES.split())]
TEXTS = st.one_of(
    st.sampled_from(
        [
            "A",
            "B",
            "P",
            "C",
            "M",
            "A.Arn",
            "${A}",
            "${A.Arn}",
            "${!x}",
            "${",
            "AWS::NoValue",
            "AWS::Region",
            "",
            "1",
            "true",
        ]
    ),
    st.text(max_size=6),
)
SCALARS = st.one_of(
    TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)


def values(depth: int = 3) -> st.SearchStrategy[Any]:
    """Anything that may stand in a template, functions well and badly formed among it."""
    return st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(TEXTS, inner, max_size=3),
            st.builds(lambda name, value: {name: value}, st.sampled_from(FUNCTIONS), inner),
        ),
        max_leaves=8,
    )


@st.composite
def templates(draw: st.DrawFn) -> JsonDict:
    """Templates that are right in most places."""
    names = st.sampled_from(["A", "B", "P", "C", "M"])
    resource = st.fixed_dictionaries(
        {"Type": st.sampled_from(sorted(types()))},
        optional={
            "Properties": st.dictionaries(TEXTS, values(), max_size=3),
            "DependsOn": values(),
            "Condition": values(),
            "DeletionPolicy": st.sampled_from(["Retain", "Delete", "x"]),
            "Metadata": values(),
        },
    )
    sections = {
        "Resources": st.dictionaries(names, resource, min_size=1, max_size=3),
        "Parameters": st.dictionaries(
            names, st.dictionaries(st.sampled_from(["Type", "Default"]), SCALARS), max_size=2
        ),
        "Conditions": st.dictionaries(names, values(), max_size=2),
        "Mappings": st.dictionaries(names, values(), max_size=1),
        "Outputs": st.dictionaries(names, st.fixed_dictionaries({"Value": values()}), max_size=2),
        "Rules": st.dictionaries(names, values(), max_size=1),
        "Transform": st.sampled_from(["AWS::LanguageExtensions", "x"]),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(set(sections) - {"Resources"}))))
    return {name: draw(sections[name]) for name in ["Resources", *sorted(chosen)]}


@pytest.fixture(scope="module")
def still() -> Iterator[Bench]:
    """A bench in which nothing moves, with a few stacks."""
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_in(Path(folder) / "home")
        bench.create("one", {"A": bucket()})
        bench.create("two", {"A": group("/x")}, Outputs={"O": {"Value": "v", "Export": {"Name": "e"}}})
        bench.worker.stop()
        yield bench
        bench.house.stores.close()


def ask(bench: Bench, operation: str, request: JsonDict) -> None:
    """The operation answers, or refuses with a fault of the caller's."""
    status = 200
    try:
        bench.api("cloudformation", operation, request)
    except AwsError as error:
        status = error.status
    assert status < 500


@quiet(150)
@given(template=templates())
def test_any_template_is_checked_or_refused(still: Bench, template: JsonDict) -> None:
    text = json.dumps(template)
    ask(still, "ValidateTemplate", {"TemplateBody": text})
    ask(still, "GetTemplateSummary", {"TemplateBody": text})
    given_ = {
        "StackName": "one",
        "TemplateBody": text,
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    ask(still, "CreateChangeSet", {**given_, "ChangeSetName": "c"})
    ask(still, "DeleteChangeSet", {"StackName": "one", "ChangeSetName": "c"})


@quiet(100)
@given(text=st.one_of(st.text(max_size=60), st.text("{}[]:,!&*-\"' \n\tab1#|>%@`?", max_size=60)))
def test_any_text_is_a_template_or_refused(still: Bench, text: str) -> None:
    ask(still, "ValidateTemplate", {"TemplateBody": text})
    ask(still, "ValidateTemplate", {"TemplateURL": text})


def requests(shape: Shape) -> st.SearchStrategy[Any]:
    """Requests of a shape, whose texts often name what is there."""
    if isinstance(shape, StructureShape):
        required = {name: requests(shape.members[name]) for name in shape.required_members}
        others = {name: requests(one) for name, one in shape.members.items() if name not in required}
        return st.fixed_dictionaries(required, optional=others)
    if isinstance(shape, ListShape):
        return st.lists(requests(shape.member), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(TEXTS, requests(shape.value), max_size=2)
    if getattr(shape, "enum", None):
        return st.sampled_from(shape.enum)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name in ("integer", "long"):
        return st.integers(-2, 200)
    known = ["one", "two", "none", "A", "e", "c", "bm8=", "o5", "s3://one/x", "https://s3.amazonaws.com/a/b"]
    body = json.dumps({"Resources": {"A": bucket()}, "Parameters": {"P": {"Type": "String", "Default": "x"}}})
    return st.one_of(st.sampled_from([*known, body]), st.text(max_size=10))


def there() -> list[str]:
    services = Services()
    names = Models().service("cloudformation").operation_names
    return [name for name in names if services.find("cloudformation", name) is not None]


@pytest.mark.parametrize("operation", there())
def test_any_request_is_answered_or_refused(still: Bench, operation: str) -> None:
    shape = Models().operation("cloudformation", operation).input_shape

    @quiet(20)
    @given(request=requests(shape))
    def asks(request: JsonDict) -> None:
        ask(still, operation, request)

    asks()


@pytest.mark.parametrize("kind", sorted(types()))
def test_any_properties_come_to_an_end(tmp_path: Path, kind: str) -> None:
    """A type that cannot read its properties fails; it never leaves its stack under way."""
    bench = bench_in(tmp_path / "home")
    names = sorted(types()[kind].properties) or ["Nothing"]
    required = types()[kind].required
    simple = st.recursive(
        st.sampled_from(["x", "name-1", "1", 3, True]),
        lambda inner: st.one_of(
            st.lists(inner, max_size=2),
            st.dictionaries(st.sampled_from(["Key", "Value", "Id", "Arn", "S3", "Rules", "Bucket"]), inner, max_size=2),
        ),
        max_leaves=4,
    )
    count = 0

    @quiet(5)
    @given(
        properties=st.fixed_dictionaries(
            dict.fromkeys(required, simple),
            optional={name: simple for name in [*names, "Tags"] if name not in required},
        )
    )
    def made(properties: JsonDict) -> None:
        nonlocal count
        count += 1
        body = {"R": {"Type": kind, "Properties": properties}}
        stack = bench.create(f"s{count}", body, Capabilities=["CAPABILITY_NAMED_IAM"])
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE")
        assert bench.delete(f"s{count}")["StackStatus"] == "DELETE_COMPLETE"

    made()
    bench.close()
