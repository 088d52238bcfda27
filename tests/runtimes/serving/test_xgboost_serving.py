"""The built-in algorithm behind a model server, tag by tag, asked over real sockets."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import xgboost

from ormer.runtimes.serving.client import Server, ServerNotReady
from ormer.runtimes.toolkit.recordio import split_records
from ormer.runtimes.xgboost.selectable import encode_selected, select

SECONDS = 60.0
ROWS = np.array([[1.0, 2.0, 3.0], [0.5, np.nan, -1.0]])
CSV_ROWS = b"1,2,3\n0.5,,-1\n"


@pytest.fixture(scope="module")
def booster():
    random = np.random.default_rng(5)
    features = random.normal(size=(80, 3))
    return xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(features, label=features[:, 0] * 3), 4)


@pytest.fixture
def model_root(tmp_path, booster):
    (tmp_path / "model").mkdir()
    with (tmp_path / "model" / "xgboost-model").open("wb") as out:
        pickle.dump(booster, out)
    return tmp_path


@pytest.fixture
def expected(booster):
    return [str(value) for value in booster.predict(xgboost.DMatrix(ROWS)).tolist()]


def test_the_old_tag_answers_on_one_line_whatever_is_accepted_and_the_new_one_row_a_line(
    serve_program, model_root, expected
):
    old = serve_program("xgboost", model_root, ORMER_IMAGE_TAG="1.0-1")
    new = serve_program("xgboost", model_root, ORMER_IMAGE_TAG="3.0-5")
    for served in (old, new):
        served.predictor.wait_ready(SECONDS)
    answer = old.predictor.invoke(CSV_ROWS, "text/csv", "application/json")
    assert (answer.status, answer.body.decode()) == (200, ",".join(expected))
    assert answer.content_type == "text/csv; charset=utf-8"
    answer = new.predictor.invoke(CSV_ROWS, "text/csv; charset=utf-8", "")
    assert answer.body.decode() == "\n".join(expected) + "\n"
    answer = new.predictor.invoke(CSV_ROWS, "text/csv", "application/json")
    assert answer.content_type == "application/json"
    assert [one["score"] for one in json.loads(answer.body)["predictions"]] == [float(value) for value in expected]
    lines = new.predictor.invoke(CSV_ROWS, "text/csv", "application/jsonlines").body.splitlines()
    assert [json.loads(line) for line in lines] == [{"score": float(value)} for value in expected]
    records = list(split_records(new.predictor.invoke(CSV_ROWS, "text/csv", "application/x-recordio-protobuf").body))
    assert len(records) == 2
    libsvm = new.predictor.invoke(b"0 0:1 1:2 2:3\n0 0:0.5 2:-1", "text/libsvm", "text/csv")
    assert libsvm.body.decode() == "\n".join(expected) + "\n"
    assert new.predictor.execution_parameters()["BatchStrategy"] == "MULTI_RECORD"
    assert new.stop() == 0


def test_refusals_have_the_containers_status_codes(serve_program, model_root):
    served = serve_program("xgboost", model_root, ORMER_IMAGE_TAG="1.7-1")
    served.predictor.wait_ready(SECONDS)
    ask = served.predictor.invoke
    assert ask(b"", "text/csv", "text/csv").status == 204
    assert ask(b"{}", "application/json", "text/csv").status == 415
    assert ask(b"1,2,3\n1,2", "text/csv", "text/csv").status == 415
    assert ask(b"1,2,3", "text/csv; label_size=2", "text/csv").status == 415
    assert ask(b" \n", "text/csv", "text/csv").status == 415
    assert ask(b"\n", "text/libsvm", "text/csv").status == 415
    assert ask(b"0 99999999999999999999:1", "text/libsvm", "text/csv").status == 415
    answer = ask(b"1,2", "text/csv", "text/csv")
    assert answer.status == 400
    assert b"is not consistent with feature size of trained model 3" in answer.body
    assert ask(b"1,2,3", "text/csv", "image/png").status == 406
    assert ask(b"1,2,3\n" * 1200000, "text/csv", "text/csv").status == 413
    assert ask(b"1,2,3", "text/csv", "text/csv").status == 200


def test_a_batch_gets_one_prediction_a_line_and_selected_outputs(serve_program, model_root, expected):
    batch = serve_program("xgboost", model_root, ORMER_IMAGE_TAG="1.0-1", SAGEMAKER_BATCH="true")
    selecting = serve_program(
        "xgboost", model_root, ORMER_IMAGE_TAG="1.7-1", SAGEMAKER_INFERENCE_OUTPUT="predicted_score, labels"
    )
    batch.predictor.wait_ready(SECONDS)
    selecting.predictor.wait_ready(SECONDS)
    assert batch.predictor.invoke(CSV_ROWS, "text/csv", "text/csv").body.decode() == "\n".join(expected) + "\n"
    answer = selecting.predictor.invoke(CSV_ROWS, "text/csv", "text/csv").body.decode()
    assert answer == "\n".join(f"{value},nan" for value in expected)


def test_several_models_are_averaged_from_tag_1_2_2_on(serve_program, tmp_path, booster):
    other = xgboost.train({}, xgboost.DMatrix(np.zeros((4, 3)), label=[5.0] * 4), 1)
    (tmp_path / "model").mkdir()
    for number, model in enumerate((booster, other)):
        with (tmp_path / "model" / f"xgboost-model-{number}").open("wb") as out:
            pickle.dump(model, out)
    served = serve_program("xgboost", tmp_path, ORMER_IMAGE_TAG="1.2-2")
    served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(b"1,2,3", "text/csv", "text/csv")
    matrix = xgboost.DMatrix(ROWS[:1])
    mean = np.mean([booster.predict(matrix), other.predict(matrix)])
    assert float(answer.body) == pytest.approx(mean)


def test_a_pickled_estimator_of_the_scikit_learn_face_is_served(serve_program, tmp_path):
    features = np.random.default_rng(5).normal(size=(80, 3))
    estimator = xgboost.XGBRegressor(n_estimators=3).fit(features, features[:, 0])
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "xgboost-model").write_bytes(pickle.dumps(estimator))
    served = serve_program("xgboost", tmp_path, ORMER_IMAGE_TAG="1.7-1")
    served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(CSV_ROWS, "text/csv", "text/csv").body.decode()
    assert [float(line) for line in answer.split()] == estimator.predict(ROWS).tolist()


def test_a_model_that_cannot_be_loaded_is_told_at_once_with_both_reasons(serve_program, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "xgboost-model").write_text("this is no model")
    served = serve_program("xgboost", tmp_path)
    with pytest.raises(
        ServerNotReady, match=r"xgboost-model cannot be loaded:\nPickle load error=(.|\n)*XGB load model"
    ):
        served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(b"1", "text/csv", "text/csv")
    assert answer.status == 500
    assert answer.body.startswith(b"Unable to load model: ModelNotLoaded")
    assert served.stop() == 0


@pytest.mark.parametrize(
    ("objective", "prediction", "keys", "expected"),
    [
        ("binary:logistic", [0.75], "predicted_label,probability,probabilities", '1,0.75,"[0.25, 0.75]"'),
        ("binary:hinge", [1.0], "predicted_label,labels", '1.0,"[0, 1]"'),
        ("multi:softmax", [2.0], "predicted_label,labels,probability", '2.0,"[0, 1, 2]",nan'),
        ("multi:softprob", [[0.25, 0.5, 0.25]], "predicted_label,probability,raw_scores", '1,0.5,"[0.25, 0.5, 0.25]"'),
        ("reg:squarederror", [1.5], "predicted_score", "1.5"),
    ],
)
def test_selectable_outputs_of_each_objective(objective, prediction, keys, expected):
    rows = select(np.array(prediction), keys.split(","), objective, 3)
    assert encode_selected(rows, keys.split(","), "text/csv").decode() == expected


def test_one_of_many_models_answers_as_their_common_handler_does_in_every_image(serve_program, model_root, expected):
    for tag in ("1.0-1", "3.0-5"):
        served = serve_program("xgboost", model_root, ORMER_IMAGE_TAG=tag, SAGEMAKER_MULTI_MODEL="true")
        served.predictor.wait_ready(SECONDS)
        server = Server(served.address)
        asked = json.dumps({"model_name": "one", "url": str(model_root / "model")}).encode()
        assert server.exchange("POST", "/models", asked, {}, SECONDS).status == 200

        def invoke(server=server, **headers):
            headers["Content-Type"] = "text/csv"
            return server.exchange("POST", "/models/one/invoke", CSV_ROWS, headers, SECONDS)

        csv = invoke(Accept="text/csv")
        assert (csv.content_type, csv.body.decode()) == ("text/csv", ",".join(expected))
        assert json.loads(invoke().body) == [float(value) for value in expected]
        assert invoke(Accept="application/jsonlines").status == 415
        assert served.stop() == 0
