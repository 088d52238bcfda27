"""Listings as S3 orders and folds them: keys in byte order, those below a delimiter folded into common prefixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ormer.stores.objects.rows import Object, behind, encode_key, next_key, object_of
from ormer.stores.objects.store import Objects
from ormer.stores.objects.tables import objects as table

PAGE_ROWS = 1000


@dataclass
class Listing:
    """One page. entries: objects and common prefixes (text) in order. resume: where the next page starts, None at
    the end.
    """

    entries: list[Object | str] = field(default_factory=list)
    resume: bytes | None = None

    @property
    def objects(self) -> list[Object]:
        return [entry for entry in self.entries if isinstance(entry, Object)]

    @property
    def prefixes(self) -> list[str]:
        return [entry for entry in self.entries if isinstance(entry, str)]


def walk(objects: Objects, bucket: str, prefix: str, delimiter: str, start: bytes, limit: int) -> Listing:
    """At most `limit` entries from the key `start` on. Skips over a common prefix without reading what is in it."""
    raw_prefix, fold = prefix.encode("utf-8", "surrogatepass"), delimiter.encode("utf-8", "surrogatepass")
    found, seek = Listing(), max(start, raw_prefix)
    if limit == 0:
        return found
    while True:
        wanted = min(PAGE_ROWS, limit - len(found.entries) + 1)
        rows = objects.page(bucket, raw_prefix, seek, wanted)
        for row in rows:
            key = encode_key(row.key)
            if key < seek:
                continue
            if len(found.entries) == limit:
                found.resume = seek
                return found
            common = common_prefix(key, raw_prefix, fold)
            if common is None:
                found.entries.append(row)
                seek = next_key(key)
            else:
                found.entries.append(common.decode("utf-8", "surrogatepass"))
                seek = behind(common)
        if len(rows) < wanted:
            return found


def common_prefix(key: bytes, prefix: bytes, delimiter: bytes) -> bytes | None:
    """What a key folds into, None when it stands for itself."""
    at = key.find(delimiter, len(prefix)) if delimiter else -1
    return key[: at + len(delimiter)] if at >= 0 else None


def start_behind(marker: str, prefix: str, delimiter: str) -> bytes:
    """Where a listing goes on behind a marker, which is a key or a common prefix of the page before."""
    raw = marker.encode("utf-8", "surrogatepass")
    raw_prefix, fold = prefix.encode("utf-8", "surrogatepass"), delimiter.encode("utf-8", "surrogatepass")
    if raw.startswith(raw_prefix) and common_prefix(raw, raw_prefix, fold) == raw:
        return behind(raw)
    return next_key(raw)


def walk_versions(
    objects: Objects, bucket: str, prefix: str, delimiter: str, start: tuple[bytes, str], limit: int
) -> tuple[list[Object | str], tuple[str, str] | None]:
    """At most `limit` versions, newest first within a key, and common prefixes.

    start: (key, version) the page before ended with; ("", "") for the beginning.
    Returns the entries and the (key, version) to go on behind, None at the end.
    """
    raw_prefix, fold = prefix.encode("utf-8", "surrogatepass"), delimiter.encode("utf-8", "surrogatepass")
    entries: list[Object | str] = []
    last: tuple[str, str] = ("", "")
    position = start
    while len(entries) < limit:
        rows = _version_page(objects, bucket, raw_prefix, position)
        for row in rows:
            key = encode_key(row.key)
            position = (key, row.version)
            common = common_prefix(key, raw_prefix, fold)
            folded = common.decode("utf-8", "surrogatepass") if common is not None else None
            if folded is not None and entries and entries[-1] == folded:
                continue
            if len(entries) == limit:
                return entries, last
            entries.append(row if folded is None else folded)
            last = (row.key, row.version) if folded is None else (folded, "")
        if len(rows) < PAGE_ROWS:
            return entries, None
    more = _version_page(objects, bucket, raw_prefix, position)
    return entries, last if more else None


def _version_page(objects: Objects, bucket: str, prefix: bytes, after: tuple[bytes, str]) -> Sequence[Object]:
    c, (key, version) = table.c, after
    where = [c.bucket == bucket]
    if prefix:
        where += [c.key >= prefix, c.key < behind(prefix)]
    if version:
        same = sa.select(table.c.id).where(c.bucket == bucket, c.key == key, c.version == version).scalar_subquery()
        where.append(sa.or_(c.key > key, sa.and_(c.key == key, c.id < same)))
    elif key:
        where.append(c.key >= key)
    with objects.database.read() as tx:
        statement = sa.select(table).where(*where).order_by(c.key, c.id.desc()).limit(PAGE_ROWS)
        return [object_of(row) for row in tx.all(statement)]
