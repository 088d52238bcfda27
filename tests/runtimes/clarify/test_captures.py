"""Captured records as monitors read them: within a window, with answers where attributes say they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ormer.runtimes.clarify.captures import Reading, read_captures
from ormer.runtimes.clarify.errors import ClientError
from ormer.runtimes.clarify.process import main

JsonDict = dict[str, Any]


def side(data: str, encoding: str = "CSV") -> JsonDict:
    return {"data": data, "encoding": encoding, "observedContentType": "text/csv"}


def read(
    tmp_path: Path, captures: list[JsonDict], config: JsonDict | None = None, **environ: str
) -> tuple[list[Any], Any]:
    """(rows as dictionaries, prediction column) of records whose inferenceTime is in `at`."""
    lines = []
    for number, given in enumerate(captures):
        capture = dict(given)
        moment, truth = capture.pop("at", "2026-03-01T12:00:00Z"), capture.pop("truth", None)
        record = {"captureData": capture, "eventMetadata": {"eventId": str(number), "inferenceTime": moment}}
        lines.append(json.dumps(record | ({"groundTruthData": side(truth)} if truth else {})))
    file = tmp_path / "captured.jsonl"
    file.write_text("\n".join(lines))
    rows, _, prediction = read_captures(
        [file], config or {"headers": ["y", "a", "b"], "label": "y"}, Reading.of(environ)
    )
    return rows.to_dicts(), prediction


def test_an_index_points_at_a_cell_of_the_answer(tmp_path: Path) -> None:
    record = {"endpointInput": side("1,2"), "endpointOutput": side("yes,0.9")}
    (row,), prediction = read(tmp_path, [record], probability_attribute="1")
    assert row == {"a": 1, "b": 2, prediction: 0.9}
    (row,), prediction = read(tmp_path, [record], inference_attribute="0", probability_attribute="1")
    assert row[prediction] == "yes"


@pytest.mark.parametrize("query", ["predictions[*].score", "score"])
def test_a_query_points_into_a_json_answer(tmp_path: Path, query: str) -> None:
    answer = json.dumps({"predictions": [{"score": 0.25, "label": 0}, {"score": 0.75, "label": 1}]})
    record = {"endpointInput": side("1,2\n3,4"), "endpointOutput": side(answer, "JSON")}
    rows, prediction = read(tmp_path, [record], probability_attribute=query)
    assert [row[prediction] for row in rows] == [0.25, 0.75]


def test_a_query_points_at_the_features_of_a_json_request(tmp_path: Path) -> None:
    request = json.dumps({"applicant": {"cells": [1, 2]}})
    record = {"endpointInput": side(request, "JSON"), "endpointOutput": side("0.5")}
    (row,), _ = read(tmp_path, [record], features_attribute="applicant.cells")
    assert (row["a"], row["b"]) == (1, 2)


def test_records_of_other_times_are_left_out(tmp_path: Path) -> None:
    times = ["2026-03-01T11:59:59Z", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"]
    captures = [{"endpointInput": side(f"{hour},0"), "at": time} for hour, time in enumerate(times)]
    window = {"start_time": "2026-03-01T12:00:00Z", "end_time": "2026-03-01T13:00:00Z"}
    (row,), _ = read(tmp_path, captures, **window)
    assert row["a"] == 1
    with pytest.raises(ClientError, match="Job inputs had no data"):
        read(tmp_path, captures[:1], **window)


def test_a_transforms_joined_rows_hold_features_and_prediction(tmp_path: Path) -> None:
    record = {"batchTransformOutput": side("1,2,0.9"), "truth": "1"}
    (row,), prediction = read(tmp_path, [record])
    assert row == {"a": 1, "b": 2, "y": 1, prediction: 0.9}
    (row,), prediction = read(tmp_path, [record], inference_attribute="0")
    assert (row["a"], row["b"], row[prediction]) == (2, 0.9, 1)


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
