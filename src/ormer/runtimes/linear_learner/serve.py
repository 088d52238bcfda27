"""Serving a linear model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping

from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..toolkit.contract import DEFAULT_ROOT, base_dir


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    variables = os.environ if environ is None else environ
    if wants_many(variables):
        return serve_many("linear_learner", variables)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from .inference import LinearApplication

    return serve(LinearApplication(base_dir(root, variables) / "model", variables), variables)
