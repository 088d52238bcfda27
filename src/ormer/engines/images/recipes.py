"""What a runtime is made of: a lock per Python version, and the key under which the result is kept."""

import hashlib
import platform
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

KEY_CHARACTERS = 20
# https://docs.npmjs.com/cli/v10/commands/npm-ci
PACKAGE_FILES = ("package.json", "package-lock.json")
LAYOUT = "1"  # part of every key: raise it when runtimes are built in another way


@dataclass(frozen=True)
class Recipe:
    """`name` for people, `pythons` such as 3.11 most wanted first, and where the requirements are.

    `locked`: the requirements carry hashes for every file; others are resolved when the runtime is first built.
    `patches` name modules of ours that come with it. `index`: asked for what this machine's indexes have not.
    `large`: a gigabyte or so, built for nobody who has not asked for it.
    `requirements`: a file's path, or its name among ours; `{python}` in it becomes the version. `packages`: the folder,
    beside the locks, of a lock of npm's; what it names is installed for the Node.js that the requirements bring."""

    name: str
    about: str
    pythons: tuple[str, ...]
    requirements: str
    locked: bool = True
    patches: tuple[str, ...] = ()
    index: str = ""
    large: bool = False
    packages: str = ""

    def requirements_text(self, python: str) -> str:
        """The requirements for that Python version."""
        name = self.requirements.format(python=python) if self.locked else self.requirements
        if Path(name).is_absolute():
            return Path(name).read_text()
        return (files("ormer.engines.images") / "locks" / name).read_text()

    def patch_texts(self) -> dict[str, str]:
        """Modules of ours that go into the runtime, {name: source}; each of its Pythons imports them at start."""
        folder = files("ormer.engines.images") / "patches"
        return {name: (folder / f"{name}.py").read_text() for name in self.patches}

    def package_texts(self) -> dict[str, str]:
        """npm's files that say which packages of JavaScript belong to the runtime, {name: text}; none for most."""
        if not self.packages:
            return {}
        folder = files("ormer.engines.images") / "locks" / self.packages
        return {name: (folder / name).read_text() for name in PACKAGE_FILES}

    def key(self, python: str) -> str:
        """The folder of the built runtime: name and hash of requirements, Python version and platform."""
        parts = [LAYOUT, self.requirements_text(python), python, sys.platform, platform.machine(), *platform.libc_ver()]
        parts += [*self.patch_texts().values(), *self.package_texts().values()]
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return f"{self.name.partition('@')[0]}-{digest[:KEY_CHARACTERS]}"
