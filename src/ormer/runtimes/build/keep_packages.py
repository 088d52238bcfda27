"""`run.py build keep_packages PYTHON NAME==VERSION...`: put wheels of the index into the cache that builds share.

No code of a package runs here and no build had its hands in it: wheels are unpacked and compiled, nothing is built.
What has no wheel is passed over, and each build that needs it makes it for itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import List

UV = "/opt/ormer/uv"
NICENESS = 10


def main() -> int:
    """0 always: what could not be kept is fetched again by the next build."""
    python, *wanted = sys.argv[1:]
    os.nice(NICENESS)
    with tempfile.TemporaryDirectory() as folder:
        if not kept(python, folder, wanted):
            for each in wanted:
                kept(python, folder, [each])
        # Bytecode is of the Python that reads it.
        subprocess.call([python, sys.argv[0], "build", "compile_packages", folder])
    return 0


def kept(python: str, folder: str, wanted: List[str]) -> bool:
    """Whether uv could bring all of them."""
    words = [UV, "pip", "install", "--quiet", "--python", python, "--target", folder]
    return subprocess.call([*words, "--no-deps", "--only-binary", ":all:", *wanted]) == 0
