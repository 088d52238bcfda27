"""The merger alone: captured and transformed answers joined with labels, files in, files out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ormer.runtimes.groundtruth_merger.process import main

JsonDict = dict[str, Any]
CAPTURE = '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}'
HOUR = "2026/03/01/12"


def captured(event_id: str, time: str = "2026-03-01T12:30:00Z", inference_id: str = "") -> JsonDict:
    named = {"inferenceId": inference_id} if inference_id else {}
    output = {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "0.5", "encoding": "CSV"}
    metadata = {"eventId": event_id, **named, "inferenceTime": time}
    return {"captureData": {"endpointOutput": output}, "eventMetadata": metadata, "eventVersion": "0"}


def label(event_id: str, data: str) -> JsonDict:
    truth = {"data": data, "encoding": "CSV"}
    return {"groundTruthData": truth, "eventMetadata": {"eventId": event_id}, "eventVersion": "0"}


class Job:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ = {
            "dataset_format": CAPTURE,
            "dataset_source": "/opt/ml/processing/input/endpoint",
            "ground_truth_source": "/opt/ml/processing/groundtruth",
            "output_path": "/opt/ml/processing/output",
            "start_time": "2026-03-01T12:00:00Z",
            "end_time": "2026-03-01T13:00:00Z",
            "merged_folder": "shop",
            "merge_id": "run-1",
        }

    def write(self, path: str, content: list[JsonDict] | str) -> None:
        target = self.root / "processing" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else "".join(json.dumps(one) + "\n" for one in content))

    def run(self) -> int:
        return main(self.root, self.environ)

    def merged(self) -> dict[str, list[JsonDict]]:
        output = self.root / "processing" / "output"
        files = sorted(path for path in output.rglob("*") if path.is_file())
        return {
            file.relative_to(output).as_posix(): [json.loads(line) for line in file.read_text().splitlines()]
            for file in files
        }

    @property
    def message(self) -> str:
        return (self.root / "output" / "message").read_text()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_answers_are_joined_with_labels_by_inference_id_else_event_id(job: Job) -> None:
    job.write(f"input/endpoint/shop/blue/{HOUR}/a.jsonl", [captured("e1", inference_id="i1"), captured("e2")])
    job.write(f"input/endpoint/shop/green/{HOUR}/a.jsonl", [captured("e3"), captured("e4")])
    job.write(f"groundtruth/{HOUR}/l.jsonl", [label("i1", "1"), label("e1", "0"), label("e3", "1"), label("x", "1")])
    assert job.run() == 0
    found = job.merged()
    assert list(found) == [
        f"shop/blue/{HOUR}/part-00000-run-1.c000.jsonl",
        f"shop/green/{HOUR}/part-00001-run-1.c000.jsonl",
    ]
    (first,) = found[f"shop/blue/{HOUR}/part-00000-run-1.c000.jsonl"]
    assert list(first) == ["eventVersion", "groundTruthData", "captureData", "eventMetadata"]
    assert first["groundTruthData"]["data"] == "1"
    assert job.message == "Completed: 2 answers merged with their ground truth."


def test_of_two_labels_the_later_counts(job: Job) -> None:
    job.write(f"input/endpoint/shop/v/{HOUR}/a.jsonl", [captured("e1")])
    job.write("groundtruth/2026/03/01/12/a.jsonl", [label("e1", "0")])
    job.write("groundtruth/2026/03/01/13/a.jsonl", [label("e1", "1")])
    assert job.run() == 0
    ((merged,),) = job.merged().values()
    assert merged["groundTruthData"]["data"] == "1"


def test_answers_outside_the_window_and_without_labels_are_left_out(job: Job) -> None:
    times = ["2026-03-01T11:59:59Z", "2026-03-01T12:00:00Z", "2026-03-01T12:59:59.999Z", "2026-03-01T13:00:00Z"]
    job.write(f"input/endpoint/v/{HOUR}/a.jsonl", [captured(time, time) for time in times] + [captured("none")])
    job.write("groundtruth/a.jsonl", [label(time, "1") for time in times])
    assert job.run() == 0
    ((*merged,),) = job.merged().values()
    assert [one["eventMetadata"]["eventId"] for one in merged] == times[1:3]


def test_nothing_to_join_is_no_data(job: Job) -> None:
    job.write(f"input/endpoint/v/{HOUR}/a.jsonl", [captured("e1")])
    job.write("groundtruth/a.jsonl", [label("other", "1")])
    assert job.run() == 1
    assert job.message.startswith("ClientError: Job inputs had no data")


@pytest.mark.parametrize("line", ["not json\n", '{"eventMetadata": {}}\n', "[]\n"])
def test_a_label_that_is_none_is_named_by_its_line(job: Job, line: str) -> None:
    job.write(f"input/endpoint/v/{HOUR}/a.jsonl", [captured("e1")])
    job.write("groundtruth/labels.jsonl", line)
    assert job.run() == 1
    assert "Line 1 of labels.jsonl" in job.message


def test_rows_of_a_transform_are_joined_by_the_ids_behind_them(job: Job) -> None:
    job.environ |= {"dataset_format": '{"csv": {"header": true}}', "merged_folder": "nightly"}
    job.write("input/endpoint/1/a.csv.out", 'x,y,id,t\n1,"a,b",i1,2026-03-01T11:00:00Z\n2,c,i2,2026-03-01T11:00:00Z\n')
    job.write("groundtruth/a.jsonl", [label("i1", "1")])
    assert job.run() == 0
    ((path, (merged,)),) = job.merged().items()
    assert path == "nightly/2026/03/01/11/part-00000-run-1.c000.jsonl"
    assert merged["captureData"]["batchTransformOutput"]["data"] == '1,"a,b"'
    assert merged["eventMetadata"] == {"eventId": "i1", "inferenceTime": "2026-03-01T11:00:00Z"}


def test_json_rows_of_a_transform_are_joined_by_their_members(job: Job) -> None:
    job.environ |= {"dataset_format": '{"json": {"line": true}}'}
    rows = [
        {"score": 0.5, "SageMakerInferenceId": "i1", "SageMakerInferenceTime": "2026-03-01T12:00:00Z"},
        {"SageMakerOutput": 3, "SageMakerInferenceId": "i2", "SageMakerInferenceTime": "2026-03-01T12:00:00Z"},
    ]
    job.write("input/endpoint/a.json.out", rows)
    job.write("groundtruth/a.jsonl", [label("i1", "1"), label("i2", "1")])
    assert job.run() == 0
    ((*merged,),) = job.merged().values()
    assert [one["captureData"]["batchTransformOutput"]["data"] for one in merged] == ['{"score": 0.5}', "3"]


def test_a_transform_without_ids_says_what_to_switch_on(job: Job) -> None:
    job.environ |= {"dataset_format": '{"csv": {"header": false}}'}
    job.write("input/endpoint/a.csv.out", "1\n2\n")
    job.write("groundtruth/a.jsonl", [label("i1", "1")])
    assert job.run() == 1
    assert "GenerateInferenceId" in job.message
