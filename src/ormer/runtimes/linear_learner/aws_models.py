"""Models that AWS's own linear-learner trained: `model_algo-1` as a zip of an MXNet module, read without MXNet.

In it: `additional-params.json` with the kind of predictor, the loss and the threshold, and `mx-mod-0000.params`, a list
of named arrays in MXNet's own binary form, of which `fc0_weight` (features × outputs) and `fc0_bias` are the model.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, Dict, Tuple

from ..vectors import mxnet_arrays

PARAMETERS, ABOUT = "mx-mod-0000.params", "additional-params.json"


def is_one(path: Path) -> bool:
    """Whether the file is a model of AWS's algorithm."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as packed:
        return {PARAMETERS, ABOUT} <= set(packed.namelist())


def read(path: Path) -> Tuple[Any, Any, Dict[str, Any]]:
    """Returns (weights: outputs × features, bias: one an output, what else the model says).

    Raises ValueError, KeyError or struct.error for bytes that are not such a model.
    """
    with zipfile.ZipFile(path) as packed:
        about = json.loads(packed.read(ABOUT))
        arrays = mxnet_arrays.read(packed.read(PARAMETERS))
    weights, bias = arrays["fc0_weight"], arrays["fc0_bias"].reshape(-1)
    return weights.reshape(-1, bias.size).T.astype("f8"), bias.astype("f8"), about
