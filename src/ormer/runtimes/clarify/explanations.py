"""Runs SHAP and partial dependence on the model, and shapes the `explanations` section of analysis.json."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from . import shap
from .baselines import clustered_baseline, given_baseline
from .datasets import Dataset
from .dependence import dependence_entry
from .errors import ClientError
from .features import coding_for
from .models import Model
from .places import Places

LOG = logging.getLogger("clarify")
TOP_FEATURES = 10


@dataclass(frozen=True)
class Explanations:
    """section: for analysis.json; local: the table of out.csv, or None; baseline: the rows of baseline.csv, or None."""

    section: dict[str, Any]
    local: pl.DataFrame | None
    baseline: pl.DataFrame | None


def explain_model(dataset: Dataset, config: dict[str, Any], places: Places, model: Model) -> Explanations:
    """Return what `methods.shap` and `methods.pdp` ask for."""
    rows = dataset.rows.select(dataset.features)
    given = given_baseline(config, dataset, places) if "shap" in config["methods"] else None
    coding = coding_for(rows, *([] if given is None else [given]))
    records = coding.encode(rows)

    def score(matrix: np.ndarray) -> np.ndarray:
        return model.scores(coding.decode(matrix))

    section: dict[str, Any] = {}
    local = baseline_rows = None
    ranking: list[str] = []
    if "shap" in config["methods"]:
        options = config["methods"]["shap"]
        explained = dataset.feature_names(options.get("features_to_explain", list(dataset.features)))
        samples, seed = options.get("num_samples"), options.get("seed")
        if given is None:
            coalitions = len(shap.plan(records.shape[1], samples, seed).masks)
            baseline = clustered_baseline(records, coding, options.get("num_clusters"), seed, coalitions)
        else:
            baseline = coding.encode(given)
        result = shap.explain(records, baseline, score, samples, seed, options.get("use_logit", False))
        LOG.info("SHAP: %d coalitions, %s.", result.coalitions, "all of them" if result.exact else "sampled")
        labels = label_names(config, len(result.expected))
        section["kernel_shap"], ranking = _shap_section(result, coding.names, explained, labels, options)
        baseline_rows = coding.decode(baseline)
        if options.get("save_local_shap_values", True):
            local = _local_table(result, coding.names, explained, labels, dataset)
    if "pdp" in config["methods"]:
        section["pdp"] = _dependence_section(dataset, config, records, coding, score, ranking)
    return Explanations(section, local, baseline_rows)


def label_names(config: dict[str, Any], outputs: int) -> list[str]:
    """Return the configured label headers, or label0, label1, ..."""
    headers = config.get("predictor", {}).get("label_headers")
    if headers is None:
        return [f"label{index}" for index in range(outputs)]
    if len(headers) != outputs:
        raise ClientError(f"predictor.label_headers names {len(headers)} labels, but the model gives {outputs} scores.")
    return [str(header) for header in headers]


def _shap_section(
    result: shap.ShapValues, names: list[str], explained: list[str], labels: list[str], options: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return (the kernel_shap section, the features by falling importance over all labels)."""
    totals = shap.aggregate(result.values, options.get("agg_method", "mean_abs").lower())
    section = {
        label: {
            "global_shap_values": {name: float(totals[names.index(name), output]) for name in explained},
            "expected_value": float(result.expected[output]),
        }
        for output, label in enumerate(labels)
    }
    importance = np.abs(totals).sum(axis=1)
    return section, sorted(explained, key=lambda name: -importance[names.index(name)])


def _local_table(
    result: shap.ShapValues, names: list[str], explained: list[str], labels: list[str], dataset: Dataset
) -> pl.DataFrame:
    """Return records x (feature, label): the column of a feature and a label is `<feature>_<label>`."""
    columns = [
        pl.Series(f"{name}_{label}", result.values[:, names.index(name), output])
        for output, label in enumerate(labels)
        for name in explained
    ]
    identifier = [] if dataset.joinsource is None else [dataset.rows[dataset.joinsource]]
    return pl.DataFrame([*identifier, *columns])


def _dependence_section(
    dataset: Dataset, config: dict[str, Any], records: np.ndarray, coding: Any, score: shap.Score, ranking: list[str]
) -> list[dict[str, Any]]:
    options = config["methods"]["pdp"]
    if "features" in options:
        chosen = dataset.feature_names(options["features"])
    else:
        chosen = ranking[: options.get("top_k_features", TOP_FEATURES)]
    labels = label_names(config, score(records[:1]).shape[1])
    resolution = options["grid_resolution"]
    return [dependence_entry(name, records, coding, score, resolution, labels) for name in chosen]
