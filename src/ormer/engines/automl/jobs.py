"""The jobs that an AutoML job begins, as the requests that make them: pure functions of what is asked and found.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development.html
"""

from __future__ import annotations

import json
from typing import Any

from ormer.aws import automl_metrics
from ormer.engines.automl.places import Places
from ormer.stores.automl.containers import processor_image
from ormer.stores.automl.facts import MODE
from ormer.stores.automl.requests import Asked

JsonDict = dict[str, Any]
INSTANCE = "ml.m5.xlarge"
VOLUME_GB = 30
FRACTION = 0.2
INPUT, OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
CSV = "text/csv"
REGISTRY = "{account}.dkr.ecr.{region}.amazonaws.com/{name}"
MONITOR = ("156813124566", "sagemaker-model-monitor-analyzer")
CLARIFY = ("205585389593", "sagemaker-clarify-processing:1.0")
# How many coalitions of features each explained row is asked with.
COALITIONS = 256
SECONDS_MAX = 86_400


def split(asked: Asked, facts: JsonDict, places: Places, region: str, job: str) -> JsonDict:
    """Look at the data and split it."""
    inputs = [_channel_input("training", asked), _channel_input("validation", asked)]
    if asked.features:
        inputs.append(_input("specification", asked.features))
    arguments = ["--target", asked.target, "--job", job, "--mode", facts[MODE]]
    arguments += ["--problem-type", asked.problem] if asked.problem else []
    arguments += ["--weight", asked.weight] if asked.weight else []
    arguments += ["--validation-fraction", str(asked.fraction or FRACTION)]
    outputs = {
        "data": places.data,
        "schema": places.schema,
        "explained": places.explained,
        "notebooks": places.notebooks,
    }
    return {
        "AppSpecification": {"ImageUri": processor_image(region), "ContainerArguments": arguments},
        "ProcessingInputs": [one for one in inputs if one],
        **_processing(asked, {f"{OUTPUT}/{name}": uri for name, uri in outputs.items()}),
    }


def processor(asked: Asked, places: Places, region: str) -> JsonDict:
    """Fit the data processor."""
    return {
        "AlgorithmSpecification": {"TrainingImage": processor_image(region), "TrainingInputMode": "File"},
        "HyperParameters": {"automl_task": "features", "processor_module": "candidate_data_processors.dpp0"},
        "InputDataConfig": [channel("train", f"{places.data}/train/"), channel("schema", f"{places.schema}/")],
        "OutputDataConfig": {"S3OutputPath": places.processors},
        "RoleArn": asked.role,
        **resources_of(asked),
    }


def transform(places: Places, model: str) -> JsonDict:
    """Make features of all rows; each begins with its target."""
    return _transform(model, f"{places.data}/", places.transformed, {})


def predictions(places: Places, model: str, problem: str) -> JsonDict:
    """Ask the best candidate about the rows that were held out; each answer stands behind its truth."""
    kept = {
        automl_metrics.REGRESSION: "$[0,-1]",
        automl_metrics.BINARY: "$[0,-2,-1]",
        automl_metrics.MULTICLASS: "$[0,-2]",
    }
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": kept[problem]}
    return _transform(model, f"{places.data}/validation/", places.predicted, {"DataProcessing": processing})


def insights(asked: Asked, places: Places, region: str, candidate: str, problem: str) -> JsonDict:
    """Say how good the best candidate's predictions are."""
    account, name = MONITOR
    environment = {
        "dataset_format": json.dumps({"csv": {"header": False}}),
        "dataset_source": f"{INPUT}/baseline_dataset_input",
        "output_path": OUTPUT,
        "publish_cloudwatch_metrics": "Disabled",
        "analysis_type": "MODEL_QUALITY",
        "problem_type": problem,
        "ground_truth_attribute": "_c0",
        "inference_attribute": "_c1",
        **({"probability_attribute": "_c2"} if problem == automl_metrics.BINARY else {}),
    }
    return {
        "AppSpecification": {"ImageUri": REGISTRY.format(account=account, region=region, name=name)},
        "ProcessingInputs": [_input("baseline_dataset_input", f"{places.predicted}/")],
        "Environment": environment,
        **_processing(asked, {OUTPUT: places.insights(candidate)}),
    }


def explanation(asked: Asked, places: Places, region: str, candidate: str) -> JsonDict:
    """Say what the best candidate's predictions owe to each feature."""
    account, name = CLARIFY
    return {
        "AppSpecification": {"ImageUri": REGISTRY.format(account=account, region=region, name=name)},
        "ProcessingInputs": [
            _input("dataset", f"{places.explained}/dataset.csv"),
            _input("analysis_config", places.analysis(candidate)),
        ],
        **_processing(asked, {OUTPUT: places.explanation(candidate)}, "analysis_result"),
    }


def analysis(found: JsonDict, model: str) -> JsonDict:
    """analysis_config.json of the explanation."""
    is_regression = found["problem"] == automl_metrics.REGRESSION
    predictor: JsonDict = {
        "model_name": model,
        "instance_type": INSTANCE,
        "initial_instance_count": 1,
        "content_type": CSV,
        "accept_type": CSV,
        "label": 0,
        **({} if is_regression else {"probability": 1, "label_headers": found["classes"]}),
    }
    if found["problem"] == automl_metrics.BINARY:
        predictor["label_headers"] = found["classes"][-1:]
    shap = {"baseline": [found["typical"]], "num_samples": COALITIONS, "agg_method": "mean_abs", "seed": 0}
    return {
        "version": "1.0",
        "dataset_type": CSV,
        "headers": found["names"],
        "methods": {"shap": shap, "report": {"name": "report", "title": "Autopilot Explainability Report"}},
        "predictor": predictor,
    }


def answers_wanted(containers: list[JsonDict], problem: str) -> list[JsonDict]:
    """A candidate's containers that also tell probabilities, for its reports."""
    if problem == automl_metrics.REGRESSION:
        return containers
    keys = "predicted_label," + ("probability" if problem == automl_metrics.BINARY else "probabilities")
    names = ("SAGEMAKER_INFERENCE_INPUT", "SAGEMAKER_INFERENCE_OUTPUT")
    return [
        {**one, "Environment": {name: keys if name in names else text for name, text in one["Environment"].items()}}
        for one in containers
    ]


def resources_of(asked: Asked) -> JsonDict:
    """ResourceConfig and what else a training job takes from the AutoML job."""
    volume = {"VolumeKmsKeyId": asked.security["VolumeKmsKeyId"]} if asked.security.get("VolumeKmsKeyId") else {}
    seconds = asked.limits.get("MaxRuntimePerTrainingJobInSeconds") or SECONDS_MAX
    found: JsonDict = {
        "ResourceConfig": {"InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": VOLUME_GB, **volume},
        "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
    }
    if asked.security.get("VpcConfig"):
        found["VpcConfig"] = asked.security["VpcConfig"]
    if asked.security.get("EnableInterContainerTrafficEncryption"):
        found["EnableInterContainerTrafficEncryption"] = True
    return found


def channel(name: str, uri: str) -> JsonDict:
    """A channel of a training job."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": CSV}


def _transform(model: str, source: str, target: str, more: JsonDict) -> JsonDict:
    return {
        "ModelName": model,
        "BatchStrategy": "MultiRecord",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            "ContentType": CSV,
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": target, "Accept": CSV, "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": INSTANCE, "InstanceCount": 1},
        **more,
    }


def _channel_input(kind: str, asked: Asked) -> JsonDict | None:
    given = asked.channel(kind)
    if given is None:
        return None
    source = given["DataSource"]["S3DataSource"]
    return _input(kind, source["S3Uri"], source["S3DataType"])


def _input(name: str, uri: str, data_type: str = "S3Prefix") -> JsonDict:
    source = {"S3Uri": uri, "LocalPath": f"{INPUT}/{name}", "S3DataType": data_type, "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source}


def _processing(asked: Asked, outputs: dict[str, str], name: str = "") -> JsonDict:
    listed = [
        {
            "OutputName": name or path.rsplit("/", 1)[-1],
            "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"},
        }
        for path, uri in outputs.items()
    ]
    cluster = {"InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": VOLUME_GB}
    return {
        "ProcessingOutputConfig": {"Outputs": listed},
        "ProcessingResources": {"ClusterConfig": cluster},
        "StoppingCondition": {"MaxRuntimeInSeconds": SECONDS_MAX},
        "RoleArn": asked.role,
    }
