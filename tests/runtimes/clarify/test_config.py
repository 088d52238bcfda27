"""Every mistake in an analysis configuration is refused with a text that says where it is."""

from __future__ import annotations

from typing import Any

import pytest

from ormer.runtimes.clarify.config import check_config
from ormer.runtimes.clarify.errors import ClientError

BIAS: dict[str, Any] = {
    "dataset_type": "text/csv",
    "label": "y",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "x"}],
    "methods": {"pre_training_bias": {"methods": "all"}},
}
SHAP: dict[str, Any] = {"dataset_type": "text/csv", "methods": {"shap": {}}, "predictor": {"model_name": "m"}}
SCHEMA = "Analysis configuration schema validation error. "


def changed(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the configuration with one member set, or taken out for None; the path's parts are joined by dots."""
    head, _, rest = path.partition(".")
    if rest:
        return {**config, head: changed(config.get(head, {}), rest, value)}
    return {key: item for key, item in {**config, head: value}.items() if item is not None}


@pytest.mark.parametrize(
    ("config", "path", "value", "text"),
    [
        (BIAS, "surprise", 1, SCHEMA + "analysis_config.surprise is not a known field."),
        (BIAS, "dataset_type", None, SCHEMA + "analysis_config lacks the required field dataset_type."),
        (BIAS, "dataset_type", "text/tsv", SCHEMA + "analysis_config.dataset_type must be one of text/csv,"),
        (BIAS, "methods", None, SCHEMA + "analysis_config lacks the required field methods."),
        (BIAS, "methods", [], SCHEMA + "analysis_config.methods must be an object, not []."),
        (BIAS, "methods", {}, SCHEMA + "analysis_config.methods names no analysis to run."),
        (BIAS, "headers", "x", SCHEMA + "analysis_config.headers must be a list, not 'x'."),
        (BIAS, "headers", ["x", 3], SCHEMA + "analysis_config.headers[1] must be text, not 3."),
        (BIAS, "label", 1.5, SCHEMA + "analysis_config.label must be text or integer, not 1.5."),
        (BIAS, "probability_threshold", "high", SCHEMA + "analysis_config.probability_threshold must be number"),
        (BIAS, "facet", [{}], SCHEMA + "analysis_config.facet[0] lacks the required field name_or_index."),
        (BIAS, "label_values_or_threshold", None, "label_values_or_threshold is required for bias metrics."),
        (BIAS, "label", None, "analysis_config.label is required for bias metrics."),
        (BIAS, "facet", None, "analysis_config.facet is required for bias metrics."),
        (BIAS, "version", "2.0", "analysis_config.version must be 1.0."),
        (SHAP, "methods.shap.agg_method", "sum", "must be one of mean_abs, median, mean_sq"),
        (SHAP, "methods.shap.use_logit", "yes", "analysis_config.methods.shap.use_logit must be boolean"),
        (SHAP, "methods.shap.num_samples", 0, "methods.shap.num_samples must be at least 1."),
        (SHAP, "methods.shap.num_clusters", 0, "methods.shap.num_clusters must be at least 1."),
        (SHAP, "methods.shap.baseline", [], "methods.shap.baseline must hold at least one row."),
        (SHAP, "methods.shap", {"baseline": [[1]], "num_clusters": 2}, "either baseline or num_clusters, not both."),
        (SHAP, "methods", {"pdp": {"grid_resolution": 3}}, "methods.pdp.features is required when methods.shap is not"),
        (SHAP, "methods.pdp", {"features": ["x"]}, "analysis_config.methods.pdp lacks the required field"),
        (SHAP, "methods.pdp", {"grid_resolution": 0}, "grid_resolution and top_k_features must be at least 1."),
        (SHAP, "predictor", None, "methods.shap and methods.pdp need a predictor."),
        (SHAP, "predictor.endpoint_name", "e", "predictor takes either model_name or endpoint_name, not both."),
        (SHAP, "predictor.accept_type", "text/html", "must be one of text/csv, application/jsonlines"),
        (BIAS, "methods", {"post_training_bias": {"methods": "all"}}, "needs a predictor or predicted labels."),
    ],
)
def test_a_mistake_is_refused_with_its_place(config: dict[str, Any], path: str, value: Any, text: str) -> None:
    with pytest.raises(ClientError) as caught:
        check_config(changed(config, path, value))
    assert text in str(caught.value)
    assert str(caught.value).startswith(SCHEMA)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("dataset_type", "application/x-image", "images (dataset_type application/x-image)"),
        ("methods.shap.image_config", {}, "images (methods.shap.image_config)"),
        ("predictor.content_type", "image/jpeg", "images or arrays (predictor.content_type)"),
        ("methods.shap.text_config", {"granularity": "token", "language": "en"}, "text (methods.shap.text_config)"),
        ("methods.asymmetric_shapley_value", {"direction": "chronological"}, "time series (methods.asymmetric"),
        ("time_series_data_config", {"item_id": 0}, "time series (time_series_data_config)"),
        ("predictor.time_series_predictor_config", {"forecast": "x"}, "time series (predictor.time_series_predictor"),
        ("predictor.content_template", {"a": "b"}, "time series (predictor.content_template as an object)"),
        ("segment_config", [{"name_or_index": "x", "segments": [["a"]]}], "segments (segment_config)"),
    ],
)
def test_other_than_tabular_analyses_are_refused_by_name(path: str, value: Any, named: str) -> None:
    with pytest.raises(ClientError) as caught:
        check_config(changed(SHAP, path, value))
    assert str(caught.value).startswith("Only tabular analyses are supported; the configuration asks for ")
    assert named in str(caught.value)


def test_thresholds_that_the_sdk_nested_once_too_often_are_flattened() -> None:
    nested = {
        **BIAS,
        "label_values_or_threshold": [[15.0]],
        "facet": [{"name_or_index": 8, "value_or_threshold": [[0.5]]}],
    }
    config = check_config(nested)
    assert config["label_values_or_threshold"] == [15.0]
    assert config["facet"] == [{"name_or_index": 8, "value_or_threshold": [0.5]}]


def test_media_types_may_be_written_in_capitals_and_one_label_header_without_a_list() -> None:
    config = check_config(
        {
            **SHAP,
            "dataset_type": "Text/CSV",
            "predictor": {"model_name": "m", "accept_type": "TEXT/CSV", "label_headers": "yes"},
        }
    )
    assert config["dataset_type"] == config["predictor"]["accept_type"] == "text/csv"
    assert config["predictor"]["label_headers"] == ["yes"]


@pytest.mark.parametrize("text", ["{", "[]", "\ufeffnull"])
def test_a_file_that_is_no_json_object_is_refused(job: Any, text: str) -> None:
    assert job.run(text) == 1
    assert job.message.startswith("ClientError: Unable to load analysis configuration as JSON.")


def test_a_missing_configuration_is_refused(job: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert job.run() == 1
    assert "There is no file analysis_config.json in the input named analysis_config." in job.message
    assert capsys.readouterr().err.startswith("ClientError: Unable to load analysis configuration as JSON.")
