"""What Amazon's XGBoost container is made of, in small: Flask under gunicorn, CSV into a DMatrix, predict, CSV out."""

import io
import os

import numpy
import xgboost
from flask import Flask, Response, request

booster = xgboost.Booster()
booster.load_model(os.environ["BENCH_MODEL"])
booster.set_param("nthread", 1)
app = Flask(__name__)


@app.get("/ping")
def ping():
    return Response(status=200)


@app.post("/invocations")
def invocations():
    rows = numpy.loadtxt(io.StringIO(request.get_data(as_text=True)), delimiter=",", ndmin=2)
    predictions = booster.predict(xgboost.DMatrix(rows), validate_features=False)
    return Response("".join(f"{value}\n" for value in predictions.tolist()), mimetype="text/csv")
