"""Tuning jobs from their beginning to their end: what they try, how they end, and what is told of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ormer.aws.errors import AwsError

from .conftest import ROLE, Bench, config, definition

KINDS = {"Name": "kind", "Values": ["good", "bad"]}
SHADES = {"Name": "shade", "Values": ["a", "b", "c"]}


def tuned(bench: Bench, strategy: str, most: int | None, **more: Any) -> Any:
    return bench.tune(HyperParameterTuningJobConfig=config(strategy, most, **more), TrainingJobDefinition=definition())


def test_random_values_are_tried_and_the_best_is_named(bench: Bench) -> None:
    told = tuned(bench, "Random", 6)
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["TrainingJobStatusCounters"]["Completed"] == told["ObjectiveStatusCounters"]["Succeeded"] == 6
    trials = bench.trials()
    assert [one["TrainingJobName"].rsplit("-", 2)[1] for one in trials] == [f"{n:03d}" for n in range(1, 7)]
    best = min(trials, key=lambda one: one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
    assert told["BestTrainingJob"]["TrainingJobName"] == best["TrainingJobName"]
    training = bench.sagemaker("DescribeTrainingJob", TrainingJobName=best["TrainingJobName"])
    assert training["TuningJobArn"] == told["HyperParameterTuningJobArn"]
    assert training["HyperParameters"] == {**best["TunedHyperParameters"], "_tuning_objective_metric": "loss"}
    fixed = told["TrainingJobDefinition"]["StaticHyperParameters"]
    assert fixed == {"_tuning_objective_metric": "loss"}, "the SDK looks for it"


def test_resources_of_one_type_are_told_as_a_training_jobs_too(bench: Bench) -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    wanted = {name: value for name, value in definition().items() if name != "ResourceConfig"}
    told = bench.tune(
        HyperParameterTuningJobConfig=config("Random", 2),
        TrainingJobDefinition={
            **wanted,
            "HyperParameterTuningResourceConfig": {**resources, "AllocationStrategy": "Prioritized"},
        },
    )
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["TrainingJobDefinition"]["ResourceConfig"] == resources, "the SDK's attach looks for it"


def test_a_built_in_algorithms_metrics_are_told(bench: Bench) -> None:
    wanted = definition()
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    wanted["AlgorithmSpecification"] = {"TrainingImage": image, "TrainingInputMode": "File"}
    objective = {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"}}
    bench.sagemaker(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=config("Random", 2) | objective,
        TrainingJobDefinition=wanted,
    )
    told = bench.describe()["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert "validation:rmse" in [one["Name"] for one in told], "the SDK's attach looks for them"


def test_the_same_seed_tries_the_same_values(bench: Bench) -> None:
    values = []
    for name in ("one", "two"):
        bench.tune(
            name,
            HyperParameterTuningJobConfig=config("Random", 4, RandomSeed=7),
            TrainingJobDefinition=definition(),
        )
        values.append([trial["TunedHyperParameters"] for trial in bench.trials(name)])
    assert values[0] == values[1]


def test_a_grid_is_tried_whole(bench: Bench) -> None:
    ranges = {"CategoricalParameterRanges": [KINDS, SHADES]}
    told = tuned(bench, "Grid", None, ranges=ranges)
    tried = {(one["TunedHyperParameters"]["kind"], one["TunedHyperParameters"]["shade"]) for one in bench.trials()}
    assert tried == {(kind, shade) for kind in KINDS["Values"] for shade in SHADES["Values"]}
    assert told["BestTrainingJob"]["TunedHyperParameters"]["kind"] == "good"


def test_it_ends_when_the_target_is_reached(bench: Bench) -> None:
    told = tuned(bench, "Random", 200, TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.2}, RandomSeed=1)
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert sum(told["TrainingJobStatusCounters"].values()) < 200


def test_it_fails_when_every_training_job_does(bench: Bench) -> None:
    told = bench.tune(
        HyperParameterTuningJobConfig=config("Random", 2), TrainingJobDefinition=definition(ends="Failed")
    )
    assert told["HyperParameterTuningJobStatus"] == "Failed"
    assert "All training jobs failed" in told["FailureReason"]
    assert told["TrainingJobStatusCounters"]["NonRetryableError"] == 2
    assert [one["ObjectiveStatus"] for one in bench.trials()] == ["Failed", "Failed"]


@pytest.mark.parametrize(("most", "ran"), [(50, 5), (2, 2)])
def test_it_fails_when_no_training_job_tells_its_objective(bench: Bench, most: int, ran: int) -> None:
    one_by_one = config("Random", most, limits={"MaxParallelTrainingJobs": 1})
    told = bench.tune(HyperParameterTuningJobConfig=one_by_one, TrainingJobDefinition=definition(silent="yes"))
    assert told["HyperParameterTuningJobStatus"] == "Failed"
    assert f"No objective metrics found after running {ran} training jobs" in told["FailureReason"]
    assert told["TrainingJobStatusCounters"]["Completed"] == ran and "BestTrainingJob" not in told


def test_it_is_stopped_with_the_training_jobs_that_it_runs_and_deleted_without_them(bench: Bench) -> None:
    bench.sagemaker(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=config("Random", 5),
        TrainingJobDefinition=definition(ends="never"),
    )
    bench.until(lambda: bench.describe()["TrainingJobStatusCounters"]["InProgress"] == 2)
    with pytest.raises(AwsError, match="stop it first"):
        bench.sagemaker("DeleteHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    bench.sagemaker("StopHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    assert bench.ended()["HyperParameterTuningJobStatus"] == "Stopped"
    stopped = bench.trials(StatusEquals="Stopped")
    assert len(stopped) == 2
    bench.sagemaker("DeleteHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    assert bench.sagemaker("ListHyperParameterTuningJobs")["HyperParameterTuningJobSummaries"] == []
    left = bench.sagemaker("DescribeTrainingJob", TrainingJobName=stopped[0]["TrainingJobName"])
    assert left["TrainingJobStatus"] == "Stopped"


def test_its_time_is_over_at_the_limit(bench: Bench) -> None:
    bench.sagemaker(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=config("Random", 5, limits={"MaxRuntimeInSeconds": 120}),
        TrainingJobDefinition=definition(ends="never"),
    )
    bench.until(lambda: bench.describe()["TrainingJobStatusCounters"]["InProgress"] == 2)
    bench.clock.advance(121)
    told = bench.ended()
    assert (told["HyperParameterTuningJobStatus"], told["FailureReason"]) == (
        "Stopped",
        "The maximum runtime of the tuning job is over.",
    )


def test_several_definitions_are_tuned_side_by_side(bench: Bench) -> None:
    whole = config("Random", 4)
    own = {"TuningObjective": whole.pop("HyperParameterTuningJobObjective")}
    own["HyperParameterRanges"] = whole.pop("ParameterRanges")
    several = [definition(kind=kind) | own | {"DefinitionName": kind} for kind in ("bad", "good")]
    told = bench.tune(HyperParameterTuningJobConfig=whole, TrainingJobDefinitions=several)
    assert [one["TrainingJobDefinitionName"] for one in bench.trials()] == ["bad", "good", "bad", "good"]
    assert told["BestTrainingJob"]["TrainingJobDefinitionName"] == "good"


def test_training_jobs_are_listed_by_what_they_came_to(bench: Bench) -> None:
    tuned(bench, "Random", 5)
    values = [
        one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for one in bench.trials(SortBy="FinalObjectiveMetricValue", SortOrder="Ascending")
    ]
    assert values == sorted(values) and len(values) == 5
    asked = {"HyperParameterTuningJobName": "tune", "MaxResults": 3}
    first = bench.sagemaker("ListTrainingJobsForHyperParameterTuningJob", **asked)
    rest = bench.sagemaker("ListTrainingJobsForHyperParameterTuningJob", NextToken=first["NextToken"], **asked)
    names = [one["TrainingJobName"] for one in (*first["TrainingJobSummaries"], *rest["TrainingJobSummaries"])]
    assert names == [one["TrainingJobName"] for one in bench.trials()]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Strategy": "Hyperband"}, "HyperbandStrategyConfig.MaxResource"),
        ({"Strategy": "Hyperband", "TrainingJobEarlyStoppingType": "Auto"}, "must be Off"),
        (
            {
                "Strategy": "Hyperband",
                "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 9, "MaxResource": 3}},
            },
            "above",
        ),
        ({"StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 3}}}, "leave it out"),
        ({"ParameterRanges": {}}, "nothing to tune"),
        ({"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "gain"}}, r"\[gain\], isn't valid"),
        ({"ParameterRanges": {"IntegerParameterRanges": [{"Name": "n", "MinValue": "5", "MaxValue": "1"}]}}, "n must"),
        ({"Strategy": "Grid"}, "categorical ranges only; x"),
    ],
)
def test_what_cannot_be_tuned_is_refused_in_words(bench: Bench, change: dict[str, Any], told: str) -> None:
    with pytest.raises(AwsError, match=told):
        bench.tune(HyperParameterTuningJobConfig=config("Random", 2) | change, TrainingJobDefinition=definition())


def test_a_pipelines_tuning_step_gives_the_best_models_to_the_next(bench: Bench) -> None:
    best = {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"}
    uri = {"Std:Join": {"On": "/", "Values": ["s3:/", "bench", best, "output/model.tar.gz"]}}
    arguments = {"HyperParameterTuningJobConfig": config("Random", 3), "TrainingJobDefinition": definition()}
    steps = [
        {"Name": "Tune", "Type": "Tuning", "Arguments": arguments},
        {"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": uri}},
    ]
    text = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": steps})
    token = {"ClientRequestToken": "0" * 40}
    bench.sagemaker("CreatePipeline", PipelineName="p", PipelineDefinition=text, RoleArn=ROLE, **token)
    arn = bench.sagemaker("StartPipelineExecution", PipelineName="p", **token)["PipelineExecutionArn"]

    def over() -> bool:
        status = bench.sagemaker("DescribePipelineExecution", PipelineExecutionArn=arn)["PipelineExecutionStatus"]
        return bool(status == "Failed")

    bench.until(over)
    listed = bench.sagemaker("ListPipelineExecutionSteps", PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    ended = {one["StepName"]: one for one in listed}
    assert ended["Tune"]["StepStatus"] == "Succeeded", ended["Tune"]
    name = ended["Tune"]["Metadata"]["TuningJob"]["Arn"].rsplit("/", 1)[-1]
    assert bench.describe(name)["BestTrainingJob"]["TrainingJobName"] in ended["Say"]["FailureReason"]


def test_hyperband_stops_training_jobs_whose_epochs_are_used_up_and_counts_what_they_told(bench: Bench) -> None:
    bench.sagemaker(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=config("Hyperband", 4),
        TrainingJobDefinition=definition(ends="never", tells="4", epochs="3"),
    )

    def over() -> bool:
        bench.clock.advance(2)
        return bool(bench.describe()["HyperParameterTuningJobStatus"] == "Completed")

    bench.until(over)
    trials = bench.trials()
    assert [one["TrainingJobStatus"] for one in trials] == ["Stopped"] * 4
    assert [one["ObjectiveStatus"] for one in trials] == ["Succeeded"] * 4
    best = min(trials, key=lambda one: one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
    assert bench.describe()["BestTrainingJob"]["TrainingJobName"] == best["TrainingJobName"]


def test_early_stopping_stops_what_falls_behind_and_nothing_else(bench: Bench) -> None:
    endings = {"Name": "ends", "Values": ["Completed", "never"]}
    bench.sagemaker(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=config(
            "Grid", None, {"CategoricalParameterRanges": [endings, KINDS]}, TrainingJobEarlyStoppingType="Auto"
        ),
        TrainingJobDefinition=definition(tells="2"),
    )

    def statuses() -> dict[tuple[str, str], str]:
        bench.clock.advance(2)
        tried = [(one["TunedHyperParameters"], one["TrainingJobStatus"]) for one in bench.trials()]
        return {(values["ends"], values["kind"]): status for values, status in tried}

    bench.until(lambda: statuses().get(("never", "bad")) == "Stopped")
    assert statuses()["never", "good"] == "InProgress"
    bench.sagemaker("StopHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    assert bench.ended()["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 1}


def warm(*parents: str, kind: str = "IdenticalDataAndAlgorithm") -> Any:
    return {
        "WarmStartType": kind,
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": name} for name in parents],
    }


def test_a_warm_start_goes_on_where_its_parent_was_and_names_the_best_of_both(bench: Bench) -> None:
    bench.tune("parent", HyperParameterTuningJobConfig=config("Random", 20), TrainingJobDefinition=definition())
    best = bench.describe("parent")["BestTrainingJob"]
    told = bench.tune(
        "child",
        HyperParameterTuningJobConfig=config("Bayesian", 4, RandomSeed=1),
        TrainingJobDefinition=definition(),
        WarmStartConfig=warm("parent"),
    )
    assert told["WarmStartConfig"] == warm("parent")
    losses = [one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for one in bench.trials("child")]
    assert max(losses) < 0.3, "a cold start would try its first values anywhere"
    overall = told["OverallBestTrainingJob"]
    both = [best, told["BestTrainingJob"]]
    assert overall["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == min(
        one["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for one in both
    )
    moved = bench.tune(
        "other",
        HyperParameterTuningJobConfig=config("Bayesian", 2),
        TrainingJobDefinition=definition(),
        WarmStartConfig=warm("parent", "child", kind="TransferLearning"),
    )
    assert moved["HyperParameterTuningJobStatus"] == "Completed" and "OverallBestTrainingJob" not in moved


def test_what_cannot_start_warm_is_refused_in_words(bench: Bench) -> None:
    bench.tune("parent", HyperParameterTuningJobConfig=config("Random", 2), TrainingJobDefinition=definition())
    bench.sagemaker(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="running",
        HyperParameterTuningJobConfig=config("Random", 2),
        TrainingJobDefinition=definition(ends="never"),
    )
    other = {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "loss"}}
    refused: list[tuple[Any, Any, str]] = [
        (config("Random", 2), warm("nobody"), "nobody"),
        (config("Random", 2), warm("running"), "parents that are over"),
        (config("Random", 2), warm("parent", "parent"), "parent"),
        (config("Random", 2) | other, warm("parent"), "objective of its parents"),
        (config("Random", 2, {"CategoricalParameterRanges": [KINDS, SHADES]}), warm("parent"), "number must stay"),
    ]
    for wanted, start, text in refused:
        with pytest.raises(AwsError, match=text):
            bench.tune(
                "child", HyperParameterTuningJobConfig=wanted, TrainingJobDefinition=definition(), WarmStartConfig=start
            )
    bench.sagemaker("StopHyperParameterTuningJob", HyperParameterTuningJobName="running")
