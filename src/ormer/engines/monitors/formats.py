"""How a monitor's data are written, as its jobs are told: dataset_format, and Clarify's configuration.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.monitors.definitions import MODEL_BIAS, MODEL_QUALITY, Monitor

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
PROBABILITY_THRESHOLD = 0.5
BIAS_METHODS = ("pre_training_bias", "post_training_bias")
# What of a predictor makes Clarify start the model.
MODEL_WORDS = ("model_name", "endpoint_name", "endpoint_name_prefix", "instance_type", "initial_instance_count")


def captured_format(monitor: Monitor) -> JsonDict:
    """How captured data are written before they are merged."""
    if monitor.endpoint:
        return {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
    ((kind, options),) = monitor.source["DatasetFormat"].items() or (("Csv", {}),)
    return {kind.lower(): {name.lower(): value for name, value in options.items()}}


def analyzed_format(monitor: Monitor) -> JsonDict:
    """How the data of the analysis are written."""
    if not monitor.ground_truth:
        return captured_format(monitor)
    if monitor.endpoint:
        names = ["endpointOutput"] if monitor.type == MODEL_QUALITY else ["endpointInput", "endpointOutput"]
    else:
        names = ["batchTransformOutput"]
    return {"sagemakerMergeJson": {"captureIndexNames": names}}


def completed_config(monitor: Monitor, config: JsonDict) -> JsonDict:
    """Clarify's configuration as the user wrote it, with what only the run knows: how its data are written."""
    known = {"version": "1.0", **config}
    if monitor.type == MODEL_BIAS:
        known |= _bias(config)
    if monitor.endpoint or monitor.ground_truth:
        known["dataset_type"] = "application/sagemakercapturejson"
    else:
        known["dataset_type"] = _media_type(monitor.source["DatasetFormat"])
    known.pop("dataset_uri", None)
    if "ProbabilityThresholdAttribute" in monitor.source:
        known["probability_threshold"] = monitor.source["ProbabilityThresholdAttribute"]
    elif "ProbabilityAttribute" in monitor.source and "InferenceAttribute" not in monitor.source:
        known.setdefault("probability_threshold", PROBABILITY_THRESHOLD)
    if "FeaturesAttribute" in monitor.source:
        known["features"] = monitor.source["FeaturesAttribute"]
    if monitor.source.get("ExcludeFeaturesAttribute"):
        words = [word.strip() for word in monitor.source["ExcludeFeaturesAttribute"].split(",")]
        known["excluded_columns"] = [int(word) if word.isdigit() else word for word in words if word]
    return known


def _bias(config: JsonDict) -> JsonDict:
    """What a bias monitor computes, and no model beside it: the answers were captured.

    The SDK's monitors name no methods; whatever else they say of the model, such as its label headers, is kept.
    """
    found: JsonDict = {}
    if not any(name in config.get("methods", {}) for name in BIAS_METHODS):
        found["methods"] = {**config.get("methods", {}), **{name: {"methods": "all"} for name in BIAS_METHODS}}
    if "predictor" in config:
        found["predictor"] = {key: value for key, value in config["predictor"].items() if key not in MODEL_WORDS}
    return found


def _media_type(given: JsonDict) -> str:
    if "Csv" in given:
        return "text/csv"
    if "Parquet" in given:
        return "application/x-parquet"
    return "application/jsonlines" if given["Json"].get("Line", True) else "application/json"
