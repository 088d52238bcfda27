"""Job: measure the trained model on the test set. What it writes decides whether the model is registered."""

import argparse
import json
import tarfile
from pathlib import Path

import numpy as np
import xgboost

FOLDER = Path("/opt/ml/processing")
MODEL_FILE = "xgboost-model"


def load(archive):
    """The booster of a training job's model.tar.gz."""
    with tarfile.open(str(archive)) as opened:
        content = opened.extractfile(MODEL_FILE).read()
    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    return booster


def measure(booster, table):
    """{"regression_metrics": ...} of a table whose first column is the truth."""
    errors = booster.predict(xgboost.DMatrix(table[:, 1:])) - table[:, 0]
    squares = errors**2
    return {
        "regression_metrics": {
            "mse": {"value": float(squares.mean()), "standard_deviation": float(squares.std())},
            "rmse": {"value": float(np.sqrt(squares.mean()))},
            "mae": {"value": float(np.abs(errors).mean())},
        }
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=str(FOLDER / "model" / "model.tar.gz"))
    parser.add_argument("--test", default=str(FOLDER / "test" / "test.csv"))
    parser.add_argument("--output", default=str(FOLDER / "evaluation"))
    arguments = parser.parse_args()

    table = np.loadtxt(arguments.test, delimiter=",", ndmin=2)
    report = measure(load(arguments.model), table)
    print(f"{len(table)} animals:", json.dumps(report))
    folder = Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
