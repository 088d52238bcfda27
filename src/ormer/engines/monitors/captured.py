"""What was captured in a window: the folders of hours that hold data, and their objects.

    endpoint           <DestinationS3Uri>/<endpoint>/<variant>/YYYY/MM/DD/HH/<file>.jsonl
    batch transform    <DestinationS3Uri>/input|output/YYYY/MM/DD/HH/<file>.json, manifests of the objects
    ground truth       <S3Uri>/YYYY/MM/DD/HH/<file>, the hour in which the labels came

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ormer.stores.objects.store import Objects

HOUR_CHARACTERS = len("YYYY/MM/DD/HH")


@dataclass(frozen=True)
class Hour:
    """A folder of one hour that holds data. uri: without a slash at its end. place: its path below `root`.

    keys: the addresses of its objects.
    """

    root: str
    place: str
    keys: tuple[str, ...]

    @property
    def uri(self) -> str:
        return f"{self.root}/{self.place}"


def hour_folder(moment: float) -> str:
    """`2026/03/01/12`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y/%m/%d/%H")


def of_endpoint(objects: Objects, destination: str, endpoint: str, window: tuple[float, float]) -> list[Hour]:
    """The hours of every variant of an endpoint, in order. Raises AwsError for a bucket that is not there."""
    root = destination.rstrip("/")
    bucket, prefix = objects.parse_uri(f"{root}/{endpoint}/")
    found = []
    for variant in _folders(objects, bucket, prefix):
        found += hours(objects, root, f"{endpoint}/{variant}", window)
    return found


def of_transforms(objects: Objects, destination: str, side: str, window: tuple[float, float]) -> list[Hour]:
    """The hours of batch transforms' manifests. side: input or output."""
    return hours(objects, destination.rstrip("/"), side, window)


def hours(objects: Objects, root: str, below: str, window: tuple[float, float]) -> list[Hour]:
    """The folders below `root`/`below` whose hour has part in the window and that hold objects, in order."""
    bucket, prefix = objects.parse_uri(f"{root}/{below}/" if below else f"{root}/")
    start, end = window
    if end <= start:
        return []
    # The last moment of the window lies before its end.
    first, last = hour_folder(start), hour_folder(end - 1e-3)
    grouped: dict[str, list[str]] = {}
    for found in objects.list(bucket, prefix, after=prefix + first):
        hour = found.key[len(prefix) : len(prefix) + HOUR_CHARACTERS]
        if hour > last:
            break
        if found.key[len(prefix) + HOUR_CHARACTERS : len(prefix) + HOUR_CHARACTERS + 1] == "/" and found.size:
            grouped.setdefault(hour, []).append(found.uri)
    place = f"{below}/" if below else ""
    return [Hour(root, f"{place}{hour}", tuple(keys)) for hour, keys in grouped.items()]


def keys_of(found: Iterable[Hour]) -> list[str]:
    """The addresses of all objects."""
    return [key for hour in found for key in hour.keys]


def _folders(objects: Objects, bucket: str, prefix: str) -> Iterator[str]:
    """The names of the folders right below a prefix. Each costs one look, however much it holds."""
    after = ""
    while True:
        found = next(iter(objects.list(bucket, prefix, after=after, limit=1)), None)
        if found is None:
            return
        name, slash, _ = found.key[len(prefix) :].partition("/")
        if slash:
            yield name
            after = f"{prefix}{name}0"  # the character behind the slash
        else:
            after = found.key
