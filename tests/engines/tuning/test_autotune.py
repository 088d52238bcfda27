"""Autotune: the ranges that are chosen for who gives none."""

from __future__ import annotations

from typing import Any

import pytest

from ormer.aws.errors import AwsError
from ormer.engines.tuning import autotune

from .conftest import Bench, config, definition

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
NONE = {"CategoricalParameterRanges": []}


def hints(**values: str) -> dict[str, Any]:
    return {"AutoParameters": [{"Name": name, "ValueHint": value} for name, value in values.items()]}


def names(ranges: dict[str, Any]) -> set[str]:
    return {one["Name"] for member in autotune.KINDS for one in ranges.get(member, ())}


def test_an_algorithm_that_says_nothing_gets_its_documented_ranges() -> None:
    ranges, fixed = autotune.chosen("xgboost", {}, {"objective": "reg:squarederror", "num_round": "50"})
    assert names(ranges) >= {"eta", "max_depth", "subsample", "alpha", "lambda"}
    assert "num_round" not in names(ranges), "what is fixed stays fixed"
    assert fixed == {"objective": "reg:squarederror", "num_round": "50"}
    assert names(autotune.chosen("linear_learner", {}, {})[0]) == {"l1", "wd", "learning_rate", "mini_batch_size"}


def test_hints_choose_what_is_searched_and_the_rest_stays_as_hinted() -> None:
    ranges, fixed = autotune.chosen("xgboost", hints(eta="0.2", num_round="40", objective="reg:linear"), {"seed": "1"})
    assert names(ranges) == {"eta", "num_round"}
    [rounds] = ranges["IntegerParameterRanges"]
    assert (rounds["MinValue"], rounds["MaxValue"]) == ("10", "160")
    assert fixed == {"seed": "1", "objective": "reg:linear"}
    assert ranges["AutoParameters"], "they are told as they were given"


def test_a_users_own_hyperparameters_are_searched_around_their_hints() -> None:
    ranges, fixed = autotune.chosen("script", hints(rate="0.01", layers="4", optimizer="adam"), {})
    [rate] = ranges["ContinuousParameterRanges"]
    assert (float(rate["MinValue"]), float(rate["MaxValue"])) == (0.0025, 0.04)
    [layers] = ranges["IntegerParameterRanges"]
    assert (layers["MinValue"], layers["MaxValue"]) == ("1", "16")
    assert fixed == {"optimizer": "adam"}


def test_ranges_that_are_given_are_kept() -> None:
    given = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.3", "MaxValue": "0.4"}]}
    ranges, _ = autotune.chosen("xgboost", {**given, **hints(alpha="1")}, {})
    assert ranges["ContinuousParameterRanges"][0] == given["ContinuousParameterRanges"][0]
    assert names(ranges) == {"eta", "alpha"}
    assert names(autotune.chosen("xgboost", given, {})[0]) == {"eta"}


def test_a_job_with_autotune_tries_values_of_chosen_ranges(bench: Bench) -> None:
    settings = config("Random", 3)
    settings["ParameterRanges"] = hints(x="0.5", kind="good")
    told = bench.tune(
        HyperParameterTuningJobConfig=settings, TrainingJobDefinition=definition(), Autotune={"Mode": "Enabled"}
    )
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["Autotune"] == {"Mode": "Enabled"}
    described = told["HyperParameterTuningJobConfig"]
    assert described["ParameterRanges"]["AutoParameters"] == hints(x="0.5", kind="good")["AutoParameters"]
    [chosen] = described["ParameterRanges"]["ContinuousParameterRanges"]
    for trial in bench.trials():
        assert float(chosen["MinValue"]) <= float(trial["TunedHyperParameters"]["x"]) <= float(chosen["MaxValue"])
    assert told["TrainingJobDefinition"]["StaticHyperParameters"]["kind"] == "good"


def test_autotune_says_how_many_jobs_there_are_when_nobody_does(bench: Bench) -> None:
    settings = config("Bayesian", None)
    del settings["ParameterRanges"]
    wanted = definition(num_round="5")
    wanted["AlgorithmSpecification"] = {"TrainingImage": XGBOOST, "TrainingInputMode": "File"}
    settings["HyperParameterTuningJobObjective"]["MetricName"] = "validation:rmse"
    bench.sagemaker(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig=settings,
        TrainingJobDefinition=wanted,
        Autotune={"Mode": "Enabled"},
    )
    told = bench.describe()["HyperParameterTuningJobConfig"]
    assert told["ResourceLimits"]["MaxNumberOfTrainingJobs"] == autotune.JOBS_USUAL
    assert told["TrainingJobEarlyStoppingType"] == "Auto"
    assert "max_depth" in names(told["ParameterRanges"])


def test_each_of_several_definitions_gets_ranges_of_its_own(bench: Bench) -> None:
    objective = {"Type": "Minimize", "MetricName": "loss"}
    given = [
        {
            **definition(),
            "DefinitionName": name,
            "TuningObjective": objective,
            "HyperParameterRanges": hints(x=value),
        }
        for name, value in (("one", "0.1"), ("other", "0.2"))
    ]
    limits = {"MaxParallelTrainingJobs": 2, "MaxNumberOfTrainingJobs": 2}
    told = bench.tune(
        HyperParameterTuningJobConfig={"Strategy": "Random", "ResourceLimits": limits},
        TrainingJobDefinitions=given,
        Autotune={"Mode": "Enabled"},
    )
    lows = [
        one["HyperParameterRanges"]["ContinuousParameterRanges"][0]["MinValue"]
        for one in told["TrainingJobDefinitions"]
    ]
    assert [float(low) for low in lows] == [0.025, 0.05]


def test_hints_without_autotune_are_refused(bench: Bench) -> None:
    settings = config("Random", 2)
    settings["ParameterRanges"] = hints(x="0.5")
    with pytest.raises(AwsError, match="AutoParameters are for Autotune"):
        bench.sagemaker(
            "CreateHyperParameterTuningJob",
            HyperParameterTuningJobName="tune",
            HyperParameterTuningJobConfig=settings,
            TrainingJobDefinition=definition(),
        )


def test_autotune_that_finds_nothing_to_search_is_refused(bench: Bench) -> None:
    settings = config("Random", 2)
    settings["ParameterRanges"] = hints(optimizer="adam")
    with pytest.raises(AwsError, match="there is nothing to tune"):
        bench.sagemaker(
            "CreateHyperParameterTuningJob",
            HyperParameterTuningJobName="tune",
            HyperParameterTuningJobConfig=settings,
            TrainingJobDefinition=definition(),
            Autotune={"Mode": "Enabled"},
        )
