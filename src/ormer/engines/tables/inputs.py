"""What a query may read: the tables its text names, with their objects laid beside its program.

Nobody takes SQL apart in the server. Every word of the text that is a table's name in the account's catalog stands for
that table, which may be one too many: the program, which takes the text apart, reads only what it means. What the
caller may not read is not laid there; the program says so when the query means it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.engines.jobs.programs import DATA
from ormer.stores import glue, queries
from ormer.stores.access import PolicyGate
from ormer.stores.objects.store import Object
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
WORD = re.compile(r"[A-Za-z0-9_$]+")
QUOTED = re.compile(r"[\"`]([^\"`]+)[\"`]")
SHOWING = re.compile(r"(?is)\s*(show|describe|desc)\b")
VIEW = "VIRTUAL_VIEW"
# Views of views of views.
VIEWS_DEEP_MAX = 10
# Names that Hive passes over.
HIDDEN = ("_", ".")
FORMATS: Sequence[tuple[str, str]] = (
    ("parquet", "parquet"),
    ("opencsv", "opencsv"),
    ("json", "json"),
    ("lazysimple", "csv"),
    ("orc", "orc"),
    ("avro", "avro"),
)
SUFFIXES = (".gz", ".zst", ".bz2", ".snappy")


class Inputs:
    """The inputs of one query. data: the folder that becomes the program's."""

    def __init__(self, stores: Stores, row: Row, data: Path) -> None:
        self._stores = stores
        self._row = row
        self._caller: Identity = queries.caller_of(row)
        self._gate = PolicyGate(stores)
        self._data = data

    def lay(self) -> list[JsonDict]:
        """Lay the objects of the tables the query names; returns the tables as the program wants them."""
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        found: dict[str, JsonDict] = {}
        texts = [str(self._row.document["Query"])]
        for _ in range(VIEWS_DEEP_MAX):
            rows = [row for row in self._named(" ".join(texts)) if row.arn not in found]
            if not rows:
                break
            texts = []
            for row in rows:
                found[row.arn] = self._table(row, len(found))
                texts.append(found[row.arn].get("view", ""))
        return list(found.values())

    def catalog(self) -> dict[str, list[JsonDict]]:
        """{database: its tables}, for a SHOW or DESCRIBE; {} for other statements."""
        if not SHOWING.match(self._row.document["Query"]):
            return {}
        row, told = self._row, {}
        with self._stores.database.read() as tx:
            for database in glue.databases_of(tx, row.account, row.region):
                told[database.name] = [
                    {
                        **_columns(table),
                        "name": table.name,
                        "view": table.document.get("TableType") == VIEW,
                        "partitions": [one.document["Values"] for one in glue.partitions_of(tx, table)],
                    }
                    for table in glue.tables_of(tx, database)
                ]
        return told

    def _named(self, text: str) -> list[Row]:
        words = {word.lower() for word in (*WORD.findall(text), *QUOTED.findall(text))}
        with self._stores.database.read() as tx:
            return glue.all_tables(tx, self._row.account, self._row.region, sorted(words))

    def _table(self, row: Row, number: int) -> JsonDict:
        told: JsonDict = {"database": row.document["DatabaseName"], "name": row.name}
        try:
            self._permit("glue:GetTable", row.arn)
            if row.document.get("TableType") == VIEW:
                return {**told, "view": _view_text(row)}
            storage = row.document.get("StorageDescriptor", {})
            serde = storage.get("SerdeInfo", {})
            described = {
                **_columns(row),
                "format": _format(serde.get("SerializationLibrary", "")),
                "serde": serde.get("Parameters", {}),
                "parameters": row.document.get("Parameters", {}),
            }
            return {**told, **described, "files": self._files(row, number)}
        except AwsError as error:
            return {**told, "refused": f"PERMISSION_DENIED: {error.message}"}

    def _files(self, row: Row, number: int) -> list[JsonDict]:
        """The files of a table, laid as `<number>/<count>`, each with its partition's values."""
        folder = self._data / str(number)
        folder.mkdir(mode=0o700)
        places = self._places(row)
        found: list[JsonDict] = []
        for location, values in places:
            for one in self._objects(location):
                name = f"{len(found)}{_suffix(one.key)}"
                self._link(one, folder / name)
                found.append({"path": f"{DATA}/{number}/{name}", "bytes": one.size, "values": values})
        return found

    def _places(self, row: Row) -> list[tuple[str, list[str]]]:
        """Where the objects are, by partition."""
        if not row.document.get("PartitionKeys"):
            return [(row.document["StorageDescriptor"]["Location"], [])]
        with self._stores.database.read() as tx:
            partitions = glue.partitions_of(tx, row)
        return [(location_of(row, one.document), one.document["Values"]) for one in partitions]

    def _objects(self, location: str) -> list[Object]:
        """The objects below an address. AwsError where they must not be read or there is no bucket."""
        bucket, prefix = bucket_and_folder(self._stores, location)
        self._permit("s3:GetObject", f"arn:aws:s3:::{bucket}/{prefix}x")
        return [
            one for one in self._stores.objects.list(bucket, prefix) if one.size and not _hidden(one.key[len(prefix) :])
        ]

    def _permit(self, action: str, target: str) -> None:
        self._gate.permit(self._caller, self._row.region, action, target)

    def _link(self, one: Object, target: Path) -> None:
        """The object's file under another name; the program sees it read-only."""
        try:
            os.link(self._stores.objects.path(one), target)
        except OSError:
            self._stores.objects.copy_to(one, target)


def bucket_and_folder(stores: Stores, location: str) -> tuple[str, str]:
    """(bucket, prefix with its last slash) of a table's address. AwsError for one that is none."""
    try:
        bucket, key = stores.objects.parse_uri(location)
    except ValueError as error:
        raise AwsError("InvalidInputException", f"the table's location is no address of S3: {error}") from None
    stores.objects.bucket(bucket)
    return bucket, f"{key.rstrip('/')}/" if key.strip("/") else ""


def location_of(table: Row, partition: Mapping[str, Any]) -> str:
    """The address of a partition: its own, or its folder below the table's."""
    own = partition.get("StorageDescriptor", {}).get("Location")
    if own:
        return str(own)
    keys = [one["Name"] for one in table.document["PartitionKeys"]]
    folder = "/".join(f"{key}={value}" for key, value in zip(keys, partition["Values"], strict=False))
    return f"{table.document['StorageDescriptor']['Location'].rstrip('/')}/{folder}"


def partitions_below(stores: Stores, table: Row) -> list[list[str]]:
    """The values of the partitions whose folders `key=value/…` lie below a table's address."""
    keys = [one["Name"] for one in table.document.get("PartitionKeys", ())]
    bucket, prefix = bucket_and_folder(stores, table.document["StorageDescriptor"]["Location"])
    found: dict[tuple[str, ...], None] = {}
    for one in stores.objects.list(bucket, prefix):
        folders = one.key[len(prefix) :].split("/")[: len(keys)]
        pairs = [folder.partition("=") for folder in folders]
        if (
            keys
            and len(pairs) == len(keys)
            and all(pair[0].lower() == key for pair, key in zip(pairs, keys, strict=True))
        ):
            found[tuple(unquote(pair[2]) for pair in pairs)] = None
    return [list(values) for values in found]


def _columns(row: Row) -> JsonDict:
    storage = row.document.get("StorageDescriptor", {})

    def told(columns: Sequence[Mapping[str, Any]]) -> list[JsonDict]:
        return [
            {"name": one["Name"], "type": one.get("Type", "string"), "comment": one.get("Comment", "")}
            for one in columns
        ]

    return {"columns": told(storage.get("Columns", ())), "partition_keys": told(row.document.get("PartitionKeys", ()))}


def _view_text(row: Row) -> str:
    return str(row.document.get("ViewOriginalText", ""))


def _format(library: str) -> str:
    """The program's word for a serde."""
    return next((word for part, word in FORMATS if part in library.lower()), library.rpartition(".")[2] or "unknown")


def _hidden(path: str) -> bool:
    return any(part.startswith(HIDDEN) for part in path.split("/"))


def _suffix(key: str) -> str:
    """What says how a file is compressed."""
    return next((suffix for suffix in SUFFIXES if key.endswith(suffix)), "")
