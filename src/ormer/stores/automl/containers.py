"""What a candidate is served by: its images, archives and variables.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import automl_metrics
from ormer.stores import resources
from ormer.stores.automl.facts import BEGUN, ENSEMBLING, FOUND, MODE, PROCESSOR
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ACCOUNT_SCIKIT, ACCOUNT_LINEAR = "683313688378", "382416733822"


def containers(tx: Tx, row: Row, algorithm: str, archive: str) -> list[JsonDict]:
    """InferenceContainers of a candidate: raw rows of CSV in, predictions out.

    https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
    """
    is_regression = row.facts[FOUND]["problem"] == automl_metrics.REGRESSION
    label = "predicted_label"
    keys = label if is_regression else f"{label},probability,probabilities"
    if row.facts[MODE] == ENSEMBLING:
        environment = {
            "MODEL_NAME": "WeightedEnsemble_L2",
            "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
            "SAGEMAKER_INFERENCE_OUTPUT": label,
            "SAGEMAKER_INFERENCE_SUPPORTED": label if is_regression else f"{keys},labels",
            "SAGEMAKER_PROGRAM": "tabular_serve.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
        }
        return [_container(ensemble_image(row.region), archive, environment)]
    processor = resources.get(tx, row.facts[BEGUN][PROCESSOR])
    features = processor.document["ModelArtifacts"]["S3ModelArtifacts"] if processor is not None else ""
    selectable = {} if is_regression else {"SAGEMAKER_INFERENCE_OUTPUT": label, "SAGEMAKER_INFERENCE_SUPPORTED": keys}
    found = [
        _container(processor_image(row.region), features, _processor_environment("feature-transform")),
        _container(
            algorithm_image(row.region, algorithm),
            archive,
            {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv", **selectable},
        ),
    ]
    if not is_regression:
        environment = {
            **_processor_environment("inverse-label-transform"),
            "SAGEMAKER_INFERENCE_INPUT": label,
            "SAGEMAKER_INFERENCE_OUTPUT": label,
            "SAGEMAKER_INFERENCE_SUPPORTED": f"{keys},labels",
        }
        found.append(_container(processor_image(row.region), features, environment))
    return found


def processor_image(region: str) -> str:
    """The image of data processors."""
    return _image(region, ACCOUNT_SCIKIT, "sagemaker-sklearn-automl:2.5-1-cpu-py3")


def ensemble_image(region: str) -> str:
    """The image of the ensembling mode."""
    return _image(region, ACCOUNT_SCIKIT, "sagemaker-automl-ensembling:1.0-1-cpu-py3")


def algorithm_image(region: str, algorithm: str) -> str:
    """The image of an algorithm that is tuned."""
    if algorithm == automl_metrics.LINEAR:
        return _image(region, ACCOUNT_LINEAR, "linear-learner:1")
    return _image(region, ACCOUNT_SCIKIT, "sagemaker-xgboost:3.0-5")


def _container(uri: str, archive: str, environment: dict[str, str]) -> JsonDict:
    return {"Image": uri, "ModelDataUrl": archive, "Environment": environment}


def _processor_environment(mode: str) -> dict[str, str]:
    return {
        "AUTOML_TRANSFORM_MODE": mode,
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        "SAGEMAKER_PROGRAM": "sagemaker_serve",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code/sagemaker_serve.py",
    }


def _image(region: str, account: str, name: str) -> str:
    """An image's URI as AWS writes it; what it means here follows from its name and tag."""
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{name}"
