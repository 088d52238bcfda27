"""Libraries that the SDK's ModelBuilder puts beside a model, loaded from where they lie.

The inference program that ModelBuilder writes copies the model's `shared_libs`, mostly an empty folder, into `/lib`,
which is read-only in a sandbox.
"""

from __future__ import annotations

import contextlib
import ctypes
import shutil
from pathlib import Path

# What only ModelBuilder lays beside the program: anybody else's folder of this name stays where it is.
MARK = "serve.pkl"
FOLDER, ASIDE = "shared_libs", ".shared_libs"


def take_in(model_dir: Path) -> None:
    """Load ModelBuilder's libraries and put their folder aside, so that its program does not copy it.

    Every worker of a server comes here, also after another has put the folder aside. A library that cannot be loaded is
    left out: whoever needs it says so with its own words.
    """
    folder, aside = model_dir / FOLDER, model_dir / ASIDE
    if not (model_dir / "code" / MARK).exists():
        return
    with contextlib.suppress(OSError):
        if folder.exists():  # of a model that was unpacked again
            shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    waiting = sorted(aside.rglob("*.so*"))
    while waiting:
        left = [library for library in waiting if not _loaded(library)]
        if len(left) == len(waiting):
            return
        waiting = left


def _loaded(library: Path) -> bool:
    """Whether it is loaded now, for all that is loaded after it; not where it needs one that is still to come."""
    try:
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True
