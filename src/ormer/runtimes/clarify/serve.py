"""Serving explanations: the explainer of an endpoint, in front of the model's own servers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..serving.start import serve
from ..toolkit.contract import DEFAULT_ROOT, base_dir


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Serve until SIGTERM what the configuration under root asks for; returns 0."""
    variables = os.environ if environ is None else environ
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from .online.explainer import Explainer

    return serve(Explainer(base_dir(root, variables) / "model", variables), variables)
