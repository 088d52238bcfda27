"""Where a monitoring run's data and results lie: its variables say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ormer.runtimes.clarify.process import main

JsonDict = dict[str, Any]


def side(data: str) -> JsonDict:
    return {"data": data, "encoding": "CSV", "observedContentType": "text/csv"}


def test_a_monitors_job_says_where_data_and_results_lie(tmp_path: Path) -> None:
    config = {
        "dataset_type": "application/sagemakercapturejson",
        "headers": ["y", "a"],
        "label": "y",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "a", "value_or_threshold": [1]}],
        "methods": {"pre_training_bias": {"methods": ["CI"]}},
    }
    folder = tmp_path / "processing" / "input"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "analysis_config.json").write_text(json.dumps(config))
    hour = folder / "endpoint" / "shop" / "v" / "2026" / "03" / "01" / "12"
    hour.mkdir(parents=True)
    lines = [
        json.dumps(
            {"captureData": {"endpointInput": side(str(number % 2))}, "groundTruthData": side(str(number % 3 % 2))}
        )
        for number in range(60)
    ]
    (hour / "a.jsonl").write_text("\n".join(lines))
    places = {"dataset_source": "/opt/ml/processing/input/endpoint", "output_path": "/opt/ml/processing/results"}
    assert main(tmp_path, places) == 0
    found = json.loads((tmp_path / "processing" / "results" / "analysis.json").read_text())
    assert "a" in found["pre_training_bias_metrics"]["facets"]


def test_a_job_may_lay_its_named_inputs_and_its_output_where_it_likes(tmp_path: Path) -> None:
    config = {
        "dataset_type": "text/csv",
        "headers": ["y", "a"],
        "label": "y",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "a", "value_or_threshold": [1]}],
        "methods": {"pre_training_bias": {"methods": ["CI"]}},
    }
    described = {
        "ProcessingInputs": [
            {"InputName": "dataset", "S3Input": {"LocalPath": "/opt/ml/processing/rows"}},
            {"InputName": "analysis_config", "S3Input": {"LocalPath": "/opt/ml/processing/input/analysis_config"}},
        ],
        "ProcessingOutputConfig": {
            "Outputs": [{"OutputName": "analysis_result", "S3Output": {"LocalPath": "/opt/ml/processing/found"}}]
        },
    }
    files = {
        "config/processingjobconfig.json": json.dumps(described),
        "processing/input/analysis_config/analysis_config.json": json.dumps(config),
        "processing/rows/rows.csv": "".join(f"{number % 2},{number % 3 % 2}\n" for number in range(60)),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert main(tmp_path, {}) == 0
    assert "pre_training_bias_metrics" in json.loads((tmp_path / "processing/found/analysis.json").read_text())
