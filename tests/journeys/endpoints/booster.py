"""Script mode in the XGBoost image: the user loads the model, the container does the rest."""

import os

import xgboost


def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(model_dir, "xgboost-model"))
    return booster


def output_fn(prediction, accept):
    return "".join(f"{value}\n" for value in prediction.tolist()), "text/csv"
