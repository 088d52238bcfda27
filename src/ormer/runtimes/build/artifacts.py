"""Gathering a build's artifacts: each becomes one zip in the build's own folder, which the server then keeps.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.artifacts
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Dict, List

from .globs import matching
from .progress import say
from .shells import Shell

EARLIEST = (1980, 1, 1, 0, 0, 0)


class NothingFound(Exception):
    """No file has one of the names; the text is CodeBuild's."""


def gather(shell: Shell, wanted: Dict[str, Any], source: Path, target: Path) -> Dict[str, Any]:
    """Zip the files of one artifact into `target`; returns its name and its number of files. Raises NothingFound."""
    base_text, name, *texts = shell.expanded([wanted["base"], wanted["name"], *wanted["files"], *wanted["excluded"]])
    patterns, excluded = texts[: len(wanted["files"])], texts[len(wanted["files"]) :]
    base = source / (base_text or ".")
    say("Expanding base directory path: {}".format(base_text or "."))
    say("Assembling file list")
    bases = [base] if base.is_dir() else sorted(found for found in source.glob(base_text) if found.is_dir())
    found = [(folder, path) for folder in bases for path in matching(folder, patterns, excluded)]
    for text in patterns:
        path = Path(text)
        if path.is_absolute() and path.is_file():
            found.append((path.parent, path.name))
    if not found:
        raise NothingFound("no matching artifact paths found")
    say("Found {} file(s)".format(len(found)))
    with zipfile.ZipFile(str(target), "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for folder, path in found:
            archive.write(str(folder / path), Path(path).name if wanted["flat"] else path)
    return {"name": name, "files": len(found)}


def gather_all(shell: Shell, wanted: List[Dict[str, Any]], source: Path, folder: Path) -> List[Dict[str, Any]]:
    """Every artifact in its order. Raises NothingFound."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number, each in enumerate(wanted):
        file = "{}.zip".format(number)
        made.append({"identifier": each["identifier"], "file": file, **gather(shell, each, source, folder / file)})
    return made
