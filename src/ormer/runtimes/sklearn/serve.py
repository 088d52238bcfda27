"""Serving in a scikit-learn image: the user's functions, and the scikit-learn container's in their place.

https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#sagemaker-scikit-learn-model-server
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, Optional

from ..serving.encodings import TEXT_TYPES, decode, in_rows, media_type
from ..serving.handlers import Defaults, ScriptApplication
from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..toolkit.contract import DEFAULT_ROOT, base_dir


class SklearnDefaults(Defaults):
    """JSON and CSV become float32 arrays, as scikit-learn's container has it; one line of CSV is one row."""

    def input_fn(self, body: Any, content_type: str) -> Any:
        values = decode(body, content_type)
        if media_type(content_type) not in TEXT_TYPES:
            return values
        return in_rows(values, body, content_type).astype("float32")


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    variables = os.environ if environ is None else environ
    if wants_many(variables):
        return serve_many("sklearn", variables)
    return serve(ScriptApplication(SklearnDefaults(), base_dir(root, variables) / "model", variables), variables)
