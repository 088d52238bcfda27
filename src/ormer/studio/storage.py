"""How many bytes each area of the home holds, and what of it may go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

JsonDict = dict[str, Any]
# Files that are looked at in one area: beyond that its size is told as "at least".
FILES_MAX = 200_000
OTHER = "other"
# (area, what lies there, what may go)
AREAS = (
    ("ormer.db", "Database", "Documents, events, logs and metrics. It is not thrown away."),
    ("blobs", "Objects", "Contents of S3's objects. Those of deleted objects go by themselves within the hour."),
    ("repositories", "Repositories", "Git repositories. Deleting a repository frees its space."),
    ("runtimes", "Runtimes", "Built environments. With the server down any of them may be deleted: it is built again."),
    ("jobs", "Jobs", "Folders of jobs. What runs is needed; what has ended is cleared away."),
    ("builds", "Builds", "Folders of builds and their package cache."),
    ("endpoints", "Endpoints", "Folders of model servers. Deleting an endpoint frees its space."),
    ("functions", "Functions", "Code of functions. Deleting a function frees its space."),
    ("captures", "Captures", "Captured lines on their way to S3."),
    ("room", "Reserve", "Kept so that what runs can still be told of when the disk is full."),
    ("logs", "Server logs", "Logs of servers that ran in the background. Old ones may be deleted."),
)


def areas(home: Path) -> list[JsonDict]:
    """[{"name", "label", "about", "bytes", "files", "more"}], the largest first; empty areas are left out."""
    found = [_area(home, name, label, about) for name, label, about in AREAS]
    known = {name for name, _, _ in AREAS}
    others = [path for path in home.iterdir() if not path.name.startswith("ormer.db") and path.name not in known]
    found.append(_measured(OTHER, "Other", "Certificates, keys and what tells of the running server.", others))
    return sorted((one for one in found if one["files"]), key=lambda one: -int(one["bytes"]))


def _area(home: Path, name: str, label: str, about: str) -> JsonDict:
    # SQLite's log and index stand beside its file.
    places = sorted(home.glob(f"{name}*")) if name == "ormer.db" else [home / name]
    return _measured(name, label, about, places)


def _measured(name: str, label: str, about: str, places: list[Path]) -> JsonDict:
    size = count = 0
    for entry in _files(places):
        size += entry
        count += 1
        if count == FILES_MAX:
            break
    return {"name": name, "label": label, "about": about, "bytes": size, "files": count, "more": count == FILES_MAX}


def _files(places: list[Path]) -> Iterator[int]:
    """Sizes in bytes of the files below; links are not followed, and what goes meanwhile is left out."""
    waiting = [str(place) for place in places]
    while waiting:
        path = waiting.pop()
        try:
            if os.path.isdir(path) and not os.path.islink(path):
                with os.scandir(path) as entries:
                    waiting.extend(entry.path for entry in entries)
            else:
                yield os.lstat(path).st_size
        except OSError:
            continue
