"""Job: the mean squared error of the trained model on the test set, as evaluation.json."""

import json
import pathlib
import pickle
import tarfile

import numpy as np
import pandas as pd
import xgboost

BASE = pathlib.Path("/opt/ml/processing")
PICKLED = b"\x80"


def main():
    with tarfile.open(BASE / "model" / "model.tar.gz") as archive:
        content = archive.extractfile("xgboost-model").read()
    if content.startswith(PICKLED):
        model = pickle.loads(content)
    else:
        model = xgboost.Booster()
        model.load_model(bytearray(content))
    test = pd.read_csv(BASE / "test" / "test.csv", header=None).to_numpy()
    errors = model.predict(xgboost.DMatrix(test[:, 1:])) - test[:, 0]
    report = {
        "regression_metrics": {"mse": {"value": float(np.mean(errors**2)), "standard_deviation": float(np.std(errors))}}
    }
    (BASE / "evaluation").mkdir(parents=True, exist_ok=True)
    (BASE / "evaluation" / "evaluation.json").write_text(json.dumps(report))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
