"""What monitors compare with: the baselines of a registered version, in the form that job definitions want them.

Four baselines go into job definitions as they were registered. Two do not: the bias monitor takes the constraints from
before and after training in one file, and the explainability monitor's configuration has to name the model to ask.
"""

import json

# {parameter of the template: where the version's DriftCheckBaselines hold it}
AS_REGISTERED = {
    "DataQualityStatistics": ("ModelDataQuality", "Statistics"),
    "DataQualityConstraints": ("ModelDataQuality", "Constraints"),
    "ModelQualityConstraints": ("ModelQuality", "Constraints"),
    "ExplainabilityConstraints": ("Explainability", "Constraints"),
    "BiasConfigFile": ("Bias", "ConfigFile"),
}
PRE_TRAINING, POST_TRAINING = ("Bias", "PreTrainingConstraints"), ("Bias", "PostTrainingConstraints")
EXPLAINABILITY_CONFIG = ("Explainability", "ConfigFile")


class NothingToMonitor(Exception):
    """There is nothing to monitor, or nothing to compare with; the text is for a person."""


def prepared(s3, found, version, model, place):
    """{parameter of the template: S3 URI} of everything that monitors need. Raises NothingToMonitor.

    found: DriftCheckBaselines of the version. place: (bucket, prefix) for what is made here.
    """
    uris = {name: uri_of(found, where, version) for name, where in AS_REGISTERED.items()}
    pre, post = (read(s3, uri_of(found, where, version)) for where in (PRE_TRAINING, POST_TRAINING))
    uris["BiasConstraints"] = write(s3, place, "bias-constraints.json", {**pre, **post})
    config = read(s3, uri_of(found, EXPLAINABILITY_CONFIG, version))
    config["predictor"] = {**config.get("predictor", {}), "model_name": model}
    uris["ExplainabilityConfigFile"] = write(s3, place, "explainability-config.json", config)
    return uris


def uri_of(found, where, version):
    """Where a baseline lies. Raises NothingToMonitor when the version was registered without it."""
    group, name = where
    uri = found.get(group, {}).get(name, {}).get("S3Uri")
    if not uri:
        raise NothingToMonitor(
            f"The version {version} was registered without DriftCheckBaselines.{group}.{name}, so its endpoint cannot "
            "be monitored. Run the model-building pipeline with RegisterNew...Baseline and approve what it registers."
        )
    return uri


def read(s3, uri):
    """The JSON object at an S3 URI."""
    bucket, _, key = uri[len("s3://") :].partition("/")
    return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def write(s3, place, name, content):
    """Put a JSON object; returns its URI."""
    bucket, prefix = place
    key = f"{prefix}/{name}"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(content, indent=2).encode(), ContentType="application/json")
    return f"s3://{bucket}/{key}"
