"""BentoML: a service with one API that takes rows and gives predictions, as its guide shows."""

import os

import bentoml
import numpy
import xgboost


@bentoml.service(workers=1)
class Bench:
    def __init__(self) -> None:
        self.booster = xgboost.Booster()
        self.booster.load_model(os.environ["BENCH_MODEL"])
        self.booster.set_param("nthread", 1)

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[float]:
        return self.booster.inplace_predict(numpy.asarray(rows, dtype=numpy.float32)).tolist()
