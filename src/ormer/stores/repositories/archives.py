"""A commit's files as a zip: the same bytes for the same commit, with modes and links, without submodules."""

from __future__ import annotations

import time
import zipfile
from typing import IO

from dulwich.object_store import BaseObjectStore
from dulwich.objects import Blob, ObjectID

from ormer.stores.repositories import trees

# A zip cannot say an earlier date.
EARLIEST = (1980, 1, 1, 0, 0, 0)
UNIX = 3


def write(store: BaseObjectStore, tree_id: ObjectID, committed: int, target: IO[bytes]) -> None:
    """Write the zip of a tree. committed: the commit's time in seconds, which every file is given."""
    date = max(time.gmtime(committed)[:6], EARLIEST)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in trees.walk(store, tree_id):
            if entry.kind == "submodule":
                continue
            blob = store[ObjectID(entry.id.encode())]
            assert isinstance(blob, Blob), "a file's id names a blob"
            info = zipfile.ZipInfo(trees.shown(entry.path), date)
            info.create_system = UNIX
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (entry.mode | (0o777 if entry.kind == "link" else 0)) << 16
            archive.writestr(info, blob.as_raw_string())
