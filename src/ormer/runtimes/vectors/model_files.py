"""A model's file: `model_algo-1`, a NumPy archive (npz) of plain numbers that nothing unpickles.

In it stand the model's arrays by their names, and `about`, a JSON text with `algorithm` and what else is said of them.
"""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from ..toolkit.failures import UserError

MODEL_NAME = "model_algo-1"


def write_file(folder: Path, content: bytes) -> None:
    """Writes the model's file so that it is whole or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{MODEL_NAME}.draft"
    draft.write_bytes(content)
    os.replace(draft, folder / MODEL_NAME)


def file_of(folder: Path) -> Path:
    """The model's file in a folder. Raises UserError when there is none."""
    path = folder / MODEL_NAME
    if not path.is_file():
        raise UserError(f"there is no {MODEL_NAME} in the model's folder; model.tar.gz must hold it at its root")
    return path


def save(folder: Path, algorithm: str, about: Mapping[str, Any], **arrays: Any) -> None:
    """Writes arrays and what is said of them."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{MODEL_NAME}.draft"
    with draft.open("wb") as out:
        np.savez(out, about=np.array(json.dumps({"algorithm": algorithm, **about})), **arrays)
    os.replace(draft, folder / MODEL_NAME)


def load(folder: Path, algorithm: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns ({name: array}, what is said of them). Raises UserError when the file is no model of the algorithm."""
    path = file_of(folder)
    try:
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            arrays = {name: stored[name] for name in stored.files if name != "about"}
    except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise UserError(f"{MODEL_NAME} is no model of {algorithm}: {error}") from error
    if about.get("algorithm") != algorithm:
        raise UserError(f"{MODEL_NAME} is a model of {about.get('algorithm')}, not of {algorithm}")
    return arrays, about
