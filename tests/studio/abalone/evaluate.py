"""Measure the trained model on the test set and write evaluation.json for the pipeline's condition."""

import json
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost

BASE = Path("/opt/ml/processing")


def main() -> None:
    with tarfile.open(BASE / "model" / "model.tar.gz") as archive:
        archive.extractall("model", filter="data")
    model = xgboost.Booster()
    model.load_model("model/xgboost-model")

    test = pd.read_csv(BASE / "test" / "test.csv", header=None).to_numpy()
    wanted, features = test[:, 0], test[:, 1:]
    errors = model.predict(xgboost.DMatrix(features)) - wanted
    mse = float(np.mean(errors**2))
    print(f"mean squared error on {len(wanted)} animals: {mse:.3f}")

    report = {"regression_metrics": {"mse": {"value": mse, "standard_deviation": float(np.std(errors))}}}
    folder = BASE / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
