"""Installing what the user's requirements.txt or setup.py asks for, without touching what other jobs share."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Dict, List, Optional

from .child import run_command
from .failures import CommandFailed, UserError

REQUIREMENTS = "requirements.txt"
INSTALLED_VARIABLE = "ORMER_REQUIREMENTS_INSTALLED"
"""Set by a platform that has already installed the requirements into this environment."""


def install_requirements(code_dir: Path, target: Path, environ: Dict[str, str]) -> Optional[Path]:
    """Installs requirements.txt of a code folder.

    Returns the folder that must go onto the module path: target, or None when nothing was installed or the environment
    itself could take the packages. Raises CommandFailed with the installer's words.
    """
    if not (code_dir / REQUIREMENTS).exists() or environ.get(INSTALLED_VARIABLE):
        return None
    return _install(["-r", REQUIREMENTS], code_dir, target, environ, "InstallRequirementsError")


def install_package(code_dir: Path, target: Path, environ: Dict[str, str]) -> Optional[Path]:
    """Installs a code folder that has a setup.py, with its requirements.txt; returns what install_requirements does."""
    wanted = ["."]
    if (code_dir / REQUIREMENTS).exists() and not environ.get(INSTALLED_VARIABLE):
        wanted += ["-r", REQUIREMENTS]
    return _install(wanted, code_dir, target, environ, "InstallModuleError")


def _install(wanted: List[str], code_dir: Path, target: Path, environ: Dict[str, str], kind: str) -> Optional[Path]:
    own = os.access(sysconfig.get_paths()["purelib"], os.W_OK)
    command = _installer() + ["install"] + ([] if own else ["--target", str(target)]) + wanted
    if command[0] != sys.executable:
        command[3:3] = ["--python", sys.executable]
    ended = run_command(command, str(code_dir), environ)
    if ended.exit_code:
        raise CommandFailed(kind, " ".join(command), ended.exit_code, ended.output)
    return None if own else target


def _installer() -> List[str]:
    """pip where the environment has it, else uv: environments that uv built come without pip."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    uv = shutil.which("uv")
    if uv is None:
        raise UserError("requirements cannot be installed: this image has neither pip nor uv; add the packages to it")
    return [uv, "pip"]
