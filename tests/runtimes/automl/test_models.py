"""AutoML's data processors and ensembles: trained and served as a sandbox does it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ormer.runtimes.automl import process, quality

SECONDS = 60.0
CSV = "text/csv"


def flowers(count: int = 300) -> pd.DataFrame:
    chance = np.random.default_rng(5)
    found = pd.DataFrame(
        {"size": chance.uniform(0, 10, count).round(3), "color": chance.choice(["red", "blue"], count)}
    )
    found["kind"] = np.where(found["color"] == "blue", "iris", np.where(found["size"] > 5, "rose", "daisy"))
    found["price"] = (found["size"] * 3 + (found["color"] == "red") * 10).round(3)
    return found


@pytest.fixture
def trained(folder: Any, run_program: Callable[..., Any]) -> Callable[..., Path]:
    """`trained(data, target, automl_task="features")` is the /opt/ml of a trained model."""

    def train(data: pd.DataFrame, target: str, *more: str, **hyperparameters: str) -> Path:
        looked = folder.root.parent / "look"
        inputs = looked / "processing" / "input" / "training"
        inputs.mkdir(parents=True)
        data.to_csv(inputs / "rows.csv", index=False)
        assert process.main(["--target", target, *more], looked) == 0
        outputs, channels = looked / "processing" / "output", folder.root / "input" / "data"
        for name in ("train", "validation"):
            shutil.copytree(outputs / "data" / name, channels / name)
        shutil.copytree(outputs / "schema", channels / "schema")
        folder.write(hyperparameters, {name: {} for name in ("train", "validation", "schema")})
        (folder.root / "model").mkdir()
        ran = run_program("automl", "train", folder.root)
        assert ran.exit_code == 0, ran.output
        (folder.root / "log").write_text(ran.output)
        return Path(folder.root)

    return train


def asked(served: Any, body: str, status: int = 200) -> list[list[str]]:
    served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(body.encode(), CSV, CSV)
    assert answer.status == status, answer.body
    return list(csv.reader(io.StringIO(answer.body.decode())))


def told(root: Path) -> dict[str, float]:
    """The metrics that a trial printed."""
    lines = [line.split("validation-", 1)[1] for line in (root / "log").read_text().splitlines() if "#quality" in line]
    return {line.split("=")[0]: float(line.split("=")[1]) for line in lines}


def test_an_ensemble_tells_labels_and_probabilities_in_the_order_that_is_asked_for(trained, serve_program) -> None:
    data = flowers()[["size", "color", "kind"]]
    objective = {"_tuning_objective_metric": "validation:Accuracy"}
    root = trained(data, "kind", automl_task="ensemble", trial="0", **objective)
    assert told(root)["Accuracy"] > 0.95
    body = "9.5,red\n0.5,red\n5,blue\n"
    plain = serve_program("automl", root)
    assert asked(plain, body) == [["rose"], ["daisy"], ["iris"]]
    wanted = serve_program(
        "automl", root, SAGEMAKER_INFERENCE_OUTPUT="probability,predicted_label,labels,probabilities"
    )
    rows = asked(wanted, body)
    assert [row[1] for row in rows] == ["rose", "daisy", "iris"]
    assert rows[0][2] == "['daisy', 'iris', 'rose']"
    shares = json.loads(rows[0][3])
    assert float(rows[0][0]) == max(shares) and sum(shares) == pytest.approx(1)
    asked(plain, "1,red,extra\n", status=400)


def test_an_ensemble_of_a_regression_tells_numbers(trained, serve_program) -> None:
    data = flowers()[["size", "color", "price"]]
    root = trained(data, "price", automl_task="ensemble", trial="1", _tuning_objective_metric="validation:MSE")
    assert set(told(root)) == {"MSE", "RMSE", "MAE", "R2"}
    [[low], [high]] = asked(serve_program("automl", root), "1,blue\n9,red\n")
    assert float(low) == pytest.approx(3, abs=2) and float(high) == pytest.approx(37, abs=3)


def test_weights_count_in_an_ensembles_training(trained) -> None:
    data = flowers()[["size", "color", "kind"]]
    noise = data.assign(kind="daisy", weight=1e-6)
    both = pd.concat([data.assign(weight=1.0), noise])
    objective = {"_tuning_objective_metric": "validation:Accuracy"}
    root = trained(both, "kind", "--weight", "weight", automl_task="ensemble", algorithms="randomforest", **objective)
    assert told(root)["Accuracy"] > 0.95, "rows of no weight neither teach nor judge"


def test_a_data_processor_makes_features_and_gives_labels_their_names_back(trained, serve_program) -> None:
    data = flowers()[["size", "color", "kind"]]
    root = trained(data, "kind", automl_task="features")
    features = serve_program("automl", root, AUTOML_TRANSFORM_MODE="feature-transform")
    [one, other] = asked(features, "1.5,red\n,green\n")
    assert len(one) == len(other) and all(float(cell) == float(cell) for cell in other), (
        "missing and new ones are numbers"
    )
    [labelled] = asked(features, "rose,1.5,red\n")
    assert labelled == ["2", *one]
    back = serve_program(
        "automl",
        root,
        AUTOML_TRANSFORM_MODE="inverse-label-transform",
        SAGEMAKER_INFERENCE_INPUT="predicted_label,probability",
        SAGEMAKER_INFERENCE_OUTPUT="predicted_label,probability,labels",
    )
    assert asked(back, "2.0,0.75\n0,0.5") == [
        ["rose", "0.75", "['daisy', 'iris', 'rose']"],
        ["daisy", "0.5", "['daisy', 'iris', 'rose']"],
    ]


def test_a_training_job_says_what_is_missing(folder, run_program) -> None:
    folder.write({"automl_task": "guess"})
    assert "must be one of" in run_program("automl", "train", folder.root).failure
    (folder.root / "output" / "failure").unlink()
    folder.write({"automl_task": "features"}, {"train": {}})
    assert "The channel schema" in run_program("automl", "train", folder.root).failure


def test_qualities_have_awss_names() -> None:
    truth = np.array([0, 1, 1, 0])
    answers = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    found = quality.qualities("BinaryClassification", truth, answers)
    assert found["Accuracy"] == 0.75 and found["Recall"] == 0.5 and found["Precision"] == 1.0
    assert found["AUC"] == 1.0 and found["BalancedAccuracy"] == 0.75
    assert found["F1"] == pytest.approx(2 / 3)
    assert quality.is_better("MSE", 1.0, 2.0) and quality.is_better("R2", 0.9, 0.5)
