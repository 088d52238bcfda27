"""What the three forms of the report say, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from ..datasets import Dataset
from ..outcomes import positive_labels, positive_predictions

DEFAULT_TITLE = "Analysis Report"
DEFAULT_NAME = "report"


@dataclass(frozen=True)
class Performance:
    """How often the model was right, with positives as the configuration defines them."""

    tp: int
    fp: int
    fn: int
    tn: int

    def rates(self) -> list[tuple[str, float | None, str]]:
        """Return (name, value or None where nothing can be counted, meaning)."""
        total = self.tp + self.fp + self.fn + self.tn
        return [
            ("Accuracy", _share(self.tp + self.tn, total), "of all predictions are right"),
            ("Precision", _share(self.tp, self.tp + self.fp), "of the predicted positives are positive"),
            ("Recall", _share(self.tp, self.tp + self.fn), "of the positives are found"),
            ("Specificity", _share(self.tn, self.tn + self.fp), "of the negatives are found"),
            ("F1 score", _share(2 * self.tp, 2 * self.tp + self.fp + self.fn), "harmonic mean of precision and recall"),
            ("Positive predictions", _share(self.tp + self.fp, total), "of all predictions are positive"),
        ]


@dataclass(frozen=True)
class Facts:
    """title and file name of the report; counts of the dataset; analysis.json; performance and violations if any."""

    title: str
    name: str
    rows: int
    features: list[str]
    dataset_type: str
    analysis: dict[str, Any]
    performance: Performance | None
    violations: list[dict[str, Any]] | None

    @property
    def bias(self) -> list[tuple[str, dict[str, Any]]]:
        """The bias sections in reading order: the data first, then the model."""
        names = (
            ("Pre-training bias", "pre_training_bias_metrics"),
            ("Post-training bias", "post_training_bias_metrics"),
        )
        return [(title, self.analysis[key]) for title, key in names if key in self.analysis]

    @property
    def shap(self) -> dict[str, Any]:
        return self.analysis.get("explanations", {}).get("kernel_shap", {})

    @property
    def pdp(self) -> list[dict[str, Any]]:
        return self.analysis.get("explanations", {}).get("pdp", [])


def subject(violation: dict[str, Any]) -> str:
    """Return what a violation is about: the facet with its value, or the label, and the metric."""
    facet = violation.get("facet")
    about = violation.get("label") if facet is None else f"{facet}: {violation.get('facet_value')}"
    return f"{about} · {violation['metric_name']}"


def gather(
    config: dict[str, Any],
    dataset: Dataset,
    analysis: dict[str, Any],
    predicted: pl.Series | None,
    violations: list[dict[str, Any]] | None,
) -> Facts:
    """Return the facts of one analysis; `violations` is None when there was no baseline to compare with."""
    options = config["methods"].get("report", {})
    return Facts(
        title=options.get("title", DEFAULT_TITLE),
        name=options.get("name") or DEFAULT_NAME,
        rows=len(dataset.rows),
        features=dataset.features,
        dataset_type=config["dataset_type"],
        analysis=analysis,
        performance=None if predicted is None else _performance(config, dataset, predicted),
        violations=violations,
    )


def _performance(config: dict[str, Any], dataset: Dataset, predicted: pl.Series) -> Performance:
    label = dataset.rows[dataset.label or ""]
    values = config["label_values_or_threshold"]
    truth, answer = positive_labels(label, values).mask, positive_predictions(predicted, label, values)
    counts = [truth & answer, ~truth & answer, truth & ~answer, ~truth & ~answer]
    return Performance(*(int(mask.sum()) for mask in counts))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def number(value: Any) -> str:
    """Return a value as a reader wants it: four significant digits, a true minus, infinity as its sign."""
    if value is None:
        return "not available"
    if isinstance(value, str):
        return {"Infinity": "∞", "-Infinity": "−∞"}.get(value, value)
    return f"{value:.4g}".replace("-", "−")
