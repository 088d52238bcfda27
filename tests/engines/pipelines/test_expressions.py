"""Functions, paths, conditions and parameters: pure, with properties where a property can be said."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormer.aws.errors import AwsError
from ormer.engines.pipelines import conditions, expressions, naming, parameters, paths
from ormer.engines.pipelines.expressions import Unresolved

JsonDict = dict[str, Any]
# A busy machine is no reason to fail.
PATIENT = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
KEYS = st.text("abcXYZ_-019", min_size=1, max_size=6)
LEAVES = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)


class Known:
    """Values from a dict each."""

    def __init__(self, **kinds: JsonDict) -> None:
        self.kinds = kinds

    def parameter(self, name: str) -> Any:
        return self.kinds["parameters"][name]

    def variable(self, name: str) -> Any:
        return self.kinds["variables"][name]

    def properties(self, step: str) -> Any:
        return self.kinds["steps"][step]

    def property_file(self, step: str, name: str) -> Any:
        return self.kinds["files"][f"{step}.{name}"]

    def json_object(self, uri: str) -> Any:
        return self.kinds["objects"][uri]


NOTHING = Known()


def every_path(document: Any, sofar: str = "") -> list[tuple[str, Any]]:
    """Each place in a document by the notation the SDK writes."""
    found = [(sofar, document)] if sofar else []
    if isinstance(document, dict):
        for key, inner in document.items():
            found += every_path(inner, f"{sofar}.{key}" if sofar else key)
            found += every_path(inner, f"{sofar}['{key}']")
    elif isinstance(document, list):
        for index, inner in enumerate(document):
            found += every_path(inner, f"{sofar}[{index}]")
    return found


@PATIENT
@given(st.dictionaries(KEYS, DOCUMENTS, max_size=3))
def test_every_place_in_a_document_is_found_by_its_path(document: JsonDict) -> None:
    for path, value in every_path(document):
        assert paths.dig(document, paths.tokens(path)) == value
        assert paths.query(document, path) == value


@PATIENT
@given(DOCUMENTS)
def test_a_document_without_functions_resolves_to_itself_less_its_nulls(document: Any) -> None:
    assert expressions.resolve(document, NOTHING) == without_nulls(document)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


@PATIENT
@given(st.lists(st.text(max_size=5), max_size=5), st.text(max_size=3))
def test_join_is_join(texts: list[str], between: str) -> None:
    assert expressions.resolve({"Std:Join": {"On": between, "Values": texts}}, NOTHING) == between.join(texts)


def test_functions_nest_and_stand_anywhere() -> None:
    known = Known(
        parameters={"Count": 2, "Flag": True},
        variables={"PipelineExecutionId": "abc"},
        steps={"Prep": {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}}]}},
        files={"Eval.Report": {"a": [{"b-c": 0.5}]}},
        objects={"s3://b/abc/x.json": {"x": 1}},
    )
    joined = {"Std:Join": {"On": "/", "Values": ["s3:/", "b", {"Get": "Execution.PipelineExecutionId"}, "x.json"]}}
    asked = {
        "uri": {"Get": "Steps.Prep.Outputs['train'].S3Output.S3Uri"},
        "text": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Count"}, "-", {"Get": "Parameters.Flag"}]}},
        "list": [{"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Eval.PropertyFiles.Report"}, "Path": "a[0].b-c"}}],
        "object": {"Std:JsonGet": {"S3Uri": joined, "Path": "$.x"}},
    }
    assert expressions.resolve(asked, known) == {
        "uri": "s3://b/train",
        "text": "2-true",
        "list": [0.5],
        "object": 1,
    }
    assert {found.text for found in expressions.references(asked)} == {
        "Execution.PipelineExecutionId",
        "Parameters.Count",
        "Parameters.Flag",
        "Steps.Prep.Outputs['train'].S3Output.S3Uri",
        "Steps.Eval.PropertyFiles.Report",
    }


def test_a_missing_property_says_where_it_ends_and_what_is_there() -> None:
    known = Known(steps={"Train": {"ModelArtifacts": {"S3ModelArtifacts": "s3://b/m"}}})
    with pytest.raises(Unresolved, match=r"ModelArtifacts has no 'S3Model'; it has S3ModelArtifacts"):
        expressions.resolve({"Get": "Steps.Train.ModelArtifacts.S3Model"}, known)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("metrics.auc.value", 0.9),
        ("$.metrics.auc.value", 0.9),
        ("metrics['auc'].value", 0.9),
        ('metrics["f1-score"]', 0.5),
        ("metrics.f1-score", 0.5),
        ("rows[1].b", 2),
        ("rows[-1].b", 2),
        ("$.rows[?@.b==1].b", 1),
        ("$..auc.value", 0.9),
    ],
)
def test_json_get_understands_dots_and_json_paths(path: str, found: Any) -> None:
    document = {"metrics": {"auc": {"value": 0.9}, "f1-score": 0.5}, "rows": [{"b": 1}, {"b": 2}]}
    assert paths.query(document, path) == found


CASES = [
    ({"Type": "Equals", "LeftValue": 1, "RightValue": 1.0}, True),
    ({"Type": "Equals", "LeftValue": "a", "RightValue": "b"}, False),
    ({"Type": "Equals", "LeftValue": True, "RightValue": 1}, False),
    ({"Type": "Equals", "LeftValue": "True", "RightValue": True}, True),
    ({"Type": "GreaterThan", "LeftValue": 2, "RightValue": 1}, True),
    ({"Type": "GreaterThan", "LeftValue": 1, "RightValue": 1}, False),
    ({"Type": "GreaterThanOrEqualTo", "LeftValue": 1, "RightValue": 1}, True),
    ({"Type": "LessThan", "LeftValue": "0.5", "RightValue": 0.6}, True),
    ({"Type": "LessThanOrEqualTo", "LeftValue": 6.0, "RightValue": 6.0}, True),
    ({"Type": "LessThanOrEqualTo", "LeftValue": 6.01, "RightValue": 6.0}, False),
    ({"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}, True),
    ({"Type": "In", "QueryValue": 3, "Values": [1, 2]}, False),
]


@pytest.mark.parametrize(("condition", "outcome"), CASES)
def test_conditions_hold_as_their_names_say(condition: JsonDict, outcome: bool) -> None:
    assert conditions.holds(condition, NOTHING) is outcome
    assert conditions.holds({"Type": "Not", "Condition": condition}, NOTHING) is not outcome


@PATIENT
@given(st.lists(st.booleans(), max_size=4))
def test_or_and_and_are_any_and_all(flags: list[bool]) -> None:
    inner = [{"Type": "Equals", "LeftValue": flag, "RightValue": True} for flag in flags]
    assert conditions.holds({"Type": "Or", "Conditions": inner}, NOTHING) is any(flags)
    assert conditions.holds({"Type": "And", "Conditions": inner}, NOTHING) is all(flags)


def test_what_cannot_be_compared_is_said_so() -> None:
    with pytest.raises(Unresolved, match="GreaterThan cannot compare 'high' with 1"):
        conditions.holds({"Type": "GreaterThan", "LeftValue": "high", "RightValue": 1}, NOTHING)


DECLARED = {
    name: parameters.declared({"Name": name, "Type": kind, **more})
    for name, kind, more in (
        ("Text", "String", {"DefaultValue": "", "EnumValues": ["", "a"]}),
        ("Count", "Integer", {"DefaultValue": 2}),
        ("Rate", "Float", {"DefaultValue": 1}),
        ("Flag", "Boolean", {}),
    )
}


def given_as(**texts: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": text} for name, text in texts.items()]


def test_parameters_are_read_from_the_texts_the_sdk_sends() -> None:
    found = parameters.assigned(DECLARED, given_as(Flag="True", Count="7", Rate="0.25", Text="a"))
    assert found == {"Text": "a", "Count": 7, "Rate": 0.25, "Flag": True}
    assert parameters.assigned(DECLARED, given_as(Flag="false")) == {"Text": "", "Count": 2, "Rate": 1.0, "Flag": False}


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ({}, "Missing pipeline parameters: [Flag]"),
        ({"Flag": "yes"}, "'Flag': 'yes' is not of type Boolean"),
        ({"Flag": "true", "Count": "2.5"}, "'Count': '2.5' is not of type Integer"),
        ({"Flag": "true", "Text": "b"}, "'b', which is not among its EnumValues"),
        ({"Flag": "true", "Colour": "x"}, "'Colour' is not declared in the pipeline"),
    ],
)
def test_wrong_parameters_are_refused_by_name(texts: dict[str, str], told: str) -> None:
    with pytest.raises(AwsError, match=re.escape(told)) as refused:
        parameters.assigned(DECLARED, given_as(**texts))
    assert refused.value.code == "ValidationException"


@PATIENT
@given(st.from_regex(r"[A-Za-z0-9\-_]{1,64}", fullmatch=True), st.integers(1, 20), st.none() | st.text(max_size=90))
def test_job_names_are_valid_derived_and_differ_by_attempt(step: str, attempt: int, prefix: str | None) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p/execution/abcdefghijkl"
    name = naming.job_name(arn, step, attempt, prefix)
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
    assert name == naming.job_name(arn, step, attempt, prefix)
    assert name != naming.job_name(arn, step, attempt + 1, prefix)
