"""MLflow: the model as one of its own, in the folder that is named."""

import os
import sys

import mlflow.xgboost
import xgboost

booster = xgboost.Booster()
booster.load_model(os.environ["BENCH_MODEL"])
mlflow.xgboost.save_model(booster, sys.argv[1], model_format="json")
