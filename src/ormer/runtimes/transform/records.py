"""Cutting input objects into records and packing records into requests.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html (SplitType)
"""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import BinaryIO, Iterator, List, Optional, Tuple, cast

from ..toolkit.failures import UserError

LINE, RECORDIO, TFRECORD, NONE = "Line", "RecordIO", "TFRecord", "None"
GZIP, GZIP_MAGIC = "Gzip", b"\x1f\x8b"
RECORDIO_MAGIC = 0xCED7230A
MEGABYTE = 1024**2


def open_input(path: Path, compression: str) -> BinaryIO:
    """Returns the object as a stream, unpacked when its CompressionType is Gzip and nobody has unpacked it yet."""
    if compression == GZIP:
        with path.open("rb") as start:
            packed = start.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        if packed:
            return cast(BinaryIO, gzip.open(str(path), "rb"))
    return path.open("rb")


def read_records(source: BinaryIO, split_type: str) -> Iterator[bytes]:
    """Yields the records of an object, each with what frames it: a line with its line break. Empty lines are none.

    Raises UserError when the object is not in the split type's form.
    """
    if split_type == LINE:
        return _lines(source)
    if split_type == RECORDIO:
        return _recordio(source)
    if split_type == TFRECORD:
        return _tfrecords(source)
    return _whole(source)


def pack(records: Iterator[bytes], payload_bytes_max: Optional[int], single: bool) -> Iterator[List[bytes]]:
    """Yields the records of one request after the other; a request holds at most payload_bytes_max (None: no limit).

    Raises UserError when a single record is longer.
    """
    batch: List[bytes] = []
    size = 0
    for record in records:
        if payload_bytes_max is not None and len(record) > payload_bytes_max:
            raise UserError(
                "a record of {} bytes is above the limit of MaxPayloadInMB, {} MB; split the input into smaller "
                "records (SplitType) or raise MaxPayloadInMB".format(len(record), payload_bytes_max // MEGABYTE)
            )
        if batch and (single or (payload_bytes_max is not None and size + len(record) > payload_bytes_max)):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    if batch:
        yield batch


def _whole(source: BinaryIO) -> Iterator[bytes]:
    content = source.read()
    if content:
        yield content


def _lines(source: BinaryIO) -> Iterator[bytes]:
    for line in source:
        if line.strip():
            yield line


def _recordio(source: BinaryIO) -> Iterator[bytes]:
    while True:
        header = source.read(8)
        if not header:
            return
        magic, length = struct.unpack("<II", header) if len(header) == 8 else (0, 0)
        if magic != RECORDIO_MAGIC:
            raise UserError("the object is not in RecordIO format")
        yield header + _exactly(source, (length + 3) // 4 * 4, "RecordIO")


def _tfrecords(source: BinaryIO) -> Iterator[bytes]:
    while True:
        header = source.read(12)
        if not header:
            return
        if len(header) < 12:
            raise UserError("the object is not in TFRecord format")
        yield header + _exactly(source, struct.unpack("<Q", header[:8])[0] + 4, "TFRecord")


def _exactly(source: BinaryIO, length: int, form: str) -> bytes:
    content = source.read(length)
    if len(content) < length:
        raise UserError("the object is not in {} format: its last record is cut off".format(form))
    return content


def strip_break(record: bytes) -> Tuple[bytes, bytes]:
    """Returns a line without its line break, and the line break."""
    bare = record.rstrip(b"\r\n")
    return bare, record[len(bare) :]
