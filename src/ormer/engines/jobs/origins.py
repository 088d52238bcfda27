"""What exactly a job was made of: the objects it read and wrote, by ETag, and the locked environments it ran in.

An address alone does not tell: objects may have been replaced when somebody asks. So the objects of each input are
noted beside the job when it is staged, and drawn at its end as artifacts, one for each state of an address:

    DataSnapshot   SourceUri `<address>#<digest>`: of one object its ETag, of several the SHA-256 over their lines
                   `<ETag> <key>`. Properties: the ETag of every key, as far as an artifact holds so many.
    Runtime        SourceUri `runtime:<name>`, the name of the locked environment. Properties: the image and the SHA-256
                   of its lock.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormer.engines.images.runtimes import LOCK_FILE
from ormer.engines.jobs.data import Item, Written
from ormer.engines.jobs.folders import HostFolder

JsonDict = dict[str, Any]
NOTE = "origins.json"
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateArtifact.html (Properties)
PROPERTIES_MAX = 30
PROPERTY_NAME_MAX = 256


@dataclass(frozen=True)
class Snapshot:
    """The objects of one address at one time, as (key, ETag) by key."""

    uri: str
    objects: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """One text for all of them: the ETag of a single object, else a SHA-256."""
        if len(self.objects) == 1:
            return self.objects[0][1]
        lines = "".join(f"{etag} {key}\n" for key, etag in self.objects)
        return hashlib.sha256(lines.encode()).hexdigest()

    def artifact(self) -> JsonDict:
        """The CreateArtifact request."""
        kind = "S3ETag" if len(self.objects) == 1 else "Custom"
        shown = [(key, etag) for key, etag in self.objects if len(key) <= PROPERTY_NAME_MAX and key.isprintable()]
        return {
            "ArtifactType": "DataSnapshot",
            "Source": {
                "SourceUri": f"{self.uri}#{self.digest}",
                "SourceTypes": [{"SourceIdType": kind, "Value": self.digest}],
            },
            "Properties": {"Objects": str(len(self.objects)), **dict(shown[: PROPERTIES_MAX - 1])},
        }


@dataclass(frozen=True)
class Runtime:
    """The environment an image meant: its name, which fixes every package, and the SHA-256 of its lock."""

    image: str
    name: str
    lock: str

    def artifact(self) -> JsonDict:
        """The CreateArtifact request."""
        return {
            "ArtifactType": "Runtime",
            "Source": {"SourceUri": f"runtime:{self.name}"},
            "Properties": {"Image": self.image, "LockSha256": self.lock},
        }


@dataclass(frozen=True)
class Origins:
    """What a staged job reads, and in which environments it runs."""

    inputs: tuple[Snapshot, ...] = ()
    runtimes: tuple[Runtime, ...] = ()

    def artifacts(self) -> list[JsonDict]:
        """The CreateArtifact requests of all of it."""
        return [each.artifact() for each in self.inputs] + [each.artifact() for each in self.runtimes]


def note(
    host: HostFolder, found: Mapping[str, Sequence[Item]], uris: Mapping[str, str], venvs: Mapping[str, Path]
) -> None:
    """Write down what is about to be used, where the job cannot see it. found, uris: by input. venvs: by image."""
    inputs = [[uris[name], [[item.found.key, item.found.etag] for item in items]] for name, items in found.items()]
    runtimes = [[image, venv.name, _digest(venv / LOCK_FILE)] for image, venv in venvs.items()]
    host.path.mkdir(parents=True, exist_ok=True)
    (host.path / NOTE).write_text(json.dumps({"inputs": inputs, "runtimes": runtimes}))


def noted(host: HostFolder) -> Origins:
    """What was written down; nothing for a job that was never staged."""
    try:
        found = json.loads((host.path / NOTE).read_bytes())
    except FileNotFoundError:
        return Origins()
    inputs = tuple(_snapshot(uri, objects) for uri, objects in found["inputs"] if objects)
    return Origins(inputs, tuple(Runtime(*each) for each in found["runtimes"]))


def produced(outputs: Mapping[str, str], written: Iterable[Written]) -> list[Snapshot]:
    """The objects a job wrote below each of its outputs' addresses; outputs: {name: address}."""
    made = [(each.uri, each.key, each.contents.etag) for each in written]
    snapshots = []
    for uri in dict.fromkeys(outputs.values()):
        mine = [
            (key, etag) for address, key, etag in made if address == uri or address.startswith(uri.rstrip("/") + "/")
        ]
        if mine:
            snapshots.append(_snapshot(uri, mine))
    return snapshots


def _snapshot(uri: str, objects: Iterable[Sequence[str]]) -> Snapshot:
    return Snapshot(uri, tuple(sorted((key, etag) for key, etag in objects)))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
