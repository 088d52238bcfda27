"""Search: operators, nested filters, tags, metrics, order and pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from botocore.exceptions import ClientError

from ormer.stores import tables

RUN = "ExperimentTrialComponent"


def names(answer: dict[str, Any]) -> list[str]:
    return [one["TrialComponent"]["TrialComponentName"] for one in answer["Results"]]


def where(name: str, operator: str, value: str | None = None) -> dict[str, str]:
    return {"Name": name, "Operator": operator, **({"Value": value} if value is not None else {})}


@pytest.fixture
def runs(sagemaker, metrics, unique) -> dict[str, str]:
    """Three runs of one trial: low, middle, high; `lr` 0.1, 0.5, 10, and one loss each."""
    made = {"experiment": unique("exp"), "trial": unique("trial")}
    sagemaker.create_experiment(ExperimentName=made["experiment"])
    sagemaker.create_trial(TrialName=made["trial"], ExperimentName=made["experiment"])
    for key, rate, losses in (("low", 0.1, (5.0, 1.0)), ("middle", 0.5, (4.0, 2.0)), ("high", 10.0, (3.0, 9.0))):
        made[key] = unique(key)
        sagemaker.create_trial_component(
            TrialComponentName=made[key],
            Parameters={"lr": {"NumberValue": rate}, "kind": {"StringValue": f"{key}-kind"}},
            Tags=[{"Key": "team", "Value": key}, {"Key": "mark", "Value": made["trial"]}],
        )
        sagemaker.associate_trial_component(TrialComponentName=made[key], TrialName=made["trial"])
        data = [{"MetricName": "loss", "Timestamp": datetime.now(UTC), "Value": value} for value in losses]
        metrics.batch_put_metrics(TrialComponentName=made[key], MetricData=data)
    return made


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([where("Parameters.lr.NumberValue", "GreaterThan", "0.1")], {"middle", "high"}),
        ([where("Parameters.lr.NumberValue", "GreaterThanOrEqualTo", "0.1")], {"low", "middle", "high"}),
        ([where("Parameters.lr.NumberValue", "LessThan", "0.5")], {"low"}),
        # As the SDK's analytics name a parameter.
        ([where("Parameters.lr", "GreaterThanOrEqualTo", "0.5")], {"middle", "high"}),
        ([where("Parameters.kind", "Equals", "low-kind")], {"low"}),
        ([where("Parameters.kind", "NotEquals", "low-kind")], {"middle", "high"}),
        ([where("Parameters.other", "NotExists")], {"low", "middle", "high"}),
        ([where("Parameters.lr.NumberValue", "LessThanOrEqualTo", "0.50")], {"low", "middle"}),
        ([where("Parameters.lr.NumberValue", "Equals", "10")], {"high"}),
        ([where("Parameters.kind.StringValue", "Contains", "DDLE-")], {"middle"}),
        ([where("Parameters.kind.StringValue", "NotEquals", "low-kind")], {"middle", "high"}),
        ([where("Parameters.kind.StringValue", "In", "low-kind,high-kind")], {"low", "high"}),
        ([where("Parameters.kind.StringValue", "Exists")], {"low", "middle", "high"}),
        ([where("Parameters.other.StringValue", "NotExists")], {"low", "middle", "high"}),
        ([where("Parameters.other.StringValue", "Exists")], set()),
        ([where("Tags.team", "Equals", "low")], {"low"}),
        ([where("Tags.team", "NotEquals", "low")], {"middle", "high"}),
        ([where("Tags.other", "NotExists")], {"low", "middle", "high"}),
        ([where("Metrics.loss", "GreaterThan", "1.5")], {"middle", "high"}),
        ([where("Metrics.loss.Min", "LessThan", "3")], {"low", "middle"}),
        ([where("Metrics.loss.Max", "Equals", "9")], {"high"}),
        ([where("Metrics.loss.Avg", "LessThanOrEqualTo", "3")], {"low", "middle"}),
        ([where("Metrics.loss.Count", "Equals", "2")], {"low", "middle", "high"}),
        ([where("Metrics.accuracy", "Exists")], set()),
    ],
)
def test_a_filter_finds_the_runs_it_says(sagemaker, runs, filters, found):
    own = [where("Tags.mark", "Equals", runs["trial"])]
    answer = sagemaker.search(Resource=RUN, SearchExpression={"Filters": [*filters, *own]}, MaxResults=50)
    assert set(names(answer)) == {runs[key] for key in found}
    assert answer["TotalHits"] == {"Value": len(found), "Relation": "EqualTo"}


def test_the_tree_is_searched_as_the_sdk_does(sagemaker, runs):
    by_experiment = {"Filters": [where("Parents.ExperimentName", "Equals", runs["experiment"])]}
    assert len(sagemaker.search(Resource=RUN, SearchExpression=by_experiment)["Results"]) == 3
    nested = {
        "NestedFilters": [
            {"NestedPropertyName": "Parents", "Filters": [where("Parents.TrialName", "Equals", runs["trial"])]}
        ]
    }
    answer = sagemaker.search(Resource=RUN, SearchExpression=nested)
    assert len(answer["Results"]) == 3
    component = answer["Results"][0]["TrialComponent"]
    assert component["Parents"] == [{"TrialName": runs["trial"], "ExperimentName": runs["experiment"]}]
    (metric,) = component["Metrics"]
    assert metric["MetricName"] == "loss" and metric["Count"] == 2
    found = sagemaker.search(
        Resource="ExperimentTrial", SearchExpression={"Filters": [where("TrialName", "Equals", runs["trial"])]}
    )
    assert len(found["Results"][0]["Trial"]["TrialComponentSummaries"]) == 3


def test_expressions_combine_with_or_and_with_subexpressions(sagemaker, runs):
    either = {
        "Operator": "Or",
        "SubExpressions": [
            {"Filters": [where("Tags.team", "Equals", "low"), where("Tags.mark", "Equals", runs["trial"])]},
            {"Filters": [where("Tags.team", "Equals", "high"), where("Tags.mark", "Equals", runs["trial"])]},
        ],
    }
    assert set(names(sagemaker.search(Resource=RUN, SearchExpression=either))) == {runs["low"], runs["high"]}


def test_results_are_sorted_by_number_by_metric_and_by_time(sagemaker, runs):
    own = {"Filters": [where("Tags.mark", "Equals", runs["trial"])]}
    rising = [runs["low"], runs["middle"], runs["high"]]
    for by, order, wanted in (
        ("Parameters.lr.NumberValue", "Ascending", rising),
        ("Parameters.lr.NumberValue", "Descending", rising[::-1]),
        ("Parameters.lr", "Descending", rising[::-1]),
        ("Metrics.loss", "Ascending", rising),
        ("Metrics.loss.Max", "Ascending", [runs["middle"], runs["low"], runs["high"]]),
        ("CreationTime", "Ascending", rising),
        ("TrialComponentName", "Ascending", sorted(rising)),
    ):
        answer = sagemaker.search(Resource=RUN, SearchExpression=own, SortBy=by, SortOrder=order)
        assert names(answer) == wanted, (by, order)


def test_pages_hold_every_hit_once(sagemaker, runs):
    own = {"Filters": [where("Tags.mark", "Equals", runs["trial"])]}
    pages = sagemaker.get_paginator("search").paginate(
        Resource=RUN, SearchExpression=own, SortBy="CreationTime", PaginationConfig={"PageSize": 2}
    )
    seen = [names(page) for page in pages]
    assert [len(page) for page in seen] == [2, 1]
    assert {name for page in seen for name in page} == {runs["low"], runs["middle"], runs["high"]}


def test_a_nested_filter_wants_one_element_that_meets_all_of_it(sagemaker, unique):
    group = unique("group")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    containers = [
        {"Image": "image-a", "ModelDataUrl": "s3://bucket/a"},
        {"Image": "image-b", "ModelDataUrl": "s3://bucket/b"},
    ]
    arn = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={
            "Containers": containers,
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]

    def hits(image: str, data: str) -> list[str]:
        prefix = "InferenceSpecification.Containers"
        nested = {
            "NestedPropertyName": prefix,
            "Filters": [where(f"{prefix}.Image", "Equals", image), where(f"{prefix}.ModelDataUrl", "Equals", data)],
        }
        own = {"Filters": [where("ModelPackageGroupName", "Equals", group)], "NestedFilters": [nested]}
        found = sagemaker.search(Resource="ModelPackage", SearchExpression=own)["Results"]
        return [one["ModelPackage"]["ModelPackageArn"] for one in found]

    assert hits("image-a", "s3://bucket/a") == [arn]
    assert hits("image-b", "s3://bucket/b") == [arn]
    assert hits("image-a", "s3://bucket/b") == []


def test_mistakes_in_filters_say_what_is_wrong(sagemaker):
    for wrong, text in (
        (where("Parameters.lr.NumberValue", "GreaterThan"), "needs a Value"),
        (where("Metrics.loss", "GreaterThan", "much"), "compares numbers"),
    ):
        with pytest.raises(ClientError, match=text) as error:
            sagemaker.search(Resource=RUN, SearchExpression={"Filters": [wrong]})
        assert error.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="not answered"):
        sagemaker.search(Resource="HubContent")


def test_suggestions_begin_with_the_hint(sagemaker, runs):
    hint = {"PropertyNameQuery": {"PropertyNameHint": "Parameters.l"}}
    found = sagemaker.get_search_suggestions(Resource=RUN, SuggestionQuery=hint)["PropertyNameSuggestions"]
    assert {"PropertyName": "Parameters.lr.NumberValue"} in found


def test_ten_thousand_runs_are_searched(server):
    sagemaker = server.client("sagemaker")
    prefix = "arn:aws:sagemaker:us-east-1:123456789012:experiment-trial-component"
    header = {"account": "123456789012", "region": "us-east-1", "service": "sagemaker", "kind": RUN, "version": 1}
    numbers = range(10_000)
    with server.house.stores.database.write() as tx:
        tx.execute(
            sa.insert(tables.resources),
            [
                {
                    **header,
                    "arn": f"{prefix}/run-{number}",
                    "name": f"run-{number}",
                    "created": number,
                    "modified": number,
                    "document": {"TrialComponentName": f"run-{number}", "TrialComponentArn": f"{prefix}/run-{number}"},
                    "facts": {},
                }
                for number in numbers
            ],
        )
        leaf = "Parameters.lr.NumberValue"
        tx.execute(
            sa.insert(tables.properties),
            [{"arn": f"{prefix}/run-{n}", "path": leaf, "text": str(n / 10), "number": n / 10} for n in numbers],
        )
        tx.execute(
            sa.insert(tables.run_metrics),
            [{"arn": f"{prefix}/run-{n}", "name": "loss", "value": n, "time": 0.0, "step": 1} for n in numbers],
        )
    answer = sagemaker.search(
        Resource=RUN,
        SearchExpression={
            "Filters": [where(leaf, "GreaterThanOrEqualTo", "999"), where("Metrics.loss", "LessThan", "9995")]
        },
        SortBy="Metrics.loss",
        SortOrder="Ascending",
    )
    assert names(answer) == [f"run-{number}" for number in range(9990, 9995)]
    assert answer["TotalHits"]["Value"] == 5
