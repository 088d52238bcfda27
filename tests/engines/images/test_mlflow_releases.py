"""Tracking servers run the releases that are told of them."""

from __future__ import annotations

from pathlib import Path

from ormer.aws import mlflow_releases
from ormer.engines.images.catalogue import Catalogue


def test_every_release_that_is_told_is_the_one_its_runtime_holds(tmp_path: Path) -> None:
    recipes = Catalogue.load(tmp_path).recipes
    for minor, release in mlflow_releases.RELEASES.items():
        assert f"\nmlflow=={release} \\\n" in recipes[f"mlflow-{minor}"].requirements_text("3.11")
    assert {mlflow_releases.TRACKING_SERVER, mlflow_releases.APP} <= set(mlflow_releases.RELEASES)


def test_a_version_means_the_release_of_its_minor_version() -> None:
    assert mlflow_releases.release_for("2.16") == mlflow_releases.release_for("2.16.0") == "2.16.2"
    assert mlflow_releases.release_for("1.30.0") is None
