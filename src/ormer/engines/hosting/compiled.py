"""What is compiled: plain C for ctypes, beside the Python that calls it, built at installation (hatch_build.py)."""

from __future__ import annotations

import ctypes
import hashlib
from pathlib import Path
from typing import TypeVar

Library = TypeVar("Library", bound=ctypes.CDLL)


class NotCompiled(Exception):
    """A library cannot be used here; the text says why and what to do."""


def found(source: Path, kind: type[Library]) -> Library | None:
    """The library of `load`; None where there is none that can be used."""
    try:
        return load(source, kind)
    except NotCompiled:
        return None


def load(source: Path, kind: type[Library]) -> Library:
    """The library that was built from a C source, beside it. kind: CDLL lets other threads run during its calls.

    Raises NotCompiled where it was not built, or from another source than the one that is installed.
    """
    binary = source.with_suffix(".so")
    if not binary.exists():
        raise NotCompiled(
            f"there is no compiled {source.stem}: install a C compiler (or let pip fetch ziglang), then ormer again"
        )
    try:
        loaded = kind(str(binary))
        built_from = loaded.ormer_source
    except (OSError, AttributeError) as error:
        raise NotCompiled(f"the compiled {source.stem} does not load here ({error}); install ormer again") from error
    built_from.restype = ctypes.c_char_p
    if built_from().decode() != hashlib.sha256(source.read_bytes()).hexdigest():
        raise NotCompiled(f"the compiled {source.stem} was built from another source; install ormer again")
    return loaded
