"""Importing xgboost without pandas and scikit-learn, which take five times its own time."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Dict

OPTIONAL_PACKAGES = ("pandas", "sklearn")


def hide_optional_packages() -> None:
    """Makes the optional packages missing from here on, as far as this process is concerned.

    xgboost looks for pandas again whenever it makes a matrix; a server's first answer would wait for that import.
    """
    modules: Dict[str, Any] = sys.modules
    for name in OPTIONAL_PACKAGES:
        modules.setdefault(name, None)


def import_xgboost() -> Any:
    """Returns xgboost, imported as on a machine that lacks the optional packages; they stay importable afterwards.

    The built-in algorithm needs neither. User code, which may hand xgboost a DataFrame, must not run after this.
    """
    modules: Dict[str, Any] = sys.modules
    hidden = [name for name in OPTIONAL_PACKAGES if name not in modules]
    for name in hidden:
        modules[name] = None
    try:
        return importlib.import_module("xgboost")
    finally:
        for name in hidden:
            del modules[name]
