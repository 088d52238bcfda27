"""The tuning job whose training jobs are an AutoML job's candidates: pure functions of what is asked and found.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-model-support-validation.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import automl_metrics
from ormer.engines.automl.jobs import channel, resources_of
from ormer.engines.automl.places import Places
from ormer.stores.automl.containers import algorithm_image, ensemble_image
from ormer.stores.automl.facts import ALGORITHMS, ENSEMBLING, FOUND, MODE, OBJECTIVE
from ormer.stores.automl.requests import Asked

JsonDict = dict[str, Any]
# AWS tries 250 candidates where nothing is said, on many machines; here is one.
TUNED_USUAL, TRIALS_USUAL = 20, 8
# What one categorical range may hold: each trial of ensembles is a value of one.
TRIALS_MAX = 30
AT_ONCE = 2
XGBOOST_OBJECTIVES = {
    automl_metrics.REGRESSION: "reg:squarederror",
    automl_metrics.BINARY: "binary:logistic",
    automl_metrics.MULTICLASS: "multi:softprob",
}
PREDICTORS = {
    automl_metrics.REGRESSION: "regressor",
    automl_metrics.BINARY: "binary_classifier",
    automl_metrics.MULTICLASS: "multiclass_classifier",
}


def candidates_most(asked: Asked, facts: JsonDict) -> int:
    """How many candidates are tried."""
    if facts[MODE] == ENSEMBLING:
        return min(asked.limits.get("MaxCandidates") or TRIALS_USUAL, TRIALS_MAX)
    return int(asked.limits.get("MaxCandidates") or TUNED_USUAL)


def request(asked: Asked, facts: JsonDict, places: Places, region: str) -> JsonDict:
    """The CreateHyperParameterTuningJob request without a name."""
    most = candidates_most(asked, facts)
    metric = facts[OBJECTIVE]
    limits = {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": min(AT_ONCE, most)}
    if facts[MODE] == ENSEMBLING:
        trials = {"Name": "trial", "Values": [str(number) for number in range(most)]}
        return {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Grid",
                "HyperParameterTuningJobObjective": _objective(metric, metric),
                "ResourceLimits": limits,
                "ParameterRanges": {"CategoricalParameterRanges": [trials]},
            },
            "TrainingJobDefinition": _ensembles(asked, facts, places, region),
        }
    definitions = [_definition(one, asked, facts, places, region) for one in facts[ALGORITHMS]]
    return {
        "HyperParameterTuningJobConfig": {"Strategy": "Bayesian", "ResourceLimits": limits},
        "TrainingJobDefinitions": [one for one in definitions if one],
    }


def _ensembles(asked: Asked, facts: JsonDict, places: Places, region: str) -> JsonDict:
    names = automl_metrics.names_of(automl_metrics.OWN, facts[FOUND]["problem"])
    metrics = [{"Name": f"validation:{name}", "Regex": rf"#quality validation-{name}=(\S+)"} for name in names]
    channels = [channel(name, f"{places.data}/{name}/") for name in ("train", "validation")]
    return {
        "AlgorithmSpecification": {
            "TrainingImage": ensemble_image(region),
            "TrainingInputMode": "File",
            "MetricDefinitions": metrics,
        },
        "StaticHyperParameters": {"automl_task": "ensemble", "algorithms": ",".join(facts[ALGORITHMS])},
        "InputDataConfig": [*channels, channel("schema", f"{places.schema}/")],
        "OutputDataConfig": {"S3OutputPath": places.trained},
        "RoleArn": asked.role,
        **resources_of(asked),
    }


def _definition(algorithm: str, asked: Asked, facts: JsonDict, places: Places, region: str) -> JsonDict | None:
    """An algorithm's training jobs; None when it does not print the objective."""
    found = facts[FOUND]
    name = automl_metrics.names_of(algorithm, found["problem"]).get(facts[OBJECTIVE])
    if name is None:
        return None
    is_linear = algorithm == automl_metrics.LINEAR
    fixed, ranges = _linear(found) if is_linear else _xgboost(found)
    return {
        "DefinitionName": algorithm,
        "AlgorithmSpecification": {"TrainingImage": algorithm_image(region, algorithm), "TrainingInputMode": "File"},
        "TuningObjective": _objective(facts[OBJECTIVE], name),
        "StaticHyperParameters": fixed,
        "HyperParameterRanges": ranges,
        "InputDataConfig": [channel(one, f"{places.transformed}/{one}/") for one in ("train", "validation")],
        "OutputDataConfig": {"S3OutputPath": places.trained},
        "RoleArn": asked.role,
        **resources_of(asked),
    }


def _objective(metric: str, name: str) -> JsonDict:
    return {"Type": automl_metrics.direction(metric), "MetricName": f"validation:{name}"}


def _xgboost(found: JsonDict) -> tuple[dict[str, str], JsonDict]:
    problem = found["problem"]
    metrics = automl_metrics.names_of(automl_metrics.XGBOOST, problem).values()
    # Without early stopping: an accuracy that is perfect from the first tree on would leave probabilities of one tree.
    fixed = {
        "objective": XGBOOST_OBJECTIVES[problem],
        "eval_metric": ",".join(metrics),
        **({"num_class": str(len(found["classes"]))} if problem == automl_metrics.MULTICLASS else {}),
    }
    return fixed, {
        "IntegerParameterRanges": [_range("num_round", 50, 300), _range("max_depth", 2, 8)],
        "ContinuousParameterRanges": [
            _range("eta", 0.03, 0.4, "Logarithmic"),
            _range("min_child_weight", 0.5, 8, "Logarithmic"),
            _range("subsample", 0.6, 1),
            _range("colsample_bytree", 0.5, 1),
            _range("alpha", 1e-6, 2, "Logarithmic"),
            _range("lambda", 1e-3, 10, "Logarithmic"),
        ],
    }


def _linear(found: JsonDict) -> tuple[dict[str, str], JsonDict]:
    problem = found["problem"]
    fixed = {
        "predictor_type": PREDICTORS[problem],
        **({"num_classes": str(len(found["classes"]))} if problem == automl_metrics.MULTICLASS else {}),
    }
    return fixed, {
        "ContinuousParameterRanges": [
            _range("l1", 1e-7, 1e-1, "Logarithmic"),
            _range("wd", 1e-7, 1e-1, "Logarithmic"),
        ]
    }


def _range(name: str, low: float, high: float, scaling: str = "Linear") -> JsonDict:
    return {"Name": name, "MinValue": str(low), "MaxValue": str(high), "ScalingType": scaling}
