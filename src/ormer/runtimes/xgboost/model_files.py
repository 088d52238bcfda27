"""Writing and reading model files: a pickled Booster or xgboost's own format, as the image tag says."""

from __future__ import annotations

import os
import pickle
import tempfile
from pathlib import Path
from typing import Any, List

import xgboost

MODEL_NAME = "xgboost-model"
PICKLE_PROTOCOL = 4
BEST_ITERATION = "best_iteration"


class ModelNotLoaded(Exception):
    """A model file is neither a pickled Booster nor in xgboost's own format."""


def save_model(booster: Any, path: Path, pickled: bool) -> None:
    """Writes a Booster so that path holds either the whole new model or what it held before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=str(path.parent), prefix=".{}-".format(path.name))
    os.close(handle)
    try:
        if pickled:
            with open(name, "wb") as out:
                pickle.dump(booster, out, protocol=PICKLE_PROTOCOL)
        else:
            booster.save_model(name)
        os.chmod(name, 0o644)
        os.replace(name, str(path))
    except BaseException:
        os.unlink(name)
        raise


def model_files(model_dir: Path) -> List[Path]:
    """Returns the files of a model folder that are models: those named xgboost-model… when there are any, else all."""
    files = sorted(path for path in model_dir.iterdir() if path.is_file() and not path.name.startswith("."))
    named = [path for path in files if path.name.startswith(MODEL_NAME)]
    return named or files


def load_model(path: Path) -> Any:
    """Returns the Booster of a file, pickled or in xgboost's own format. Raises ModelNotLoaded with both reasons.

    Unpickling runs what the file says; this happens in the job's own sandbox only.
    """
    try:
        with open(str(path), "rb") as source:
            model = pickle.load(source)
    except Exception as error:  # A pickle may raise anything; then the file is tried in xgboost's own format.
        unpickling = error
    else:
        return model.get_booster() if hasattr(model, "get_booster") else model
    try:
        booster = xgboost.Booster()
        booster.load_model(str(path))
    except (xgboost.core.XGBoostError, ValueError, TypeError) as error:
        raise ModelNotLoaded(
            "Model {} cannot be loaded:\nPickle load error={}\nXGB load model error={}".format(path, unpickling, error)
        ) from error
    return booster
