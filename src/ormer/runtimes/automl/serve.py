"""Serving what AutoML trained: a data processor before an algorithm, the labels behind one, or a whole ensemble."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping, Optional

from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..toolkit.contract import DEFAULT_ROOT, base_dir


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    variables = os.environ if environ is None else environ
    if wants_many(variables):
        return serve_many("automl", variables)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from .inference import AutoMLApplication

    return serve(AutoMLApplication(base_dir(root, variables) / "model", variables), variables)
