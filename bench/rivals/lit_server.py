"""LitServe: an API of its four methods, one worker."""

import os
import sys

import litserve
import numpy
import xgboost


class Bench(litserve.LitAPI):
    def setup(self, device):
        self.booster = xgboost.Booster()
        self.booster.load_model(os.environ["BENCH_MODEL"])
        self.booster.set_param("nthread", 1)

    def decode_request(self, request):
        return numpy.asarray(request["rows"], dtype=numpy.float32)

    def predict(self, rows):
        return self.booster.inplace_predict(rows)

    def encode_response(self, output):
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Bench(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
