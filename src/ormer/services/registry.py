"""Finds the function behind an AWS operation: the module is the router.

`grep -r "def create_training_job"` finds what answers CreateTrainingJob; quiet nouns assign theirs by name. Every
public callable of a service's modules that bears an operation's name in snake case is that operation.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType

from botocore import xform_name

from ormer import services
from ormer.stores.port import Operation

# AWS's service names are not always Python names.
FOLDERS: Mapping[str, str] = {
    "sagemaker-runtime": "sagemaker_runtime",
    "sagemaker-metrics": "sagemaker_metrics",
    "sagemaker-featurestore-runtime": "sagemaker_featurestore_runtime",
    # Python keeps the word for itself.
    "lambda": "lambda_functions",
    # The same service under its older name.
    "codestar-connections": "codeconnections",
}


class Services:
    """Every operation there is, by service and snake-cased name."""

    def __init__(self) -> None:
        self._operations: dict[str, dict[str, Operation]] = {}
        for package in pkgutil.iter_modules(services.__path__):
            if package.ispkg:
                self._operations[package.name] = _operations_of(f"{services.__name__}.{package.name}")
        self._snake: dict[str, str] = {}

    def find(self, service: str, operation: str) -> Operation | None:
        """The function that answers, or None."""
        name = self._snake.get(operation)
        if name is None:
            name = self._snake[operation] = xform_name(operation)
        return self._operations.get(FOLDERS.get(service, service.replace("-", "_")), {}).get(name)


def _operations_of(package: str) -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for module in _modules(package):
        for name, value in vars(module).items():
            if not callable(value) or name.startswith("_") or isinstance(value, type):
                continue
            # A function imported for use elsewhere does not hide the module that defines it.
            if name not in found or getattr(value, "__module__", None) == module.__name__:
                found[name] = value
    return found


def _modules(package: str) -> list[ModuleType]:
    root = importlib.import_module(package)
    inner = pkgutil.walk_packages(root.__path__, f"{package}.")
    return [root, *(importlib.import_module(module.name) for module in inner)]
