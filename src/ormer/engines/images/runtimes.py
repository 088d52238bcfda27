"""The environments of this ORMER_HOME: which are built, and building one exactly once however many ask."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from uv import find_uv_bin

from ormer.engines.images import node_packages, pythons
from ormer.engines.images.builds import BuildFailed, Progress, build, cache_folder, lock
from ormer.engines.images.catalogue import Catalogue
from ormer.engines.images.recipes import Recipe

__all__ = ["BuildFailed", "Runtimes"]

FOLDER = "runtimes"
MARKER = ".ormer-ready.json"
LOCK_FILE = "ormer-requirements.txt"


class Runtimes:
    """Built runtimes below `home`. Safe to share between threads and processes."""

    def __init__(self, home: Path, catalogue: Catalogue) -> None:
        self._home = home
        self._folder = home / FOLDER
        self._catalogue = catalogue

    def path(self, runtime_key: str) -> Path | None:
        """The virtual environment of a runtime, or None when it is not built. Looks at a few files, starts nothing."""
        recipe = self._catalogue.recipe(runtime_key)
        for python in recipe.pythons:
            folder = self._folder / recipe.key(python)
            if _is_ready(folder):
                return folder
        return None

    def ensure(self, runtime_key: str, progress: Progress | None = None) -> Path:
        """The virtual environment of a runtime, built now when it is missing (seconds; `progress` gets uv's lines).

        Raises BuildFailed with uv's last lines; KeyError for a runtime that does not exist."""
        recipe = self._catalogue.recipe(runtime_key)
        report = progress or (lambda line: None)
        built = self.path(runtime_key)
        if built:
            return built
        python, interpreter = _interpreter(recipe)
        folder = self._folder / recipe.key(python)
        self._folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder.with_name(f".{folder.name}.lock")):
            if not _is_ready(folder):
                self._build(recipe, python, interpreter, folder, report)
        return folder

    def identity(self, runtime_key: str) -> str | None:
        """The name of the built environment, which fixes every package version in it. For lineage."""
        path = self.path(runtime_key)
        return path.name if path else None

    def requirements(self, runtime_key: str) -> str | None:
        """The exact packages of a built environment, as a requirements file with hashes."""
        path = self.path(runtime_key)
        return (path / LOCK_FILE).read_text() if path else None

    def _build(self, recipe: Recipe, python: str, interpreter: str, folder: Path, report: Progress) -> None:
        """Into the final place, because environments cannot be moved; the marker, written last, makes it one."""
        if folder.exists():
            shutil.rmtree(folder)
        wanted = folder.with_name(f".{folder.name}.txt")
        if recipe.locked:
            wanted.write_text(recipe.requirements_text(python))
        else:
            wanted = folder.with_name(f".{folder.name}.lock.txt")
            if not wanted.exists():  # the versions of the first build stay, also when it has to be repeated
                # With pip: jobs may install more for themselves.
                lock(f"pip\n{recipe.requirements_text(python)}", wanted, python, report, recipe.index)
        report(f"building the runtime {recipe.name} with Python {python}")
        build(folder, interpreter, wanted, recipe.patch_texts(), cache_folder(self._home), report)
        if recipe.packages:
            node_packages.install(folder, recipe.package_texts(), recipe.name, report)
        shutil.copyfile(wanted, folder / LOCK_FILE)
        os.sync()  # the marker must not outlive a power failure that its files do not survive
        draft = folder / f"{MARKER}.draft"
        draft.write_text(json.dumps({"runtime": recipe.name, "python": python}) + "\n")
        draft.rename(folder / MARKER)


def _interpreter(recipe: Recipe) -> tuple[str, str]:
    """The most wanted Python that is here, as (version, path). None here: (version, version), which uv downloads."""
    uv = Path(find_uv_bin())
    for python in recipe.pythons:
        if found := pythons.find(python, uv):
            return python, str(found)
    return recipe.pythons[0], recipe.pythons[0]


def _is_ready(folder: Path) -> bool:
    """Complete, and its interpreter is still on this machine."""
    return (folder / MARKER).exists() and (folder / "bin" / "python").exists()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a file lock: one builder at a time, in this process and all others."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
