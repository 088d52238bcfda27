"""Images and their built environments, as jobs need them.

The catalogue is read again whenever an image was added or removed, so that `ormer images add` needs no restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ormer.engines.images import BuildFailed, Catalogue, Image, ImageNotMapped, Runtimes
from ormer.engines.images.catalogue import ADDED
from ormer.engines.jobs.contracts import ContractError


@dataclass(frozen=True)
class Environments:
    """What image URIs mean in this home, and where their environments are."""

    home: Path

    def image(self, uri: str) -> Image:
        """Raises ContractError for an image that is not mapped."""
        try:
            return catalogue(self.home).image(uri)
        except ImageNotMapped as error:
            raise ContractError(f"ClientError: {error}") from error

    def venv(self, image: Image) -> Path:
        """The image's environment, built now when it is missing. Raises ContractError with the installer's words."""
        try:
            return Runtimes(self.home, catalogue(self.home)).ensure(image.runtime_key)
        except BuildFailed as error:
            raise ContractError(f"ClientError: the environment of {image.uri} could not be built: {error}") from error


def catalogue(home: Path) -> Catalogue:
    """The shipped images and those added in this home."""
    try:
        changed = (home / ADDED).stat().st_mtime_ns
    except FileNotFoundError:
        changed = 0
    return _loaded(home, changed)


@lru_cache(maxsize=8)
def _loaded(home: Path, changed: int) -> Catalogue:
    """`changed` is when the folder of added images last changed: a new number reads the files again."""
    return Catalogue.load(home)
