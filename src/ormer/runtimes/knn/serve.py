"""Serving nearest neighbours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping

from ..serving.http_server import Application
from ..toolkit.contract import DEFAULT_ROOT
from ..vectors.serving import VectorApplication, serve_model


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    return serve_model("knn", application, root, os.environ if environ is None else environ)


def application(model_dir: Path, environ: Mapping[str, str]) -> Application:
    """The model of a folder behind the server."""
    from .model import load

    return VectorApplication(load, model_dir, environ)
