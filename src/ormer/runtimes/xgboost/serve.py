"""Serving in an XGBoost image: the user's functions when SAGEMAKER_PROGRAM names them, else the built-in algorithm."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, Optional

from ..serving.encodings import UnsupportedInput, encode
from ..serving.handlers import Defaults, ScriptApplication
from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..toolkit.contract import DEFAULT_ROOT, base_dir
from ..toolkit.failures import UserError
from .lean import hide_optional_packages
from .tags import behaviour_of

LEAN_IS_ENOUGH_NOT = (b"sklearn", b"pandas")
"""A pickle with one of these in it may be an estimator of a scikit-learn face, or keep a table."""


class XgboostDefaults(Defaults):
    """Bodies become DMatrix, the model is a Booster."""

    def input_fn(self, body: Any, content_type: str) -> Any:
        from .data import content_kind
        from .inference import parse_body

        try:
            content_kind(content_type)
        except UserError as error:
            raise UnsupportedInput(content_type) from error
        return parse_body(body.encode("utf-8") if isinstance(body, str) else body, content_type)[0]

    def predict_fn(self, data: Any, model: Any) -> Any:
        return model.predict(data, validate_features=False)

    def output_fn(self, prediction: Any, accept: str) -> Any:
        return encode(prediction, accept), accept


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    variables = os.environ if environ is None else environ
    if wants_many(variables):
        return serve_many("xgboost", variables)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    model_dir = base_dir(root, variables) / "model"
    if variables.get("SAGEMAKER_PROGRAM"):
        return serve(ScriptApplication(XgboostDefaults(), model_dir, variables), variables)
    if not _needs_optional_packages(model_dir):
        hide_optional_packages()
    from .inference import XgboostApplication

    return serve(XgboostApplication(model_dir, variables, behaviour_of(variables)), variables)


def _needs_optional_packages(model_dir: Path) -> bool:
    files = [path for path in model_dir.iterdir() if path.is_file()] if model_dir.is_dir() else []
    return any(word in content for content in map(Path.read_bytes, files) for word in LEAN_IS_ENOUGH_NOT)
