"""What an endpoint's explainer is told: its ClarifyExplainerConfig, and the records of its baseline.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ClarifyExplainerConfig.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ClientError
from ..payloads import CSV, DEFAULT_LINE
from .records import CATEGORICAL, NUMERICAL, TEXT, Cell, Layout, read_records
from .units import GRANULARITIES, Granularity

SETTINGS, BASELINE = "explainer.json", "baseline"
MEGABYTE = 1024**2
MAX_PAYLOAD_MB = 6


@dataclass(frozen=True)
class Settings:
    """One explainer.

    layout: where the features lie in a record of JSON Lines. baseline: its records, each as many cells as there are
    features. kinds: "numerical", "categorical" or "text" for each feature. units: what a text is taken apart into, None
    for texts as a whole. samples: NumberOfSamples, None where nothing is said. probability, label: a column of CSV, or
    JMESPath of JSON Lines. records_max, bytes_max: of one request to the model.
    """

    enable: str
    layout: Layout
    baseline: list[list[Cell]]
    kinds: tuple[str, ...]
    units: Granularity | None
    samples: int | None
    seed: int | None
    use_logit: bool
    probability_index: int | None
    probability_attribute: str | None
    label_index: int | None
    label_attribute: str | None
    label_headers: tuple[str, ...]
    feature_headers: tuple[str, ...]
    records_max: int | None
    bytes_max: int


def load(folder: Path) -> Settings:
    """Read the folder that the endpoint's engine made. Raises ClientError for what does not fit together."""
    config = json.loads((folder / SETTINGS).read_text())
    shap, inference = config["ShapConfig"], config.get("InferenceConfig") or {}
    layout = Layout(inference.get("FeaturesAttribute"), inference.get("ContentTemplate") or DEFAULT_LINE)
    baseline = read_records((folder / BASELINE).read_text(), shap["ShapBaselineConfig"].get("MimeType") or CSV, layout)
    if not baseline:
        raise ClientError("The SHAP baseline holds no record.")
    if len({len(record) for record in baseline}) != 1:
        raise ClientError("The records of the SHAP baseline do not all have the same number of features.")
    text = shap.get("TextConfig")
    return Settings(
        enable=config.get("EnableExplanations") or "`true`",
        layout=layout,
        baseline=baseline,
        kinds=_kinds(inference.get("FeatureTypes"), baseline, text is not None),
        units=GRANULARITIES[text["Granularity"]] if text else None,
        samples=shap.get("NumberOfSamples"),
        seed=shap.get("Seed"),
        use_logit=bool(shap.get("UseLogit")),
        probability_index=inference.get("ProbabilityIndex"),
        probability_attribute=inference.get("ProbabilityAttribute"),
        label_index=inference.get("LabelIndex"),
        label_attribute=inference.get("LabelAttribute"),
        label_headers=tuple(inference.get("LabelHeaders") or ()),
        feature_headers=_headers(inference.get("FeatureHeaders"), len(baseline[0])),
        records_max=inference.get("MaxRecordCount"),
        bytes_max=(inference.get("MaxPayloadInMB") or MAX_PAYLOAD_MB) * MEGABYTE,
    )


def _kinds(given: list[str] | None, baseline: list[list[Any]], explains_text: bool) -> tuple[str, ...]:
    """The features' types as they are given, else as the baseline's cells look."""
    if given:
        if len(given) != len(baseline[0]):
            raise ClientError(
                f"FeatureTypes names {len(given)} features, but the SHAP baseline has {len(baseline[0])}."
            )
        return tuple(given)
    columns = zip(*baseline, strict=True)
    other = TEXT if explains_text else CATEGORICAL
    return tuple(NUMERICAL if all(_is_number(cell) for cell in column) else other for column in columns)


def _headers(given: list[str] | None, features: int) -> tuple[str, ...]:
    if given and len(given) != features:
        raise ClientError(f"FeatureHeaders names {len(given)} features, but the SHAP baseline has {features}.")
    return tuple(given or ())


def _is_number(cell: Any) -> bool:
    if cell is None or cell == "":
        return True
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return True
