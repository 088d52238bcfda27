"""Experiments, trials and their components, as the SDK's Run class uses them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_an_experiment_is_described_as_it_was_made_and_changed(sagemaker, unique):
    name = unique("Exp")
    arn = sagemaker.create_experiment(ExperimentName=name, Description="first", Tags=[{"Key": "a", "Value": "b"}])[
        "ExperimentArn"
    ]
    assert arn.endswith(f":experiment/{name.lower()}")
    sagemaker.update_experiment(ExperimentName=name, DisplayName="Shown", Description="second")
    described = sagemaker.describe_experiment(ExperimentName=name)
    assert (described["DisplayName"], described["Description"]) == ("Shown", "second")
    assert described["LastModifiedTime"] >= described["CreationTime"]
    assert described["CreatedBy"]["IamIdentity"]["Arn"].endswith(":root")
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_taken_name_says_already_exists_as_the_sdk_expects(sagemaker, unique):
    experiment, trial, component = unique("exp"), unique("trial"), unique("run")
    sagemaker.create_experiment(ExperimentName=experiment)
    sagemaker.create_trial(TrialName=trial, ExperimentName=experiment)
    sagemaker.create_trial_component(TrialComponentName=component)
    for again in (
        lambda: sagemaker.create_experiment(ExperimentName=experiment),
        lambda: sagemaker.create_trial(TrialName=trial, ExperimentName=experiment),
        lambda: sagemaker.create_trial_component(TrialComponentName=component),
    ):
        with pytest.raises(ClientError) as error:
            again()
        code, text = refused(error)
        assert code == "ValidationException" and "already exists" in text


def test_what_is_not_there_answers_resource_not_found(sagemaker, unique):
    missing = unique("nothing")
    for ask in (
        lambda: sagemaker.describe_experiment(ExperimentName=missing),
        lambda: sagemaker.describe_trial(TrialName=missing),
        lambda: sagemaker.describe_trial_component(TrialComponentName=missing),
        lambda: sagemaker.create_trial(TrialName=missing, ExperimentName=missing),
        lambda: sagemaker.delete_experiment(ExperimentName=missing),
        lambda: sagemaker.delete_trial(TrialName=missing),
        lambda: sagemaker.delete_trial_component(TrialComponentName=missing),
    ):
        with pytest.raises(sagemaker.exceptions.ResourceNotFound) as error:
            ask()
        assert "does not exist" in refused(error)[1]


def test_the_tree_is_taken_down_from_its_leaves(sagemaker, unique):
    experiment, trial, component = unique("exp"), unique("trial"), unique("run")
    sagemaker.create_experiment(ExperimentName=experiment)
    sagemaker.create_trial(TrialName=trial, ExperimentName=experiment)
    sagemaker.create_trial_component(TrialComponentName=component)
    sagemaker.associate_trial_component(TrialComponentName=component, TrialName=trial)
    with pytest.raises(ClientError, match="contains trials"):
        sagemaker.delete_experiment(ExperimentName=experiment)
    with pytest.raises(ClientError, match="has trial components"):
        sagemaker.delete_trial(TrialName=trial)
    sagemaker.disassociate_trial_component(TrialComponentName=component, TrialName=trial)
    assert sagemaker.list_trial_components(TrialName=trial)["TrialComponentSummaries"] == []
    sagemaker.delete_trial_component(TrialComponentName=component)
    sagemaker.delete_trial(TrialName=trial)
    sagemaker.delete_experiment(ExperimentName=experiment)
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_experiment(ExperimentName=experiment)


def test_a_trial_is_listed_by_experiment_and_by_component(sagemaker, unique):
    experiment, component = unique("exp"), unique("run")
    sagemaker.create_experiment(ExperimentName=experiment)
    names = [unique("trial") for _ in range(3)]
    for name in names:
        sagemaker.create_trial(TrialName=name, ExperimentName=experiment)
    sagemaker.create_trial_component(TrialComponentName=component)
    sagemaker.associate_trial_component(TrialComponentName=component, TrialName=names[1])
    sagemaker.update_trial(TrialName=names[0], DisplayName="the-first")
    listed = sagemaker.list_trials(ExperimentName=experiment, SortBy="Name", SortOrder="Ascending")["TrialSummaries"]
    assert [one["TrialName"] for one in listed] == sorted(names)
    holding = sagemaker.list_trials(TrialComponentName=component)["TrialSummaries"]
    assert [one["TrialName"] for one in holding] == [names[1]]
    assert sagemaker.describe_trial(TrialName=names[0])["DisplayName"] == "the-first"
    assert sagemaker.describe_trial(TrialName=names[0])["ExperimentName"] == experiment


def test_components_are_listed_by_trial_experiment_and_source(sagemaker, shared_server, unique):
    experiment, trial, component = unique("exp"), unique("trial"), unique("run")
    source = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{unique('job')}"
    sagemaker.create_experiment(ExperimentName=experiment)
    sagemaker.create_trial(TrialName=trial, ExperimentName=experiment)
    # As the jobs engine makes it: clients cannot name a source.
    made = {"TrialComponentName": component, "Source": {"SourceArn": source, "SourceType": "SageMakerTrainingJob"}}
    shared_server.api()("sagemaker", "CreateTrialComponent", made)
    sagemaker.associate_trial_component(TrialComponentName=component, TrialName=trial)
    for filters in ({"TrialName": trial}, {"ExperimentName": experiment}, {"SourceArn": source}):
        found = sagemaker.list_trial_components(**filters)["TrialComponentSummaries"]
        assert [one["TrialComponentName"] for one in found] == [component], filters
        if "SourceArn" in filters:
            assert sagemaker.list_trial_components(SourceArn=source.upper())["TrialComponentSummaries"] == found
    assert found[0]["TrialComponentSource"]["SourceArn"] == source
    assert sagemaker.list_trial_components(SourceArn=source + "x")["TrialComponentSummaries"] == []


def test_an_update_merges_parameters_and_artifacts_and_replaces_status(sagemaker, unique):
    name = unique("run")
    sagemaker.create_trial_component(
        TrialComponentName=name,
        Parameters={"lr": {"NumberValue": 0.1}, "kind": {"StringValue": "tree"}},
        InputArtifacts={"data": {"Value": "s3://bucket/data", "MediaType": "text/csv"}},
        Status={"PrimaryStatus": "InProgress"},
    )
    start = datetime(2026, 1, 2, tzinfo=UTC)
    sagemaker.update_trial_component(
        TrialComponentName=name,
        Parameters={"lr": {"NumberValue": 0.2}},
        ParametersToRemove=["kind"],
        OutputArtifacts={"model": {"Value": "s3://bucket/model"}},
        Status={"PrimaryStatus": "Completed", "Message": "done"},
        StartTime=start,
    )
    found = sagemaker.describe_trial_component(TrialComponentName=name)
    assert found["Parameters"] == {"lr": {"NumberValue": 0.2}}
    assert found["InputArtifacts"]["data"]["MediaType"] == "text/csv"
    assert found["OutputArtifacts"]["model"]["Value"] == "s3://bucket/model"
    assert found["Status"] == {"PrimaryStatus": "Completed", "Message": "done"}
    assert found["StartTime"] == start


def test_names_are_the_same_in_any_case(sagemaker, metrics, unique):
    experiment, trial, run = unique("My-Experiment"), unique("My-Trial"), unique("My-Run")
    sagemaker.create_experiment(ExperimentName=experiment)
    sagemaker.create_trial(TrialName=trial, ExperimentName=experiment.lower())
    sagemaker.create_trial_component(TrialComponentName=run)
    sagemaker.associate_trial_component(TrialComponentName=run.lower(), TrialName=trial.upper())
    point = {"MetricName": "loss", "Timestamp": datetime(2026, 1, 1, tzinfo=UTC), "Value": 1.0}
    assert metrics.batch_put_metrics(TrialComponentName=run.lower(), MetricData=[point])["Errors"] == []
    assert sagemaker.describe_experiment(ExperimentName=experiment.upper())["ExperimentName"] == experiment
    assert sagemaker.describe_trial(TrialName=trial.lower())["TrialName"] == trial
    (listed,) = sagemaker.list_trial_components(TrialName=trial.lower())["TrialComponentSummaries"]
    assert listed["TrialComponentName"] == run
    with pytest.raises(ClientError) as error:
        sagemaker.create_experiment(ExperimentName=experiment.lower())
    assert error.value.response["Error"]["Code"] == "ValidationException"


def test_what_a_run_has_none_of_is_there_and_empty(sagemaker, unique):
    name = unique("run")
    sagemaker.create_trial_component(TrialComponentName=name)
    expression = {"Filters": [{"Name": "TrialComponentName", "Operator": "Equals", "Value": name}]}
    (found,) = sagemaker.search(Resource="ExperimentTrialComponent", SearchExpression=expression)["Results"]
    for answer in (found["TrialComponent"], sagemaker.describe_trial_component(TrialComponentName=name)):
        assert [answer[member] for member in ("Parameters", "InputArtifacts", "OutputArtifacts")] == [{}, {}, {}]
        assert answer["Metrics"] == []


def test_metrics_of_a_run_come_back_as_summaries_and_as_curves(sagemaker, metrics, unique):
    name = unique("run")
    arn = sagemaker.create_trial_component(TrialComponentName=name)["TrialComponentArn"]
    points = [
        {"MetricName": "loss", "Timestamp": datetime(2026, 1, 1, 0, minute, tzinfo=UTC), "Step": minute, "Value": value}
        for minute, value in enumerate((3.0, 1.0, 2.0))
    ]
    assert metrics.batch_put_metrics(TrialComponentName=name, MetricData=points)["Errors"] == []
    (summary,) = sagemaker.describe_trial_component(TrialComponentName=name)["Metrics"]
    assert (summary["Min"], summary["Max"], summary["Last"], summary["Count"], summary["Avg"]) == (
        1.0,
        3.0,
        2.0,
        3,
        2.0,
    )
    query = {"MetricName": "loss", "ResourceArn": arn, "MetricStat": "Avg", "Period": "IterationNumber"}
    by_step = {**query, "XAxisType": "IterationNumber"}
    by_time = {**query, "XAxisType": "Timestamp", "Period": "FiveMinute", "MetricStat": "Max"}
    late = {**by_step, "Start": 1}
    missing = {**by_step, "ResourceArn": arn + "-no"}
    found = metrics.batch_get_metrics(MetricQueries=[by_step, by_time, late, missing])["MetricQueryResults"]
    assert (found[0]["XAxisValues"], found[0]["MetricValues"]) == ([0, 1, 2], [3.0, 1.0, 2.0])
    assert (found[1]["XAxisValues"], found[1]["MetricValues"]) == ([int(points[0]["Timestamp"].timestamp())], [3.0])
    assert found[2]["XAxisValues"] == [1, 2]
    assert found[3]["Status"] == "ValidationError" and found[3]["MetricValues"] == []


def test_metrics_of_a_run_that_is_not_there_are_refused_one_by_one(metrics, unique):
    point = {"MetricName": "loss", "Timestamp": datetime.now(UTC), "Value": 1.0}
    errors = metrics.batch_put_metrics(TrialComponentName=unique("no"), MetricData=[point, point])["Errors"]
    assert [(one["Code"], one["MetricIndex"]) for one in errors] == [("VALIDATION_ERROR", 0), ("VALIDATION_ERROR", 1)]


def test_pages_hold_every_experiment_once_while_others_are_made(sagemaker, unique):
    prefix = unique("paged")
    wanted = [f"{prefix}-{number}" for number in range(7)]
    for name in wanted:
        sagemaker.create_experiment(ExperimentName=name)
    seen: list[str] = []
    for number, page in enumerate(
        sagemaker.get_paginator("list_experiments").paginate(PaginationConfig={"PageSize": 2})
    ):
        seen += [one["ExperimentName"] for one in page["ExperimentSummaries"]]
        sagemaker.create_experiment(ExperimentName=f"{prefix}-later-{number}")
        if set(wanted) <= set(seen):
            break
    assert [name for name in seen if name in wanted] == wanted[::-1]
    assert len(seen) == len(set(seen))
    with pytest.raises(ClientError, match="pagination token"):
        sagemaker.list_experiments(NextToken="bm90IG91cnM=")
