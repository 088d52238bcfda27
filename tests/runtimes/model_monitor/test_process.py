"""Scripts of the user, captured bodies of every form, and mistakes that are named."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ormer.runtimes
from ormer.runtimes.model_monitor import datasets

from .conftest import CAPTURE, CSV, CSV_WITH_HEADER, Analyze

Save = Callable[[str], Path]


def capture(request: Any, answer: Any, encoding: str = "CSV", answer_encoding: str | None = None) -> str:
    kinds = {"CSV": "text/csv", "JSON": "application/json"}
    bodies = {
        name: {"observedContentType": kinds.get(form, form), "mode": mode, "data": data, "encoding": form}
        for name, mode, data, form in (
            ("endpointInput", "INPUT", request, encoding),
            ("endpointOutput", "OUTPUT", answer, answer_encoding or encoding),
        )
    }
    return json.dumps({"captureData": bodies, "eventMetadata": {"eventId": "e-1"}, "eventVersion": "0"})


def columns(run: Any) -> dict[str, str]:
    return {feature["name"]: feature["inferred_type"] for feature in run.statistics["features"]}


def test_answers_come_before_requests_unless_the_format_says_end(analyze: Analyze) -> None:
    line = capture("1,x", "0.5\n")
    assert columns(analyze(line, dataset_format=CAPTURE)) == {"_c0": "Fractional", "_c1": "Integral", "_c2": "String"}
    at_end = '{"sagemakerCaptureJson": {"output_columns_position": "END"}}'
    assert columns(analyze(line, dataset_format=at_end)) == {"_c0": "Integral", "_c1": "String", "_c2": "Fractional"}
    inputs_only = '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput"]}}'
    assert columns(analyze(line, dataset_format=inputs_only)) == {"_c0": "Integral", "_c1": "String"}


@pytest.mark.parametrize("answer", ["0.1\n0.2\n", "0.1,0.2"])
def test_a_request_of_several_rows_is_several_rows(analyze: Analyze, answer: str) -> None:
    run = analyze(capture("1,x\n2,y\n", answer), dataset_format=CAPTURE)
    assert run.statistics["dataset"]["item_count"] == 2
    assert columns(run) == {"_c0": "Fractional", "_c1": "Integral", "_c2": "String"}


def test_named_captures_keep_their_names(analyze: Analyze) -> None:
    line = capture('{"age": 3, "city": "x"}', '{"score": 0.5}', "JSON")
    assert columns(analyze(line, dataset_format=CAPTURE)) == {
        "score": "Fractional",
        "age": "Integral",
        "city": "String",
    }


def test_a_csv_request_with_a_json_answer_is_a_row_by_position(analyze: Analyze) -> None:
    line = capture("1,x", '{"predictions": [{"score": 0.5}]}', "CSV", "JSON")
    assert columns(analyze(line, dataset_format=CAPTURE)) == {"_c0": "Fractional", "_c1": "Integral", "_c2": "String"}


def test_a_preprocessor_sees_captured_records_in_both_spellings(analyze: Analyze, script: Save) -> None:
    path = script(
        "def preprocess_handler(record):\n"
        "    assert record.endpoint_input.data == record.event_data.endpointInput.data\n"
        "    assert record.as_dict()['eventMetadata']['eventId'] == record.event_metadata.event_id\n"
        "    cells = record.endpoint_output.data.rstrip().split(',') + record.endpoint_input.data.split(',')\n"
        "    return {str(i).zfill(20): cell for i, cell in enumerate(cells)}\n"
    )
    run = analyze(capture("1,x", "0.5\n"), dataset_format=CAPTURE, record_preprocessor_script=path)
    assert [*columns(run).values()] == ["Fractional", "Integral", "String"]


def test_a_preprocessor_of_csv_sees_lines_and_may_drop_or_multiply_them(analyze: Analyze, script: Save) -> None:
    path = script(
        "def preprocess_handler(line, logger):\n"
        "    logger.info('saw %s', line)\n"
        "    number = int(line.split(',')[0])\n"
        "    return [] if number == 2 else [{'b': number, 'a': 'x'}] * number\n"
    )
    run = analyze("n,t\n1,x\n2,x\n3,x\n", dataset_format=CSV_WITH_HEADER, record_preprocessor_script=path)
    assert columns(run) == {"a": "String", "b": "Integral"}
    assert run.feature("b")["numerical_statistics"]["sum"] == 10.0


def test_a_postprocessor_runs_when_the_files_are_there(analyze: Analyze, script: Save, tmp_path: Path) -> None:
    path = script(f"def postprocess_handler():\n    open({str(tmp_path / 'ran')!r}, 'w').write('yes')\n")
    assert analyze("1\n", post_analytics_processor_script=path).code == 0
    assert (tmp_path / "ran").read_text() == "yes"


def test_a_script_that_fails_is_named_with_its_error(analyze: Analyze, script: Save) -> None:
    run = analyze("1\n", record_preprocessor_script=script("def preprocess_handler(line):\n    return 1 / 0\n"))
    assert run.code == 1
    assert run.message.startswith("ClientError: The script handler.py failed: ZeroDivisionError")
    nameless = analyze("1\n", record_preprocessor_script=script("x = 1\n"))
    assert nameless.message == "ClientError: The script handler.py has no function preprocess_handler."


@pytest.mark.parametrize(
    ("data", "environ", "words"),
    [
        ("1\n", {"dataset_format": "{csv}"}, "dataset_format is not JSON"),
        ("1\n", {"dataset_format": '{"xml": {}}'}, "dataset_format must name one of csv, json, parquet"),
        ("1\n", {"dataset_format": ""}, "dataset_format is not set"),
        ("1\n", {"dataset_source": "/nowhere"}, "The dataset_source /nowhere does not exist"),
        ("", {}, "Job inputs had no data"),
        ("a,b\n", {"dataset_format": CSV_WITH_HEADER}, "Job inputs had no data"),
        ("a,a\n1,2\n", {"dataset_format": CSV_WITH_HEADER}, "repeats the column names a"),
        ("1\n", {"dataset_format": CAPTURE}, "is not a data capture record"),
        ("{", {"dataset_format": CAPTURE}, "Line 1 of part-0 is not a line of JSON"),
        ("{", {"dataset_format": '{"json": {"lines": true}}'}, "Line 1 of part-0 is not a line of JSON"),
        ("x", {"dataset_format": '{"parquet": {}}'}, "Unable to read part-0 as parquet"),
        ("1\n", {"analysis_type": "GUESS"}, "analysis_type is GUESS; it must be one of"),
        (
            "1\n",
            {"baseline_constraints": "/nowhere.json"},
            "Unable to read the baseline constraints file /nowhere.json",
        ),
        ("1\n", {"analysis_type": "MODEL_QUALITY"}, "Model quality needs problem_type"),
        ("1\n", {"analysis_type": "MODEL_QUALITY", "problem_type": "Regression"}, "needs inference_attribute"),
        (
            "a,b\n1,2\n",
            {
                "dataset_format": CSV_WITH_HEADER,
                "analysis_type": "MODEL_QUALITY",
                "problem_type": "Regression",
                "inference_attribute": "c",
                "ground_truth_attribute": "b",
            },
            "The attribute c is not a column of the data set: a, b.",
        ),
        (
            "0.3,1\n0.4,0\n",
            {
                "analysis_type": "MODEL_QUALITY",
                "problem_type": "BinaryClassification",
                "inference_attribute": "0",
                "ground_truth_attribute": "_c1",
            },
            "A score belongs into probability_attribute.",
        ),
    ],
)
def test_a_mistake_ends_the_job_with_its_cause(
    analyze: Analyze, capsys: pytest.CaptureFixture[str], data: str, environ: dict[str, str], words: str
) -> None:
    run = analyze(data, **environ)
    assert run.code == 1
    assert run.message.startswith("ClientError: ") and words in run.message
    assert capsys.readouterr().err.strip() == run.message
    assert not run.path("statistics").exists()


def test_a_body_that_cannot_be_read_names_the_event(analyze: Analyze) -> None:
    run = analyze(capture("AAEC", "0.5", "BASE64", "CSV"), dataset_format=CAPTURE)
    assert "endpointInput of event e-1 is captured as BASE64" in run.message
    uneven = analyze(capture("1\n2\n3\n", "0.5\n0.6\n"), dataset_format=CAPTURE)
    assert "The captured answer of event e-1 has 2 rows for 3 request rows." in uneven.message


def test_the_runtime_runs_from_its_folder_alone(tmp_path: Path) -> None:
    source = tmp_path / "data.csv"
    source.write_text("1,a\n2,b\n")
    runtimes = Path(ormer.runtimes.__file__).parent
    program = (
        "import sys, pathlib; from runtimes.model_monitor.process import main; "
        "code = main(pathlib.Path(sys.argv[1])); assert 'ormer' not in sys.modules; sys.exit(code)"
    )
    environ = {**os.environ, "PYTHONPATH": str(runtimes.parent), "dataset_format": CSV, "dataset_source": str(source)}
    ran = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environ, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "Completed: Job completed successfully with no violations."
    assert json.loads((tmp_path / "processing" / "output" / "statistics.json").read_text())["dataset"] == {
        "item_count": 2
    }


@pytest.mark.parametrize(
    "names", [["endpointInput", "endpointOutput"], ["batchTransformInput", "batchTransformOutput"]]
)
def test_captures_of_batch_transforms_are_read_as_those_of_endpoints(analyze: Analyze, names: list[str]) -> None:
    line = capture("1,x", "0.5\n").replace("endpointInput", "batchTransformInput")
    line = line.replace("endpointOutput", "batchTransformOutput")
    form = json.dumps({"sagemakerCaptureJson": {"captureIndexNames": names}})
    assert columns(analyze(line, dataset_format=form)) == {"_c0": "Fractional", "_c1": "Integral", "_c2": "String"}
    output_only = json.dumps({"sagemakerMergeJson": {"captureIndexNames": ["batchTransformOutput"]}})
    assert columns(analyze(line, dataset_format=output_only)) == {"_c0": "Fractional"}


def test_a_preprocessor_is_asked_once_for_each_record_although_a_late_text_asks_for_a_second_pass(
    analyze: Analyze, script: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "FRAME_ROWS", 10)
    path = script(
        "def preprocess_handler(line):\n"
        f"    open({str(tmp_path / 'seen')!r}, 'a').write('.')\n"
        "    return {'a': line}\n"
    )
    run = analyze("".join(f"{i}\n" for i in range(25)) + "late\n", record_preprocessor_script=path)
    assert (tmp_path / "seen").read_text() == "." * 26
    assert columns(run) == {"a": "String"}
    assert run.feature("a")["string_statistics"]["distinct_count"] == 26.0


def test_captured_records_of_other_times_are_left_out(analyze: Analyze) -> None:
    lines = [
        capture(cell, "0.5\n").replace('"e-1"', f'"e-1", "inferenceTime": "2026-01-01T{moment}Z"')
        for cell, moment in {"1": "00:00:00", "2": "00:59:59.999", "x": "01:00:00", "y": "23:00:00"}.items()
    ]
    window = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-01T01:00:00Z"}
    run = analyze("\n".join([*lines, capture("3", "0.5")]), dataset_format=CAPTURE, **window)
    assert run.feature("_c1")["numerical_statistics"]["sum"] == 6.0
    wrong = analyze(lines[0], dataset_format=CAPTURE, **{**window, "end_time": "noon"})
    assert "end_time is 'noon', which is not a time" in wrong.message


def test_records_of_other_times_are_left_out(analyze: Analyze) -> None:
    def at(moment: str) -> str:
        record = json.loads(capture("1,x", "0.5"))
        return json.dumps({**record, "eventMetadata": {"eventId": moment, "inferenceTime": moment}})

    lines = [at(f"2026-03-01T{time}Z") for time in ("11:59:59.9", "12:00:00", "12:59:59.999", "13:00:00")]
    window = {"start_time": "2026-03-01T12:00:00Z", "end_time": "2026-03-01T13:00:00Z"}
    run = analyze("\n".join(lines), dataset_format=CAPTURE, **window)
    assert run.statistics["dataset"]["item_count"] == 2
    run = analyze(lines[0], dataset_format=CAPTURE, **window)
    assert run.message.startswith("ClientError: Job inputs had no data")
    run = analyze(at("noon"), dataset_format=CAPTURE, **window)
    assert "is not a time" in run.message
