"""`run.py build keep_packages PYTHON NAME==VERSION...`: put wheels of the index into the cache that builds share.

No code of a package runs here and no build had its hands in it: wheels are unpacked, nothing is built. What has no
wheel is passed over, and each build that needs it makes it for itself.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from typing import List

UV = "/opt/ormer/uv"


def main() -> int:
    """0 always: what could not be kept is fetched again by the next build."""
    python, *wanted = sys.argv[1:]
    if not kept(python, wanted):
        for each in wanted:
            kept(python, [each])
    return 0


def kept(python: str, wanted: List[str]) -> bool:
    """Whether uv could bring all of them."""
    with tempfile.TemporaryDirectory() as folder:
        words = [UV, "pip", "install", "--quiet", "--python", python, "--target", folder]
        return subprocess.call([*words, "--no-deps", "--only-binary", ":all:", *wanted]) == 0
