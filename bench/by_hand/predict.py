"""Predict a table whose first column is the label: writes the label and the prediction of every row."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost


def main(model: str, table: str, target: str) -> None:
    booster = xgboost.Booster()
    booster.load_model(model)
    rows = pd.read_csv(table, header=None).to_numpy()
    predicted = booster.predict(xgboost.DMatrix(rows[:, 1:]))
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(np.column_stack([rows[:, 0], predicted])).to_csv(target, header=False, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
