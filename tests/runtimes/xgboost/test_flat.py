"""What a model server leaves behind for whoever started it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xgboost

SECONDS = 60.0


@pytest.fixture
def model_root(tmp_path):
    features = np.random.default_rng(5).normal(size=(80, 3))
    booster = xgboost.train({}, xgboost.DMatrix(features, label=features[:, 0]), 3)
    (tmp_path / "model").mkdir()
    booster.save_model(tmp_path / "model" / "xgboost-model.ubj")
    (tmp_path / "model" / "xgboost-model.ubj").rename(tmp_path / "model" / "xgboost-model")
    return tmp_path


def test_the_export_is_whole_before_the_server_is_healthy(serve_program, model_root, tmp_path):
    folder = tmp_path / "flat"
    folder.mkdir()
    (folder / "flat.json").write_text("an earlier server's")
    served = serve_program("xgboost", model_root, ORMER_IMAGE_TAG="1.0-1", ORMER_FLAT=str(folder))
    served.predictor.wait_ready(SECONDS)
    facts = json.loads((folder / "flat.json").read_text())
    assert facts["rows_on_one_line"] is True
    rows = np.fromfile(folder / "rows.f32", "<f4").reshape(facts["rows"], 3)
    assert np.isnan(rows).any() and np.isin(np.float32(-1e-45), rows) and not np.isinf(rows).any()
    booster = xgboost.Booster(model_file=folder / "model.ubj")
    predictions = np.fromfile(folder / "predictions.f32", "<f4")
    assert (booster.predict(xgboost.DMatrix(rows)) == predictions).all()
    margins, outcomes = (np.fromfile(folder / f"{name}.f32", "<f4") for name in ("margins", "outcomes"))
    assert (margins == outcomes).all() and np.ptp(margins) > 150


def test_rows_lie_on_the_thresholds_of_every_column(serve_program, model_root, tmp_path):
    served = serve_program("xgboost", model_root, ORMER_FLAT=str(tmp_path / "flat"))
    served.predictor.wait_ready(SECONDS)
    rows = np.fromfile(tmp_path / "flat" / "rows.f32", "<f4").reshape(-1, 3)
    model = json.loads(xgboost.Booster(model_file=tmp_path / "flat" / "model.ubj").save_raw("json"))
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]:
        for left, column, threshold in zip(
            tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True
        ):
            if left != -1:
                on = np.float32(threshold)
                assert np.isin(
                    [on, np.nextafter(on, np.float32(9)), np.nextafter(on, np.float32(-9))], rows[:, column]
                ).any()


def test_nothing_is_left_where_nobody_asks_and_a_folder_that_cannot_be_written_stops_no_server(
    serve_program, model_root, tmp_path
):
    (tmp_path / "file").write_text("in the way")
    served = serve_program("xgboost", model_root, ORMER_FLAT=str(tmp_path / "file" / "flat"))
    silent = serve_program("xgboost", model_root)
    for one in (served, silent):
        one.predictor.wait_ready(SECONDS)
        assert one.predictor.invoke(b"1,2,3", "text/csv", "text/csv").status == 200
    assert {path.name for path in tmp_path.iterdir()} == {"model", "file"}


def test_the_reason_is_left_for_a_model_without_trees(serve_program, model_root, tmp_path):
    features = np.random.default_rng(5).normal(size=(80, 3))
    linear = xgboost.train({"booster": "gblinear"}, xgboost.DMatrix(features, label=features[:, 0]), 3)
    linear.save_model(tmp_path / "linear.json")
    (tmp_path / "linear.json").rename(tmp_path / "model" / "xgboost-model")
    served = serve_program("xgboost", model_root, ORMER_FLAT=str(tmp_path / "flat"))
    served.predictor.wait_ready(SECONDS)
    assert json.loads((tmp_path / "flat" / "flat.json").read_text()) == {
        "version": 1,
        "not_flat": "its booster is gblinear, which has no trees",
    }
    assert served.predictor.invoke(b"1,2,3", "text/csv", "text/csv").status == 200
