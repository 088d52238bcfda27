"""PyTorch and TensorFlow as SDK 2 code uses them: `python sdk_2.py --role ARN --bucket BUCKET`.

Prints what came of each stage, a JSON object a line.
"""

import argparse
import json
import pathlib

import numpy as np
import sagemaker
from sagemaker.deserializers import CSVDeserializer
from sagemaker.huggingface import HuggingFace
from sagemaker.pytorch import PyTorch
from sagemaker.s3 import S3Uploader
from sagemaker.serializers import CSVSerializer
from sagemaker.tensorflow import TensorFlow, TensorFlowModel

HERE = pathlib.Path(__file__).parent
TYPE = "ml.m5.large"
# y = 3 x + 1
TABLE = "".join(f"{3 * x / 10 + 1},{x / 10}\n" for x in range(-10, 11))


def tell(stage, **facts):
    """One line for whoever checks what came of a stage; what the SDK shows may end without a line's end."""
    print("\n" + json.dumps({"stage": stage, **facts}), flush=True)


def pytorch(settings, train):
    estimator = PyTorch(
        entry_point="line.py",
        source_dir=str(HERE / "pytorch"),
        framework_version="2.6.0",
        py_version="py312",
        hyperparameters={"epochs": 300, "lr": 0.3},
        metric_definitions=[{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
        **settings,
    )
    estimator.fit({"train": train}, logs=False)
    predictor = estimator.deploy(1, TYPE)
    answer = predictor.predict(np.array([[2.0], [0.0]], dtype="float32"))
    predictor.delete_endpoint()
    metrics = estimator.latest_training_job.describe()["FinalMetricDataList"]
    tell("pytorch", answer=answer.tolist(), loss=metrics[0]["Value"])


def tensorflow(settings, train, version, python):
    estimator = TensorFlow(
        entry_point="line.py",
        source_dir=str(HERE / "tensorflow"),
        framework_version=version,
        py_version=python,
        hyperparameters={"epochs": 100},
        **settings,
    )
    estimator.fit({"train": train}, logs=False)
    predictor = estimator.deploy(1, TYPE)
    rows = predictor.predict({"instances": [[2.0], [0.0]]})
    plain = predictor.predict([[2.0], [0.0]])
    columns = predictor.predict({"inputs": [[2.0], [0.0]]})
    predictor.delete_endpoint()
    tell(f"tensorflow {version}", rows=rows, plain=plain, columns=columns)
    return estimator.model_data


def handlers(settings, model_data, version):
    model = TensorFlowModel(
        model_data=model_data,
        role=settings["role"],
        framework_version=version,
        entry_point="inference.py",
        source_dir=str(HERE / "handlers"),
        sagemaker_session=settings["sagemaker_session"],
    )
    predictor = model.deploy(1, TYPE, serializer=CSVSerializer(), deserializer=CSVDeserializer())
    answer = predictor.predict("2\n0\n")
    predictor.delete_endpoint()
    tell("handlers", answer=answer)


def huggingface(settings, root):
    texts = [f"{word} {thing}" for word in ("good", "bad") for thing in ("shell", "ring", "shell ring")] * 20
    session = settings["sagemaker_session"]
    place = f"{root}/words/words.txt"
    train = S3Uploader.upload_string_as_file_body("\n".join(texts), place, sagemaker_session=session)
    estimator = HuggingFace(
        entry_point="words.py",
        source_dir=str(HERE / "huggingface"),
        transformers_version="4.26.0",
        pytorch_version="1.13.1",
        py_version="py39",
        hyperparameters={"epochs": 20},
        # The SDK knows training images of Hugging Face for GPUs only.
        **{**settings, "instance_type": "ml.g4dn.xlarge"},
    )
    estimator.fit({"train": train}, logs=False)
    predictor = estimator.deploy(1, TYPE, env={"HF_TASK": "text-classification"})
    asked = {"inputs": ["good ring", "bad shell"], "parameters": {"top_k": 1}}
    answer = predictor.predict(asked)
    predictor.delete_endpoint()
    tell("huggingface", answer=answer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role", required=True)
    parser.add_argument("--bucket", required=True)
    arguments = parser.parse_args()
    session = sagemaker.Session(default_bucket=arguments.bucket)
    session.default_bucket()
    settings = {
        "role": arguments.role,
        "instance_count": 1,
        "instance_type": TYPE,
        "sagemaker_session": session,
    }
    root = f"s3://{arguments.bucket}/frameworks"
    place = f"{root}/line.csv"
    train = S3Uploader.upload_string_as_file_body(TABLE, place, sagemaker_session=session)
    pytorch(settings, train)
    huggingface(settings, root)
    tensorflow(settings, train, "2.14.1", "py310")
    handlers(settings, tensorflow(settings, train, "2.19.0", "py312"), "2.19.0")


if __name__ == "__main__":
    main()
