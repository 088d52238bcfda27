"""What the requests for AutoML jobs have in common: what is checked before one is made, and which mode is meant.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-create-experiment.html
"""

from __future__ import annotations

import csv
import io
import zlib
from typing import Any

from ormer.aws import automl_metrics
from ormer.aws.errors import validation
from ormer.services.sagemaker import job_requests
from ormer.stores.automl.facts import ALGORITHMS, AUTO, ENSEMBLING, MODE, TUNED, VERSION
from ormer.stores.automl.requests import Asked
from ormer.stores.objects.rows import parse_uri
from ormer.stores.port import Call

JsonDict = dict[str, Any]
CONTENT_TYPES = ("text/csv;header=present", "text/csv", "x-application/vnd.amazon+parquet")
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLAlgorithmConfig.html
ALGORITHMS_OF = {
    ENSEMBLING: (
        *("catboost", "extra-trees", "fastai", "lightgbm", "linear-learner", "nn-torch", "randomforest", "xgboost"),
    ),
    TUNED: ("linear-learner", "mlp", "xgboost"),
}
HERE = {
    ENSEMBLING: ("xgboost", "randomforest", "extra-trees", "linear-learner"),
    TUNED: (automl_metrics.XGBOOST, automl_metrics.LINEAR),
}
# AUTO means ensembles below this size.
SMALL_BYTES = 100 * 1000 * 1000
# A header is looked for in so many bytes of the first file.
HEAD_BYTES = 256 * 1024
GZIP, BOM = b"\x1f\x8b", "\ufeff"
GZIP_WINDOW = 31


def check(call: Call, asked: Asked) -> None:
    """Raise ValidationException for what no AutoML job could be made of."""
    job_requests.check_role(call, asked.role)
    _check_objective(asked)
    _check_deployment(asked.deploy)
    _check_channels(asked)
    if asked.fraction is not None and not 0 < asked.fraction < 1:
        raise validation(f"ValidationFraction is {asked.fraction}; it must be greater than 0 and less than 1.")
    for channel in asked.channels:
        job_requests.check_data(call, channel["DataSource"]["S3DataSource"]["S3Uri"], asked.role)
        _check_header(call, channel, asked)
    if asked.features:
        job_requests.check_data(call, asked.features, asked.role)


def described(channels: list[JsonDict]) -> list[JsonDict]:
    """Input channels with AWS's defaults, as Describe answers them."""
    return [{"ContentType": CONTENT_TYPES[0], "ChannelType": "training", **one} for one in channels]


def facts_of(call: Call, asked: Asked, version: int) -> JsonDict:
    """The facts of a new job: which mode is meant, and which algorithms are tried.

    Raises ValidationException for algorithms that the mode or ormer does not have, and for what the mode refuses.
    """
    if asked.mode == AUTO and asked.algorithms:
        raise validation("AlgorithmsConfig should not be set if the training mode is AUTO: leave one of them out.")
    mode = asked.mode or TUNED
    if mode == AUTO:
        mode = ENSEMBLING if _size_bytes(call, asked) < SMALL_BYTES else TUNED
    if asked.weight and mode != ENSEMBLING:
        raise validation("SampleWeightAttributeName is supported in the mode ENSEMBLING only: set Mode to it.")
    return {VERSION: version, MODE: mode, ALGORITHMS: _algorithms(asked, mode)}


def left_out(asked: Asked, facts: JsonDict) -> JsonDict:
    """PartialFailureReasons of a job that asks for algorithms that are not there; {} for any other."""
    missing = [name for name in asked.algorithms or () if name not in HERE[facts[MODE]]]
    if not missing:
        return {}
    text = f"ormer does not have the algorithms {', '.join(missing)}: no candidates are made of them."
    return {"PartialFailureReasons": [{"PartialFailureMessage": text}]}


def _algorithms(asked: Asked, mode: str) -> list[str]:
    if asked.algorithms is None:
        return list(HERE[mode])
    strange = [name for name in asked.algorithms if name not in ALGORITHMS_OF[mode]]
    if strange:
        known = ", ".join(ALGORITHMS_OF[mode])
        raise validation(f"The algorithm {strange[0]} is not supported in the mode {mode}. Choose from {known}.")
    found = [name for name in HERE[mode] if name in asked.algorithms]
    if not found:
        raise validation(
            f"ormer does not have {', '.join(asked.algorithms)}: in the mode {mode} it has {', '.join(HERE[mode])}."
        )
    only_linear = found == [automl_metrics.LINEAR] and mode == TUNED and asked.objective
    if only_linear and asked.objective not in automl_metrics.names_of(automl_metrics.LINEAR, asked.problem):
        raise validation(f"linear-learner does not tell {asked.objective}: choose another objective or algorithm.")
    return found


def _check_objective(asked: Asked) -> None:
    if bool(asked.problem) != bool(asked.objective):
        raise validation(
            "One of ProblemType and AutoMLJobObjective is given: either both or none of them should be provided."
        )
    if asked.objective and asked.objective not in automl_metrics.OBJECTIVES[asked.problem]:
        known = ", ".join(automl_metrics.OBJECTIVES[asked.problem])
        raise validation(f"{asked.objective} is no objective of {asked.problem}. Choose from {known}.")


def _check_deployment(deploy: JsonDict) -> None:
    generate, name = deploy.get("AutoGenerateEndpointName"), deploy.get("EndpointName")
    if generate and name:
        raise validation("Do not specify EndpointName when AutoGenerateEndpointName is true.")
    if deploy and not generate and not name:
        raise validation("Specify EndpointName when AutoGenerateEndpointName is false.")


def _check_channels(asked: Asked) -> None:
    job_requests.check_unique((one.get("ChannelType", "training") for one in asked.channels), "Channel type")
    if asked.channel("training") is None:
        raise validation("InputDataConfig needs a channel of the type training.")
    for member in ("ContentType", "TargetAttributeName"):
        if len({one.get(member) for one in asked.channels}) > 1:
            raise validation(f"The channels training and validation must share the same {member}.")
    for one in asked.channels:
        content = one.get("ContentType") or CONTENT_TYPES[0]
        if content.replace(" ", "").lower() not in CONTENT_TYPES:
            raise validation(f"ContentType {content} is not supported. Use {CONTENT_TYPES[0]} or {CONTENT_TYPES[2]}.")
        source = (one.get("DataSource") or {}).get("S3DataSource")
        if source is None:
            raise validation("Every channel needs a DataSource with an S3DataSource.")
        if source["S3DataType"] == "AugmentedManifestFile":
            raise validation("S3DataType AugmentedManifestFile is for images. Use S3Prefix or ManifestFile.")


def _check_header(call: Call, channel: JsonDict, asked: Asked) -> None:
    """Raise ValidationException when the first CSV file of a channel has no column of the target's name.

    What is no CSV, or is named by a manifest, is looked at by the job's first step.
    """
    source = channel["DataSource"]["S3DataSource"]
    if source["S3DataType"] != "S3Prefix" or "parquet" in (channel.get("ContentType") or ""):
        return
    bucket, prefix = parse_uri(source["S3Uri"])
    first = next((one for one in call.stores.objects.list(bucket, prefix) if not one.key.endswith("/")), None)
    if first is None:
        return
    with call.stores.objects.open(first) as file:
        names = _header(file.read(HEAD_BYTES))
    for what, name in (("Target", asked.target), ("Sample weight", asked.weight)):
        if name and names is not None and name not in names:
            raise validation(f"{what} attribute name {name} does not exist in header.")


def _header(head: bytes) -> list[str] | None:
    """The cells of the first line; None when it is no text."""
    if head.startswith(GZIP):
        try:
            head = zlib.decompressobj(GZIP_WINDOW).decompress(head, HEAD_BYTES)
        except zlib.error:
            return None
    text = head.decode("utf-8", "ignore").removeprefix(BOM)
    if "\0" in text:
        return None
    try:
        return next(csv.reader(io.StringIO(text)), [])
    except csv.Error:
        return None


def _size_bytes(call: Call, asked: Asked) -> int:
    total = 0
    for channel in asked.channels:
        bucket, prefix = parse_uri(channel["DataSource"]["S3DataSource"]["S3Uri"])
        for one in call.stores.objects.list(bucket, prefix):
            total += one.size
            if total >= SMALL_BYTES:
                return total
    return total
