"""Serving a linear model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping

from ..serving.http_server import Application
from ..toolkit.contract import DEFAULT_ROOT
from ..vectors.serving import serve_model


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    return serve_model("linear_learner", application, root, os.environ if environ is None else environ)


def application(model_dir: Path, environ: Mapping[str, str]) -> Application:
    """The model of a folder behind the server."""
    from .inference import LinearApplication

    return LinearApplication(model_dir, environ)
