"""The scripts of the jobs, on a table small enough to be checked by eye."""

import json

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

from pipelines.abalone import preprocess

ROWS = [f"{'FIM'[at % 3]},0.{at + 10},0.3,0.1,0.5,0.2,0.1,0.15,{5 + at % 10}" for at in range(20)]


@pytest.fixture
def table(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "animals.csv").write_text("\n".join(ROWS))
    return preprocess.read(tmp_path / "data")


def test_the_label_comes_first_and_each_sex_has_a_column(table):
    ready = preprocess.prepare(table)
    assert list(ready.columns) == ["rings", *preprocess.MEASUREMENTS, "sex_F", "sex_I", "sex_M"]
    assert ready.iloc[1].tolist() == [6.0, 0.11, 0.3, 0.1, 0.5, 0.2, 0.1, 0.15, 0.0, 1.0, 0.0]


def test_every_animal_is_in_one_set_and_the_same_seed_splits_alike(table):
    sets = preprocess.split(preprocess.prepare(table), seed=3)
    again = preprocess.split(preprocess.prepare(table), seed=3)
    assert {name: len(rows) for name, rows in sets.items()} == {"train": 14, "validation": 3, "test": 3}
    assert sorted(pd.concat(sets.values()).index) == list(range(20))
    assert all(sets[name].equals(again[name]) for name in sets)


def test_the_model_is_measured_on_the_test_set(tmp_path, monkeypatch):
    xgboost = pytest.importorskip("xgboost")
    import tarfile

    from pipelines.abalone import evaluate

    rows = np.column_stack([np.arange(40.0), np.arange(40.0)])
    booster = xgboost.train({"max_depth": 4}, xgboost.DMatrix(rows[:, 1:], label=rows[:, 0]), 30)
    booster.save_model(str(tmp_path / "xgboost-model.ubj"))
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "xgboost-model.ubj", evaluate.MODEL_FILE)
    np.savetxt(tmp_path / "test.csv", rows, delimiter=",")
    words = ["--model", tmp_path / "model.tar.gz", "--test", tmp_path / "test.csv", "--output", tmp_path / "out"]
    monkeypatch.setattr("sys.argv", ["evaluate.py", *map(str, words)])
    evaluate.main()
    metrics = json.loads((tmp_path / "out" / "evaluation.json").read_text())["regression_metrics"]
    assert 0 <= metrics["mse"]["value"] < 2
    assert metrics["rmse"]["value"] == pytest.approx(metrics["mse"]["value"] ** 0.5)
