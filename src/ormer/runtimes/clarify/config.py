"""What an analysis configuration may say, and the errors for what it may not.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import ClientError
from .monitoring import completed
from .schema import AnyObject, Choice, ListOf, Members, OneOf, Scalar, problems

NOT_JSON = "Unable to load analysis configuration as JSON."
SCHEMA_ERROR = "Analysis configuration schema validation error."
SUPPORTED_VERSION = "1.0"

TEXT = Scalar(("text",))
INTEGER = Scalar(("integer",))
NUMBER = Scalar(("number",))
BOOLEAN = Scalar(("boolean",))
NAME_OR_INDEX = Scalar(("text", "integer"))
VALUES = ListOf(Scalar(("number", "text", "boolean")))
NAMES = ListOf(TEXT)

DATASET_TYPES = (
    "text/csv",
    "application/jsonlines",
    "application/json",
    "application/sagemakercapturejson",
    "application/x-parquet",
    "application/x-image",
)
MESSAGE_TYPES = ("text/csv", "application/jsonlines", "application/json")
REQUEST_TYPES = (*MESSAGE_TYPES, "image/jpeg", "image/png", "application/x-npy")

SHAP = Members(
    optional={
        "baseline": OneOf(
            (
                TEXT,
                ListOf(OneOf((ListOf(Scalar(("number", "text", "boolean", "null"))), AnyObject()))),
                AnyObject(),
            )
        ),
        "num_clusters": INTEGER,
        "use_logit": BOOLEAN,
        "num_samples": INTEGER,
        "agg_method": Choice(("mean_abs", "median", "mean_sq")),
        "save_local_shap_values": BOOLEAN,
        "text_config": AnyObject(),
        "image_config": AnyObject(),
        "seed": INTEGER,
        "features_to_explain": ListOf(NAME_OR_INDEX),
    }
)
BIAS = Members(required={"methods": OneOf((TEXT, NAMES))})
METHODS = Members(
    optional={
        "shap": SHAP,
        "pre_training_bias": BIAS,
        "post_training_bias": BIAS,
        "pdp": Members(
            required={"grid_resolution": INTEGER},
            optional={"features": ListOf(NAME_OR_INDEX), "top_k_features": INTEGER},
        ),
        "report": Members(required={"name": TEXT}, optional={"title": TEXT}),
        "asymmetric_shapley_value": AnyObject(),
    }
)
PREDICTOR = Members(
    optional={
        "endpoint_name": TEXT,
        "endpoint_name_prefix": TEXT,
        "model_name": TEXT,
        "target_model": TEXT,
        "instance_type": TEXT,
        "initial_instance_count": INTEGER,
        "accelerator_type": TEXT,
        "content_type": Choice(REQUEST_TYPES),
        "accept_type": Choice(MESSAGE_TYPES),
        "label": NAME_OR_INDEX,
        "probability": NAME_OR_INDEX,
        "label_headers": OneOf((ListOf(NAME_OR_INDEX), TEXT)),
        "content_template": OneOf((TEXT, AnyObject())),
        "record_template": TEXT,
        "custom_attributes": TEXT,
        "time_series_predictor_config": AnyObject(),
    }
)
ANALYSIS = Members(
    required={"dataset_type": Choice(DATASET_TYPES), "methods": METHODS},
    optional={
        "version": TEXT,
        "dataset_uri": TEXT,
        "headers": NAMES,
        "label": NAME_OR_INDEX,
        "predicted_label": NAME_OR_INDEX,
        "features": TEXT,
        "label_values_or_threshold": VALUES,
        "probability_threshold": NUMBER,
        "segment_config": ListOf(AnyObject()),
        "facet": ListOf(Members(required={"name_or_index": NAME_OR_INDEX}, optional={"value_or_threshold": VALUES})),
        "facet_dataset_uri": TEXT,
        "facet_headers": NAMES,
        "predicted_label_dataset_uri": TEXT,
        "predicted_label_headers": NAMES,
        "excluded_columns": ListOf(NAME_OR_INDEX),
        "joinsource_name_or_index": NAME_OR_INDEX,
        "group_variable": NAME_OR_INDEX,
        "time_series_data_config": AnyObject(),
        "predictor": PREDICTOR,
    },
)


def load_config(path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the checked configuration in its own words, with threshold lists flattened and media types in lower case.

    `environ` completes that of a monitoring run.

    Raises ClientError when the file is missing, is not a JSON object, breaks the schema, contradicts itself,
    or asks for an analysis of text, images or time series.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ClientError(f"{NOT_JSON} There is no file {path.name} in the input named analysis_config.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ClientError(f"{NOT_JSON} {error}") from error
    return check_config(completed(document, environ))


def check_config(document: Any) -> dict[str, Any]:
    """Return the configuration ready for use; the errors are those of `load_config`."""
    if not isinstance(document, dict):
        raise ClientError(f"{NOT_JSON} The file must hold one JSON object.")
    config = _flattened(document)
    found = problems(config, ANALYSIS, "analysis_config")
    if found:
        raise ClientError(f"{SCHEMA_ERROR} {'; '.join(found)}.")
    _refuse_other_kinds(config)
    _require_what_methods_need(config)
    return _lowered(config)


def _flattened(document: dict[str, Any]) -> dict[str, Any]:
    """The SDK wraps thresholds in one list too many when several facets are given: [[0.5]] means [0.5]."""
    config = dict(document)
    if "label_values_or_threshold" in config:
        config["label_values_or_threshold"] = _flat(config["label_values_or_threshold"])
    if isinstance(config.get("facet"), list):
        config["facet"] = [_flat_facet(one) for one in config["facet"]]
    return config


def _flat_facet(facet: Any) -> Any:
    if not isinstance(facet, dict) or "value_or_threshold" not in facet:
        return facet
    return {**facet, "value_or_threshold": _flat(facet["value_or_threshold"])}


def _flat(values: Any) -> Any:
    if not isinstance(values, list):
        return values
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _lowered(config: dict[str, Any]) -> dict[str, Any]:
    lowered = {**config, "dataset_type": config["dataset_type"].lower()}
    if "predictor" in config:
        types = ("content_type", "accept_type")
        predictor = config["predictor"]
        lowered["predictor"] = {key: predictor[key].lower() if key in types else predictor[key] for key in predictor}
        headers = predictor.get("label_headers")
        if isinstance(headers, str):
            lowered["predictor"]["label_headers"] = [headers]
    return lowered


def _refuse_other_kinds(config: dict[str, Any]) -> None:
    """Text, image and time series analyses are refused here, before any work, rather than answered wrongly."""
    shap = config["methods"].get("shap", {})
    predictor = config.get("predictor", {})
    refused = {
        "images (dataset_type application/x-image)": config["dataset_type"].lower() == "application/x-image",
        "images (methods.shap.image_config)": "image_config" in shap,
        "images or arrays (predictor.content_type)": predictor.get("content_type", "text/csv").lower()
        not in MESSAGE_TYPES,
        "text (methods.shap.text_config)": "text_config" in shap,
        "time series (methods.asymmetric_shapley_value)": "asymmetric_shapley_value" in config["methods"],
        "time series (time_series_data_config)": "time_series_data_config" in config,
        "time series (predictor.time_series_predictor_config)": "time_series_predictor_config" in predictor,
        "time series (predictor.content_template as an object)": isinstance(predictor.get("content_template"), dict),
        "segments (segment_config)": bool(config.get("segment_config")),
    }
    asked = [name for name, is_asked in refused.items() if is_asked]
    if asked:
        raise ClientError(f"Only tabular analyses are supported; the configuration asks for {', '.join(asked)}.")


def _require_what_methods_need(config: dict[str, Any]) -> None:
    methods = config["methods"]
    if config.get("version", SUPPORTED_VERSION) != SUPPORTED_VERSION:
        raise ClientError(f"{SCHEMA_ERROR} analysis_config.version must be {SUPPORTED_VERSION}.")
    if not set(methods) - {"report"}:
        raise ClientError(f"{SCHEMA_ERROR} analysis_config.methods names no analysis to run.")
    if methods.keys() & {"pre_training_bias", "post_training_bias"}:
        for key in ("label", "label_values_or_threshold", "facet"):
            if config.get(key) in (None, []) and not _label_is_implied(config, key):
                raise ClientError(f"{SCHEMA_ERROR} analysis_config.{key} is required for bias metrics.")
    _check_shap(methods.get("shap", {}))
    _check_pdp(methods)
    _check_predictor(config)


def _label_is_implied(config: dict[str, Any], key: str) -> bool:
    """In captured records the ground truth is the label, wherever the configuration says it is."""
    return key == "label" and config["dataset_type"].lower() == "application/sagemakercapturejson"


def _check_shap(shap: dict[str, Any]) -> None:
    if "baseline" in shap and "num_clusters" in shap:
        raise ClientError(f"{SCHEMA_ERROR} methods.shap takes either baseline or num_clusters, not both.")
    for key in ("num_clusters", "num_samples"):
        if shap.get(key, 1) < 1:
            raise ClientError(f"{SCHEMA_ERROR} methods.shap.{key} must be at least 1.")
    if shap.get("baseline") == []:
        raise ClientError(f"{SCHEMA_ERROR} methods.shap.baseline must hold at least one row.")


def _check_pdp(methods: dict[str, Any]) -> None:
    pdp = methods.get("pdp")
    if pdp is None:
        return
    if pdp["grid_resolution"] < 1 or pdp.get("top_k_features", 1) < 1:
        raise ClientError(f"{SCHEMA_ERROR} methods.pdp.grid_resolution and top_k_features must be at least 1.")
    if "features" not in pdp and "shap" not in methods:
        raise ClientError(f"{SCHEMA_ERROR} methods.pdp.features is required when methods.shap is not requested.")


def _check_predictor(config: dict[str, Any]) -> None:
    predictor = config.get("predictor", {})
    if "endpoint_name" in predictor and "model_name" in predictor:
        raise ClientError(f"{SCHEMA_ERROR} predictor takes either model_name or endpoint_name, not both.")
    has_predictions = "predicted_label" in config or "predicted_label_dataset_uri" in config
    captured = config["dataset_type"].lower() == "application/sagemakercapturejson"
    if "post_training_bias" in config["methods"] and not (predictor or has_predictions or captured):
        raise ClientError(f"{SCHEMA_ERROR} post_training_bias needs a predictor or predicted labels.")
    if config["methods"].keys() & {"shap", "pdp"} and not predictor:
        raise ClientError(f"{SCHEMA_ERROR} methods.shap and methods.pdp need a predictor.")
