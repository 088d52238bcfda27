"""Compares an analysis with an earlier one: bias metrics farther from their ideal, attributions in another order.

Rules: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-violations.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift-violations.html
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from .errors import ClientError

NDCG_THRESHOLD = 0.9
# Disparate impact is a ratio: unbiased at one, where every other metric is unbiased at nothing. AWS documents no
# drift rule for it, so its distance from one is what must not grow.
IDEALS = {"DI": 1.0}


def load_baseline(path: Path) -> dict[str, Any]:
    """Return the earlier analysis.json. Raises ClientError when it cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ClientError(f"Unable to load the baseline constraints {path.name} as JSON: {error}") from error
    if not isinstance(document, dict):
        raise ClientError(f"Unable to load the baseline constraints {path.name} as JSON: it is not an object.")
    return document


def violations(current: dict[str, Any], baseline: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of constraint_violations.json, empty when nothing drifted."""
    found: list[dict[str, Any]] = []
    for section in ("post_training_bias_metrics", "pre_training_bias_metrics"):
        if section in current and section in baseline:
            found += _bias_violations(current[section]["facets"], baseline[section]["facets"])
    return found + _attribution_violations(_global_values(current), _global_values(baseline))


def _bias_violations(current: dict[str, Any], baseline: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for facet, entries in current.items():
        for entry in entries:
            before = _same_selection(entry, entries, baseline.get(facet, []))
            limits = {metric["name"]: metric["value"] for metric in before["metrics"]} if before else {}
            for metric in entry["metrics"]:
                limit = limits.get(metric["name"])
                if _is_farther(metric["name"], metric["value"], limit):
                    found.append(_bias_violation(facet, entry["value_or_threshold"], metric, limit))
    return found


def _same_selection(entry: dict[str, Any], current: list[Any], baseline: list[Any]) -> dict[str, Any] | None:
    """An interval ends at the largest cell of its own dataset, so intervals are the same when they begin the same."""
    shown = entry["value_or_threshold"]
    for candidate in baseline:
        if candidate["value_or_threshold"] == shown:
            return candidate
    for candidate in baseline:
        if shown.startswith("(") and candidate["value_or_threshold"].split(",")[0] == shown.split(",")[0]:
            return candidate
    return baseline[0] if shown.startswith("(") and len(current) == len(baseline) == 1 else None


def _is_farther(name: str, value: Any, limit: Any) -> bool:
    if value is None or limit is None:
        return False
    ideal = IDEALS.get(name, 0.0)
    return _distance(value, ideal) > _distance(limit, ideal)


def _distance(value: Any, ideal: float) -> float:
    number = float(value)
    return math.inf if math.isinf(number) else abs(number - ideal)


def _bias_violation(facet: str, facet_value: str, metric: dict[str, Any], limit: Any) -> dict[str, Any]:
    return {
        "facet": facet,
        "facet_value": facet_value,
        "metric_name": metric["name"],
        "constraint_check_type": "bias_drift_check",
        "description": (f"Metric value {metric['value']} doesn't meet the baseline constraint requirement {limit}"),
    }


def _global_values(analysis: dict[str, Any]) -> dict[str, dict[str, float]]:
    labels = analysis.get("explanations", {}).get("kernel_shap", {})
    return {label: entry["global_shap_values"] for label, entry in labels.items()}


def _attribution_violations(
    current: dict[str, dict[str, float]], baseline: dict[str, dict[str, float]]
) -> list[dict[str, Any]]:
    found = []
    for label in current.keys() & baseline.keys():
        score = ranking_agreement(baseline[label], current[label])
        if score < NDCG_THRESHOLD:
            found.append(
                {
                    "label": label,
                    "metric_name": "shap",
                    "constraint_check_type": "feature_attribution_drift_check",
                    "description": f"Feature attribution drift {score} exceeds threshold {NDCG_THRESHOLD}",
                }
            )
    return sorted(found, key=lambda violation: violation["label"])


def ranking_agreement(baseline: dict[str, float], current: dict[str, float]) -> float:
    """Return the normalized discounted cumulative gain of the current order, from 0 to 1; 1 is the baseline's order.

    The gain of a feature is its baseline attribution. A feature that the current analysis lacks comes last.
    """
    order = sorted(baseline, key=lambda name: -current.get(name, -math.inf))
    gained = _discounted([baseline[name] for name in order])
    best = _discounted(sorted(baseline.values(), reverse=True))
    return gained / best if best else 1.0


def _discounted(gains: list[float]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))
