"""The MLflow releases that tracking servers run, by the minor version that people ask for.

https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-track-experiments.html
"""

from __future__ import annotations

# {minor version: the release that its runtime holds}. A test compares it with the runtimes' locks.
RELEASES = {"2.13": "2.13.3", "2.16": "2.16.2", "3.0": "3.0.1", "3.10": "3.10.1"}
# What AWS takes where nothing is asked for: the newest of its tracking servers, and the one of its apps.
TRACKING_SERVER, APP = "3.0", "3.10"


def minor_of(version: str) -> str:
    """`2.16` of `2.16.2`."""
    return ".".join(version.split(".")[:2])


def release_for(version: str) -> str | None:
    """The release that runs for a version such as 2.16 or 2.16.2; None when no runtime is of its minor version."""
    return RELEASES.get(minor_of(version))
