"""How far a regression's answers are from the truth."""

import math

import numpy as np


def regression_metrics(truth: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """mae, mse, rmse and r2 (NaN when the truth never changes). Both arrays: rows, float64."""
    errors = truth - answers
    mse = float(np.mean(errors**2))
    spread = float(np.sum((truth - truth.mean()) ** 2))
    r2 = 1 - float(np.sum(errors**2)) / spread if spread else math.nan
    return {"mae": float(np.mean(np.abs(errors))), "mse": mse, "rmse": math.sqrt(mse), "r2": r2}
