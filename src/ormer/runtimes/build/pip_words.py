"""pip's words in uv's: `pip install` in a build takes seconds instead of minutes. What uv does not know goes to pip.

https://pip.pypa.io/en/stable/cli/pip_install/ and https://docs.astral.sh/uv/pip/compatibility/

`lay` puts a small `pip/__main__.py` into the environment in place of pip's, so that `pip`, `pip3` and `python -m pip`
all come here first. pip itself stays, whole: `pip --version` and everything else are its own answers.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Set

UV = "/opt/ormer/uv"
PROVIDED = "provided.txt"
# pip's options that uv has too: without a value, and with one.
SAME = {
    "--no-deps": "--no-deps",
    "--pre": "--prerelease=allow",
    "--no-index": "--no-index",
    "--require-hashes": "--require-hashes",
    "--no-build-isolation": "--no-build-isolation",
    "--dry-run": "--dry-run",
    "--no-cache-dir": "",
    "--no-input": "",
    "--disable-pip-version-check": "",
    "--progress-bar=off": "",
    "--root-user-action=ignore": "",
    "--no-warn-script-location": "",
    "--prefer-binary": "",
    "--user": "",
    "-q": "--quiet",
    "-qq": "--quiet",
    "-qqq": "--quiet",
    "--quiet": "--quiet",
    "-v": "",
    "--verbose": "",
    "--break-system-packages": "",
}
VALUED = {
    "-r": "-r",
    "--requirement": "-r",
    "-e": "-e",
    "--editable": "-e",
    "-c": "-c",
    "--constraint": "-c",
    "-t": "--target",
    "--target": "--target",
    "-i": "--default-index",
    "--index-url": "--default-index",
    "--extra-index-url": "--index",
    "-f": "--find-links",
    "--find-links": "--find-links",
    "--trusted-host": "--allow-insecure-host",
    "--no-binary": "--no-binary",
    "--only-binary": "--only-binary",
    "--upgrade-strategy": "",
    "--root-user-action": "",
    "--progress-bar": "",
    "--timeout": "",
    "--retries": "",
    "--cache-dir": "",
}
# pip's settings by variable that uv reads under another name. Those of indexes and certificates the build's plan says.
VARIABLES = {"PIP_CONSTRAINT": "UV_CONSTRAINT", "PIP_BUILD_CONSTRAINT": "UV_BUILD_CONSTRAINT"}
UPGRADE = ("-U", "--upgrade")
REINSTALL = ("--force-reinstall", "-I", "--ignore-installed")
ITSELF = re.compile(r"pip([^\w-].*)?")
MAIN = '''"""pip, with its installations done by uv where uv knows the words."""
import sys

sys.path.append({folder!r})
import pip_words

sys.path.remove({folder!r})
if __name__ == "__main__":
    status = pip_words.tried(sys.argv[1:])
    if status is None:
        from pip._internal.cli.main import main

        status = main()
    sys.exit(status)
'''


def translated(words: List[str], fresh: bool) -> Optional[List[str]]:
    """uv's arguments for pip's, None when they are not all known.

    fresh: nothing is installed yet but what the environment was made with a moment ago, so that there is nothing to be
    upgraded or installed again. Asked to, uv would trust nothing it has and fetch all of it anew.
    """
    if not words or words[0] not in ("install", "uninstall"):
        return None
    if words[0] == "uninstall":
        rest = [word for word in words[1:] if word not in ("-y", "--yes")]
        known = rest and not any(word.startswith("-") for word in rest)
        return ["uninstall", *rest] if known else None
    fresh = fresh and not any(ITSELF.fullmatch(word) for word in words)
    made, wanted, others = ["install"], 0, iter(words[1:])
    for word in others:
        name, equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if word in UPGRADE:
            made += [] if fresh else ["--upgrade"]
        elif word in REINSTALL:
            made += [] if fresh else ["--reinstall"]
        elif word in SAME:
            made += [SAME[word]] if SAME[word] else []
        elif name in VALUED:
            value = value if equals else next(others, "")
            if not value:
                return None
            made += [VALUED[name], value] if VALUED[name] else []
            wanted += name in ("-r", "--requirement", "-e", "--editable")
        elif word.startswith("-r") and len(word) > 2 and not word.startswith("--"):
            made += ["-r", word[2:]]
            wanted += 1
        elif word.startswith("-"):
            return None
        else:
            made.append(word)
            wanted += 1
    if any(word in ("--index", "--default-index") for word in made):
        made.append("--index-strategy=unsafe-best-match")
    return made if wanted else None


def tried(words: List[str]) -> Optional[int]:
    """The exit status of uv's work, None when pip itself is to do it."""
    venv = Path(sys.prefix)
    made = translated(words, _is_fresh(venv))
    if made is None or not os.access(UV, os.X_OK):
        return None
    if "--target" not in made:
        made[1:1] = ["--python", sys.executable]
    status = subprocess.call([UV, "pip", *made], env=settled(os.environ))
    if made[0] == "install":
        lay(venv)
    return status


def settled(environ: Mapping[str, str]) -> Dict[str, str]:
    """The environment with what it tells pip said to uv as well; what it tells uv itself stands."""
    told = {uv: environ[pip] for pip, uv in VARIABLES.items() if environ.get(pip)}
    return {**told, **environ}


def lay(venv: Path) -> None:
    """Put the quicker way in front of pip in an environment; again after pip itself was installed anew."""
    for package in venv.glob("lib/python*/site-packages/pip"):
        _write(package / "__main__.py", MAIN.format(folder=os.path.dirname(os.path.abspath(__file__))))
    script = '#!/bin/sh\nexec "{}/bin/python" -m pip "$@"\n'.format(venv)
    for name in ["pip", *{found.name for found in (venv / "bin").glob("pip3*")}]:
        file = venv / "bin" / name
        if (venv / "bin" / "pip").exists():
            _write(file, script)
            file.chmod(0o755)


def note_provided(venv: Path) -> None:
    """Remember what an environment was made with: as long as there is nothing else, it counts as fresh."""
    (venv / PROVIDED).write_text("\n".join(sorted(_packages(venv))))


def _is_fresh(venv: Path) -> bool:
    """Whether there is nothing but what the environment was made with."""
    file = venv / PROVIDED
    return file.exists() and _packages(venv) <= set(file.read_text().splitlines())


def _packages(venv: Path) -> Set[str]:
    return {folder.name for folder in venv.glob("lib/python*/site-packages/*.dist-info")}


def _write(file: Path, content: str) -> None:
    """A file of the environment's own: what stands there may be a link into the cache."""
    if file.is_symlink() or file.exists():
        file.unlink()
    file.write_text(content)
