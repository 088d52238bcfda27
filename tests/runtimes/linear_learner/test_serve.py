"""Linear models behind a model server: every format in and out, for each predictor type."""

from __future__ import annotations

import csv
import io
import json
import struct

import numpy as np
import pytest
from tests.runtimes.linear_learner.conftest import csv_of, features_and_margin, record

from ormer.runtimes.serving.client import ServerNotReady
from ormer.runtimes.toolkit.recordio import split_records

SECONDS = 60.0
JSON, LINES, RECORDS = "application/json", "application/jsonlines", "application/x-recordio-protobuf"


@pytest.fixture
def binary(job, serve_program):
    """A served binary classifier of three features, and three rows for it."""
    features, margin = features_and_margin(21)
    ran = job.train({"predictor_type": "binary_classifier"}, train=csv_of(margin > 0, features))
    assert ran.exit_code == 0, ran.output
    served = serve_program("linear_learner", job.root)
    served.predictor.wait_ready(SECONDS)
    return served, features[:3].astype(np.float32)


def predictions(served, body, content_type, accept=JSON):
    answer = served.predictor.invoke(body.encode() if isinstance(body, str) else body, content_type, accept)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["predictions"]


def test_every_input_format_gets_the_same_predictions(binary):
    served, rows = binary
    lists = [[float(cell) for cell in row] for row in rows]
    csv = "\n".join(",".join(map(repr, row)) for row in lists)
    expected = predictions(served, csv, "text/csv")
    assert [set(each) for each in expected] == [{"score", "predicted_label"}] * 3
    assert all(each["predicted_label"] == int(each["score"] > 0.5) for each in expected)
    short = {"instances": [{"features": row} for row in lists]}
    long = {"instances": [{"data": {"features": {"values": row}}} for row in lists]}
    sparse = {"instances": [{"features": {"keys": [0, 1, 2], "shape": [3], "values": row}} for row in lists]}
    for body in (short, long, sparse):
        assert predictions(served, json.dumps(body), JSON) == expected
    assert predictions(served, "\n".join(json.dumps({"features": row}) for row in lists), LINES) == expected
    for records in (
        b"".join(record(row) for row in rows),
        b"".join(record(row, keys=[0, 1, 2], width=3) for row in rows),
    ):
        found = predictions(served, records, RECORDS)
        assert [each["score"] for each in found] == pytest.approx([each["score"] for each in expected])


def test_answers_come_as_json_lines_and_records(binary):
    served, rows = binary
    csv = "\n".join(",".join(map(str, row)) for row in rows)
    expected = predictions(served, csv, "text/csv", "*/*")
    (bare,) = split_records(record(rows[0]))
    assert predictions(served, bare, RECORDS)[0]["score"] == pytest.approx(expected[0]["score"], rel=1e-3)
    lines = served.predictor.invoke(csv.encode(), "text/csv", LINES)
    assert lines.content_type == LINES
    assert [json.loads(line) for line in lines.body.splitlines()] == expected
    answered = served.predictor.invoke(csv.encode(), "text/csv", RECORDS)
    records = list(split_records(answered.body))
    assert len(records) == 3
    for found, each in zip(records, expected, strict=True):
        assert b"score" in found and b"predicted_label" in found
        assert struct.pack("<f", each["score"]) in found and struct.pack("<f", each["predicted_label"]) in found


def test_a_regressor_gives_scores_and_a_multiclass_classifier_one_a_class(job, serve_program):
    features, margin = features_and_margin(22)
    job.train({"predictor_type": "regressor"}, train=csv_of(margin, features))
    served = serve_program("linear_learner", job.root)
    served.predictor.wait_ready(SECONDS)
    row = ",".join(map(str, features[0]))
    assert predictions(served, row, "text/csv") == [{"score": pytest.approx(margin[0], abs=1)}]
    labels = np.digitize(margin, [-1, 1])
    job.train({"predictor_type": "multiclass_classifier", "num_classes": 3}, train=csv_of(labels, features))
    other = serve_program("linear_learner", job.root)
    other.predictor.wait_ready(SECONDS)
    (found,) = predictions(other, row, "text/csv")
    assert sum(found["score"]) == pytest.approx(1) and found["predicted_label"] == int(np.argmax(found["score"]))


def test_refusals_say_what_is_wrong(binary):
    served, _ = binary
    ask = served.predictor.invoke
    assert ask(b"1,2,3", "image/png", JSON).status == 415
    assert ask(b"1,2,3", "text/csv", "text/csv").status == 406
    for body, content_type, reason in (
        (b"1,2", "text/csv", b"the rows have 2 features, and the model takes 3"),
        (b"a,b,c", "text/csv", b"could not convert"),
        (b"", "text/csv", b"there are no rows"),
        (b"{", JSON, b"unable to evaluate payload"),
        (b'{"instances": [{"features": "x"}]}', JSON, b"an instance is"),
        (b'{"instances": [{"features": {"keys": [9], "values": [1]}}]}', JSON, b"each from 0 to 2"),
        (b"nothing like it", RECORDS, b"protobuf record"),
        (struct.pack("<II", 0xCED7230A, 99), RECORDS, b"truncated RecordIO"),
    ):
        answer = ask(body, content_type, JSON)
        assert (answer.status, reason in answer.body) == (400, True), answer.body
    assert ask(b"1,2,3", "text/csv", JSON).status == 200


def test_a_batch_that_does_not_say_otherwise_gets_json_lines(job, serve_program):
    features, margin = features_and_margin(23)
    job.train({"predictor_type": "regressor"}, train=csv_of(margin, features))
    served = serve_program("linear_learner", job.root, SAGEMAKER_BATCH="true")
    served.predictor.wait_ready(SECONDS)
    assert served.predictor.execution_parameters()["BatchStrategy"] == "MULTI_RECORD"
    assert len(served.predictor.invoke(b"1,2,3\n4,5,6\n", "text/csv", "").body.splitlines()) == 2


def test_a_file_that_is_no_model_is_named_and_not_unpickled(tmp_path, serve_program):
    (tmp_path / "model").mkdir()
    with (tmp_path / "model" / "model_algo-1").open("wb") as out:
        np.savez(out, weights=np.array([object()]), bias=np.zeros(1), about=np.array("{}"))
    served = serve_program("linear_learner", tmp_path)
    with pytest.raises(ServerNotReady, match="model_algo-1 is no model of linear-learner"):
        served.predictor.wait_ready(SECONDS)


def test_selected_cells_are_csv_where_a_candidates_container_asks_for_them(job, serve_program):
    features, margin = features_and_margin(27)
    kinds = np.digitize(margin, [-1.0, 1.0])
    ran = job.train({"predictor_type": "multiclass_classifier", "num_classes": "3"}, train=csv_of(kinds, features))
    assert ran.exit_code == 0, ran.output
    body = csv_of(features[:2, 0], features[:2, 1:]).encode()
    keys = "predicted_label,probability,probabilities"
    served = serve_program("linear_learner", job.root, SAGEMAKER_INFERENCE_OUTPUT=keys)
    served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(body, "text/csv", "text/csv")
    assert answer.status == 200, answer.body
    rows = list(csv.reader(io.StringIO(answer.body.decode())))
    for label, probability, probabilities in rows:
        shares = json.loads(probabilities)
        assert float(probability) == max(shares) == shares[int(float(label))]
    usual = serve_program("linear_learner", job.root, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="text/csv")
    usual.predictor.wait_ready(SECONDS)
    plain = usual.predictor.invoke(body, "text/csv", "").body.decode()
    assert plain.splitlines() == [row[0] for row in rows]
