"""Training in script mode, whatever the framework."""

from __future__ import annotations

from ..toolkit.script import main

__all__ = ["main"]
