"""Finding and importing the user's inference program: in the model archive, on disk or on S3."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Dict, Mapping, Optional
from urllib.parse import urlsplit

from ..stand_ins import missing_folders
from ..toolkit.code import fetch_code
from ..toolkit.failures import UserError
from ..toolkit.requirements import REQUIREMENTS, install_requirements

DEFAULT_PROGRAM = "inference.py"
LIBRARIES = "lib"
"""Where in `code/` the SDK lays what a model calls its `dependencies`."""


def import_user_module(model_dir: Path, environ: Mapping[str, str]) -> Optional[ModuleType]:
    """Returns the imported SAGEMAKER_PROGRAM (inference.py); None when it was not named and does not exist.

    The code is what SAGEMAKER_SUBMIT_DIRECTORY names, else `code/` of the model; its requirements.txt comes first.
    Raises UserError when a named program is missing, and whatever the program raises.
    """
    code_dir = _code_dir(model_dir, environ)
    named = environ.get("SAGEMAKER_PROGRAM")
    program = code_dir / (named or DEFAULT_PROGRAM)
    if not program.suffix:
        program = program.with_suffix(".py")
    if not program.exists():
        if named:
            raise UserError(
                "SAGEMAKER_PROGRAM {} is not in {}, which holds: {}".format(named, code_dir, _list(code_dir))
            )
        return None
    _install(code_dir, dict(environ))
    for folder in (code_dir / LIBRARIES, code_dir, program.parent):
        if folder.is_dir() and str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    sys.path.extend(missing_folders())
    return importlib.import_module(program.stem)


def _code_dir(model_dir: Path, environ: Mapping[str, str]) -> Path:
    """A folder stays where it is; an archive, on disk or on S3, is unpacked into a folder of its own."""
    place = environ.get("SAGEMAKER_SUBMIT_DIRECTORY")
    if not place:
        return model_dir / "code"
    local = Path(urlsplit(place).path if place.startswith("file://") else place)
    if not place.lower().startswith("s3://") and (local.is_dir() or not local.exists()):
        return local if local.is_dir() else model_dir / "code"
    fetched = Path(tempfile.mkdtemp(prefix="code-"))
    fetch_code(place, fetched, environ)
    return fetched


def _install(code_dir: Path, environ: Dict[str, str]) -> None:
    if not (code_dir / REQUIREMENTS).exists():
        return
    target = Path(tempfile.mkdtemp(prefix="requirements-"))
    extra = install_requirements(code_dir, target, environ)
    if extra is not None:
        sys.path.insert(0, str(extra))
        os.environ["PYTHONPATH"] = os.pathsep.join([str(extra), os.environ.get("PYTHONPATH", "")])


def _list(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return ", ".join(names) or "nothing"
