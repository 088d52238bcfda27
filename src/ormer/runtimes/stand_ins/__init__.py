"""Modules of SageMaker's images that user programs import, for runtimes where the real packages are not installed.

Each folder here holds one top-level package and goes onto the module path of user code by itself.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import List

PACKAGES = {
    "containers": "sagemaker_containers",
    "inference": "sagemaker_inference",
    "xgboost": "sagemaker_xgboost_container",
}


def missing_folders() -> List[str]:
    """Returns the folders of the packages that this interpreter lacks."""
    here = Path(__file__).resolve().parent
    return [str(here / folder) for folder, name in PACKAGES.items() if importlib.util.find_spec(name) is None]
