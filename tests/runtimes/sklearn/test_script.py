"""A scikit-learn program as the examples have it: one file that trains and serves, with the image's own modules."""

from __future__ import annotations

import json
import shutil

SECONDS = 60.0
PROGRAM = """
import argparse, os
import joblib, numpy as np
from sagemaker_containers.beta.framework import content_types, encoders, env, modules, transformer, worker
from sagemaker_inference import decoder, errors
from sklearn.linear_model import LinearRegression

def input_fn(body, content_type):
    if content_type == content_types.CSV:
        return decoder.decode(body, content_type).reshape(-1, 1)
    raise ValueError("{} not supported".format(content_type))

def output_fn(prediction, accept):
    return worker.Response(encoders.encode(prediction, accept), mimetype=accept)

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slope", type=float)
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    arguments = parser.parse_args()
    xs = np.loadtxt(os.path.join(arguments.train, "x.csv")).reshape(-1, 1)
    model = LinearRegression().fit(xs, xs[:, 0] * arguments.slope)
    print("hosts", env.training_env().hosts)
    joblib.dump(model, os.path.join(arguments.model_dir, "model.joblib"))
"""


def test_one_program_trains_and_then_serves_its_model(folder, run_program, serve_program):
    folder.code(program_py=PROGRAM)
    folder.write(
        {
            "sagemaker_program": '"program.py"',
            "sagemaker_submit_directory": json.dumps(str(folder.root / "source")),
            "slope": "3.0",
        },
        {"train": {"TrainingInputMode": "File"}},
    )
    (folder.root / "input/data/train").mkdir(parents=True)
    (folder.root / "input/data/train/x.csv").write_text("1\n2\n5\n")
    ran = run_program("sklearn", "train", folder.root)
    assert ran.exit_code == 0, ran.output
    assert "hosts ['algo-1']" in ran.output
    shutil.copytree(folder.root / "source", folder.root / "model" / "code")
    served = serve_program("sklearn", folder.root, SAGEMAKER_PROGRAM="program.py")
    served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(b"10\n20\n", "text/csv", "application/json")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert [round(value, 6) for value in json.loads(answer.body)] == [30.0, 60.0]
    refused = served.predictor.invoke(b"[1]", "application/json", "application/json")
    assert refused.status == 500
    assert refused.body.startswith(b"application/json not supported")
