"""Libraries that the SDK's ModelBuilder puts beside a model, loaded from where they lie.

The inference program that ModelBuilder writes copies the model's `shared_libs`, mostly an empty folder, into `/lib`,
which is read-only in a sandbox.
"""

from __future__ import annotations

import ctypes
import tempfile
from pathlib import Path

# What only ModelBuilder lays beside the program: anybody else's folder of this name is none of ours.
MARK = "serve.pkl"
FOLDER = "shared_libs"


def taken_in(model_dir: Path) -> Path:
    """Load ModelBuilder's libraries; returns the folder to load the model from, which is `model_dir` without them.

    A library that cannot be loaded is left out: whoever needs it says so with its own words.
    """
    if not (model_dir / "code" / MARK).exists() or not (model_dir / FOLDER).is_dir():
        return model_dir
    waiting = sorted((model_dir / FOLDER).rglob("*.so*"))
    while waiting:
        left = [library for library in waiting if not _loaded(library)]
        if len(left) == len(waiting):
            break
        waiting = left
    # The model's own folder may not be changed, and others read it too.
    without = Path(tempfile.mkdtemp(prefix="model-"))
    for entry in model_dir.iterdir():
        if entry.name != FOLDER:
            (without / entry.name).symlink_to(entry)
    return without


def _loaded(library: Path) -> bool:
    """Whether it is loaded now, for all that is loaded after it; not where it needs one that is still to come."""
    try:
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True
