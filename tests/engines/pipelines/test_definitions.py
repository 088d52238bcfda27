"""Definitions: what is taken, in which order it becomes ready, and in which words the rest is refused."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.engines.pipelines import definitions
from ormer.engines.pipelines.definitions import Definition
from ormer.engines.pipelines.graphs import Graph
from ormer.stores.runs.steps import StepRow

from .conftest import condition, equals, fail, processing, training

JsonDict = dict[str, Any]
MODELS = Models()
EXAMPLES = (
    "abalone-pipeline-definition.json",
    "abalone-pipeline-definition-modelstep.json",
    "abalone-pipeline-definition-sdk-2.93.json",
    "v3-pipeline-definition.json",
)


def parse(steps: Any, **top: Any) -> Definition:
    return definitions.parse(json.dumps({"Version": "2020-12-01", "Steps": steps, **top}), MODELS)


def waves(definition: Definition, outcome: bool) -> Iterator[set[str]]:
    """The steps that become ready together, when every step succeeds at once and conditions have this outcome."""
    rows = {step.name: StepRow("e", step.name, "p", step.type, step.position) for step in definition.steps.values()}
    graph = Graph(definition.steps, rows)
    while ready := list(graph.ready()):
        started = set()
        for name in ready:
            if graph.is_skipped(name):
                rows[name].status = "Skipped"
            else:
                started.add(name)
        for name in started:
            rows[name].status, rows[name].properties = "Succeeded", {"Outcome": outcome}
        if started:
            yield started


def example(name: str) -> str:
    goldens = os.environ.get("ORMER_GOLDENS")
    if not goldens:
        pytest.skip("ORMER_GOLDENS does not say where the folder of example definitions is")
    return (Path(goldens).parent / "examples" / name).read_text()


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_the_sdks_write_is_taken_and_runs_to_its_registered_model(name: str) -> None:
    definition = definitions.parse(example(name), MODELS)
    order = list(waves(definition, True))
    assert set().union(*order) == set(definition.steps)
    assert any(definition.steps[step].type == "RegisterModel" for step in order[-1])
    without = set().union(*waves(definition, False))
    assert not any(definition.steps[step].type == "RegisterModel" for step in without)


def test_the_abalone_steps_become_ready_as_the_graph_shows() -> None:
    order = list(waves(definitions.parse(example(EXAMPLES[0]), MODELS), True))
    assert order == [
        {"PreprocessAbaloneData"},
        {"DataQualityCheckStep", "DataBiasCheckStep"},
        {"TrainAbaloneModel"},
        {"AbaloneCreateModel", "EvaluateAbaloneModel"},
        {"AbaloneTransform", "ModelBiasCheckStep", "ModelExplainabilityCheckStep", "CheckMSEAbaloneEvaluation"},
        {"ModelQualityCheckStep"},
        {"RegisterAbaloneModel-RegisterModel"},
    ]


def test_nested_branches_run_only_where_they_were_taken() -> None:
    inner = condition("Inner", [equals(1, 1)], [processing("Yes")], [fail("No", "x")])
    definition = parse([condition("Outer", [equals(1, 1)], [inner], [processing("Else")])])
    assert list(waves(definition, True)) == [{"Outer"}, {"Inner"}, {"Yes"}]
    assert list(waves(definition, False)) == [{"Outer"}, {"Else"}]


def test_what_needs_a_skipped_step_is_skipped_too() -> None:
    steps = [condition("If", [equals(1, 1)], [processing("Then")], []), processing("Behind", depends=("Then",))]
    assert list(waves(parse(steps), False)) == [{"If"}]


def without(step: JsonDict, *path: str) -> JsonDict:
    copy = json.loads(json.dumps(step))
    inner = copy
    for member in path[:-1]:
        inner = inner[member]
    del inner[path[-1]]
    return dict(copy)


def using(text: str) -> JsonDict:
    return processing("Use", arguments={"Environment": {"x": {"Get": text}}})


REFUSED: list[tuple[Any, str]] = [
    ({}, "Expecting start of Json Array"),
    ([3], "Expecting start of Json Object"),
    ([processing("a b")], "Step name 'a b' must be"),
    ([processing("A"), processing("A")], "'A' occurs more than once"),
    ([condition("A", [equals(1, 1)], [processing("A")], [])], "'A' occurs more than once"),
    ([{"Name": "A", "Type": "Magic", "Arguments": {}}], "Step 'A' has the unknown type 'Magic'"),
    ([{"Name": "A", "Type": "Training"}], "Step 'A' of type Training needs Arguments"),
    ([without(training("A"), "Arguments", "RoleArn")], "Missing required Argument member 'RoleArn'"),
    ([processing("A", arguments={"Colour": 1})], "Unknown Argument member 'Colour'. See the Arguments of step 'A'"),
    ([processing("A", arguments={"ProcessingInputs": {}})], "Expecting start of Json Array. (ProcessingInputs)"),
    (
        [processing("A", arguments={"NetworkConfig": {"VpcConfig": {"Subnets": {"Get": "Parameters.P"}}}})],
        "Expecting start of Json Array. (NetworkConfig.VpcConfig.Subnets)",
    ),
    ([processing("A", depends=("B",))], "Step 'A' depends on 'B', which is no step of the pipeline"),
    ([using("Steps.B.ModelName")], "Step 'Use' refers to Steps.B.ModelName, but no step is named 'B'"),
    ([using("Parameters.Q")], "undeclared parameter 'Q'"),
    ([using("Execution.Colour")], "Execution.Colour is no execution variable"),
    ([using("Colour")], "'Colour' must start with Parameters., Execution. or Steps."),
    (
        [training("T"), using("Steps.T.ModelArtifact.S3ModelArtifacts")],
        "a Training step has no property 'ModelArtifact'",
    ),
    (
        [processing("A"), condition("C", [equals({"Std:JsonGet": {"Path": "x"}}, 1)], [], [])],
        "Std:JsonGet needs either PropertyFile or S3Uri",
    ),
    (
        [
            processing("A"),
            condition(
                "C",
                [equals({"Std:JsonGet": {"PropertyFile": {"Get": "Steps.A.PropertyFiles.R"}, "Path": "x"}}, 1)],
                [],
                [],
            ),
        ],
        "step 'A' declares no such property file",
    ),
    ([processing("A", depends=("B",)), processing("B", depends=("A",))], "circle: A -> B -> A"),
    ([condition("C", [{"Type": "Near"}], [], [])], "condition of the unknown type 'Near'"),
    ([condition("C", [{"Type": "Equals", "LeftValue": 1}], [], [])], "condition of type Equals without RightValue"),
    ([condition("CondStep", [equals(1, 1)], [], []) | {"DependsOn": ["FailStep"]}, fail("FailStep", "x")],
     "CondStep can not depends on FailStep"),
    ([processing("A", CacheConfig={"Enabled": True, "ExpireAfter": "1 hour"})], "Step 'A': '1 hour' is not an ISO"),
    ([processing("A", RetryPolicies=[{"ExceptionType": ["Bad"]}])], "Step 'A': ExceptionType of a retry policy"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "told"), REFUSED)
def test_a_wrong_definition_is_refused_with_the_step_and_the_reason(steps: Any, told: str) -> None:
    with pytest.raises(AwsError, match=re.escape(told)) as refused:
        parse(steps, Parameters=[{"Name": "P", "Type": "String"}])
    assert refused.value.code == "ValidationException"
    assert refused.value.message.startswith("Unable to parse pipeline definition. ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "It is not valid JSON"),
        ("[]", "Expecting start of Json Object"),
        ('{"Steps": []}', "Version is None; it must be '2020-12-01'"),
        ('{"Version": "2020-12-01", "Parameters": [{"Name": "A"}], "Steps": []}', "parameter 'A' has the type None"),
        (
            '{"Version": "2020-12-01", "Steps": [], '
            '"Parameters": [{"Name": "A", "Type": "Integer", "DefaultValue": "x"}]}',
            "parameter 'A' is of type Integer, but 'x' is not",
        ),
    ],
)
def test_a_definition_wrong_at_the_top_is_refused(text: str, told: str) -> None:
    with pytest.raises(AwsError, match=re.escape(told)):
        definitions.parse(text, MODELS)


def test_a_function_that_stands_as_text_among_container_arguments_is_one() -> None:
    """As SDK 2.243 writes them; other texts stay what they are."""
    given = ["--input", '{"Get": "Steps.A.ProcessingJobName"}', '{"name": "x"}', "{", '{"Get": 1}']
    second = processing("B")
    second["Arguments"]["AppSpecification"]["ContainerArguments"] = given
    found = parse([processing("A"), second]).steps["B"]
    assert found.needs == {"A"}
    assert found.arguments["AppSpecification"]["ContainerArguments"] == [
        "--input",
        {"Get": "Steps.A.ProcessingJobName"},
        '{"name": "x"}',
        "{",
        '{"Get": 1}',
    ]
