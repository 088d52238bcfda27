"""`run.py build compile_packages FOLDER`: compile unpacked packages for the environments of builds.

Every build's environment is new and lies at the same place, so what is compiled for one is right for all. Python looks
for it below PYTHONPYCACHEPREFIX under the place of the source, and takes it only if the source has the very contents
that were compiled (PEP 552): another version of a package at that place is compiled by the build itself.
"""

from __future__ import annotations

import os
import py_compile
import sys
from importlib.util import cache_from_source
from pathlib import Path

ENVIRONMENT = "/codebuild/venv"
CHECKED = py_compile.PycInvalidationMode.CHECKED_HASH


def main() -> int:
    """0 always: what cannot be compiled is compiled, or complained of, where it is imported."""
    folder = Path(sys.argv[1])
    place = "{}/lib/python{}.{}/site-packages".format(ENVIRONMENT, *sys.version_info[:2])
    for file in sorted(folder.rglob("*.py")):
        source = os.path.join(place, str(file.relative_to(folder)))
        target = cache_from_source(source)
        try:
            py_compile.compile(str(file), target, source, doraise=True, invalidation_mode=CHECKED)
        except (py_compile.PyCompileError, ValueError, OSError):
            continue
    return 0
