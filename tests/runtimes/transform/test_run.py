"""The batch transform driver against real model servers."""

from __future__ import annotations

import gzip
import io
import json
import struct

import pytest

from ormer.runtimes.toolkit.failures import UserError
from ormer.runtimes.transform.records import pack, read_records
from ormer.runtimes.transform.run import read_settings

ECHO = """
import json, os
def model_fn(model_dir):
    return {"calls": 0}
def transform_fn(model, body, content_type, accept):
    model["calls"] += 1
    text = body if isinstance(body, str) else body.decode()
    if "bad" in text:
        raise ValueError("this row is bad")
    if content_type == "count/calls":
        return str(model["calls"]), "text/csv"
    rows = [line.split(",") for line in text.splitlines()]
    return "\\n".join(str(sum(float(cell) for cell in row)) for row in rows), "text/csv"
"""


@pytest.fixture
def transform(tmp_path, serve_program, run_program):
    """`transform(request, {"key": b"content"})` runs a job; returns how it ended and {key: output bytes}."""
    (tmp_path / "server" / "model" / "code").mkdir(parents=True)
    (tmp_path / "server" / "model" / "code" / "inference.py").write_text(ECHO)
    served = serve_program("script", tmp_path / "server")

    def run(request, objects):
        root = tmp_path / "ml"
        inputs = []
        for number, (key, content) in enumerate(objects.items()):
            path = tmp_path / f"input-{number}"
            path.write_bytes(content)
            inputs.append({"Key": key, "Path": str(path)})
        job = {"Request": request, "Inputs": inputs, "OutputDir": str(root / "out"), "Servers": [served.address]}
        (root / "config").mkdir(parents=True, exist_ok=True)
        (root / "config" / "transformjobconfig.json").write_text(json.dumps(job))
        ran = run_program("transform", "run", root)
        files = {str(path.relative_to(root / "out")): path.read_bytes() for path in (root / "out").rglob("*.*")}
        return ran, files

    return run


def lines_request(**more):
    return {
        "TransformInput": {"ContentType": "text/csv", "SplitType": "Line", **more.pop("TransformInput", {})},
        "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
        **more,
    }


def test_each_object_gets_one_output_in_the_order_of_its_records(transform):
    many = b"".join(b"%d,1\n" % number for number in range(500))
    request = lines_request(MaxConcurrentTransforms=4, BatchStrategy="SingleRecord")
    ran, files = transform(request, {"deep/er/a.csv": many, "b.csv": b"1,2\n\n3,4", "empty.csv": b""})
    assert ran.exit_code == 0, ran.output
    assert set(files) == {"deep/er/a.csv.out", "b.csv.out", "empty.csv.out"}
    assert files["deep/er/a.csv.out"].decode().splitlines() == [f"{number + 1}.0" for number in range(500)]
    assert files["b.csv.out"] == b"3.0\n7.0\n"
    assert files["empty.csv.out"] == b""


def test_filters_and_join_run_around_the_model_and_gzip_is_unpacked(transform):
    request = lines_request(
        TransformInput={"CompressionType": "Gzip"},
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    ran, files = transform(request, {"a.csv.gz": gzip.compress(b"9,1,2\n8,3,4\n")})
    assert ran.exit_code == 0, ran.output
    assert files == {"a.csv.gz.out": b"9,3.0\n8,7.0\n"}


def test_the_whole_object_is_one_request_without_a_split_type(transform):
    request = {"TransformInput": {"ContentType": "text/csv"}, "TransformOutput": {}}
    ran, files = transform(request, {"a.csv": b"1,2\n3,4\n"})
    assert ran.exit_code == 0, ran.output
    assert files == {"a.csv.out": b"3.0\n7.0"}


def test_a_refused_record_fails_the_job_with_object_status_and_the_models_words(transform):
    ran, files = transform(lines_request(ModelClientConfig={"InvocationsMaxRetries": 0}), {"x/bad.csv": b"1\nbad\n"})
    assert ran.exit_code == 1
    assert ran.failure.startswith("ClientError: x/bad.csv: the model answered status 500:")
    assert ran.failure.endswith("ValueError: this row is bad")
    assert ran.failure in ran.output
    assert files == {}


def test_a_filter_that_does_not_fit_names_object_and_position(transform):
    ran, _ = transform(lines_request(DataProcessing={"OutputFilter": "$[3]"}), {"a.csv": b"1,2\n"})
    assert ran.exit_code == 1
    assert ran.failure == "ClientError: a.csv: $[3] asks for position 3 of a record of 1"


def test_records_are_packed_up_to_the_payload_limit():
    records = [b"1234\n"] * 5
    assert [len(batch) for batch in pack(iter(records), 11, single=False)] == [2, 2, 1]
    assert [len(batch) for batch in pack(iter(records), None, single=False)] == [5]
    assert [len(batch) for batch in pack(iter(records), 11, single=True)] == [1, 1, 1, 1, 1]
    with pytest.raises(UserError, match="a record of 5 bytes is above the limit of MaxPayloadInMB"):
        list(pack(iter(records), 4, single=False))


def test_recordio_and_tfrecord_are_cut_between_records():
    recordio = [
        struct.pack("<II", 0xCED7230A, len(body)) + body + b"\0" * (-len(body) % 4) for body in (b"abc", b"defgh")
    ]
    assert list(read_records(io.BytesIO(b"".join(recordio)), "RecordIO")) == recordio
    tfrecord = [struct.pack("<QI", len(body), 1) + body + struct.pack("<I", 2) for body in (b"abc", b"defgh")]
    assert list(read_records(io.BytesIO(b"".join(tfrecord)), "TFRecord")) == tfrecord
    for form in ("RecordIO", "TFRecord"):
        with pytest.raises(UserError, match=f"not in {form} format"):
            list(read_records(io.BytesIO(b"1,2,3"), form))


def test_the_request_comes_before_what_the_server_offers_and_that_before_the_defaults():
    offered = {"MaxConcurrentTransforms": 8, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 20}
    request = lines_request(MaxPayloadInMB=0, BatchStrategy="MultiRecord")
    asked = read_settings({"Request": request}, offered)
    assert (asked.payload_bytes_max, asked.concurrency, asked.single_record) == (None, 8, False)
    plain = read_settings({"Request": lines_request()}, {})
    assert (plain.payload_bytes_max, plain.concurrency, plain.single_record) == (6 * 1024**2, 1, False)
    assert (plain.timeout_seconds, plain.retries) == (600.0, 3)
