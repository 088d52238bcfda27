"""Cutting input objects into records.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html (SplitType)
"""

from __future__ import annotations

import gzip
import struct
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Iterator, Optional, Tuple, cast

from ..toolkit.failures import UserError

LINE, RECORDIO, TFRECORD, NONE = "Line", "RecordIO", "TFRecord", "None"
GZIP = "Gzip"
RECORDIO_MAGIC = 0xCED7230A
PIECE_BYTES = 1 << 20
RECORDIO_WHOLE, RECORDIO_LAST = 0, 3
"""A record that holds the magic number itself is written in parts: first (1), middle (2), last (3).

https://mxnet.apache.org/versions/1.9.1/api/architecture/note_data_loading
"""


@contextmanager
def open_input(path: Path, compression: str) -> Iterator[BinaryIO]:
    """The object as a stream, unpacked when its CompressionType is Gzip. An object without a byte is an empty one.

    Raises UserError, also while it is read, for an object that is not compressed with gzip although it should be.
    """
    with path.open("rb") as packed:
        if compression != GZIP or not packed.peek(1):
            yield packed
            return
        try:
            with gzip.open(packed, "rb") as plain:
                yield cast(BinaryIO, plain)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UserError(
                "the object is not compressed with gzip, as CompressionType says: {}".format(error)
            ) from error


def read_records(
    source: BinaryIO, split_type: str, bare: bool = False, line_bytes_max: Optional[int] = None
) -> Iterator[bytes]:
    """Yields the records of an object: a line with its line break, a binary record with what frames it.

    bare: binary records without their frames and padding, as BatchStrategy SingleRecord sends them. line_bytes_max:
    longer lines come in pieces of one byte more, for whoever refuses them. Empty lines are no records.
    Raises UserError when the object is not in the split type's form.
    """
    if split_type == RECORDIO:
        return _recordio(source, bare)
    if split_type == TFRECORD:
        return _tfrecords(source, bare)
    return _lines(source, -1 if line_bytes_max is None else line_bytes_max + 1)


def strip_break(record: bytes) -> Tuple[bytes, bytes]:
    """Returns a line without its line break, and the line break."""
    bare = record.rstrip(b"\r\n")
    return bare, record[len(bare) :]


def _lines(source: BinaryIO, piece_bytes: int) -> Iterator[bytes]:
    while True:
        line = source.readline(piece_bytes)
        if not line:
            return
        if not line.isspace():
            yield line


def _recordio(source: BinaryIO, bare: bool) -> Iterator[bytes]:
    framed, parts = b"", []
    while True:
        header = source.read(8)
        if not header and not parts:
            return
        magic, word = struct.unpack("<II", header) if len(header) == 8 else (0, 0)
        if magic != RECORDIO_MAGIC:
            raise UserError("the object is not in RecordIO format")
        part, length = word >> 29, word & (1 << 29) - 1
        content = _exactly(source, (length + 3) // 4 * 4, "RecordIO")
        framed += header + content
        parts.append(content[:length])
        if part in (RECORDIO_WHOLE, RECORDIO_LAST):
            yield struct.pack("<I", RECORDIO_MAGIC).join(parts) if bare else framed
            framed, parts = b"", []


def _tfrecords(source: BinaryIO, bare: bool) -> Iterator[bytes]:
    while True:
        header = source.read(12)
        if not header:
            return
        if len(header) < 12:
            raise UserError("the object is not in TFRecord format")
        length = struct.unpack("<Q", header[:8])[0]
        content = _exactly(source, length + 4, "TFRecord")
        yield content[:length] if bare else header + content


def _exactly(source: BinaryIO, length: int, form: str) -> bytes:
    """In pieces, since the length of what is no record at all may be anything."""
    content = bytearray()
    while len(content) < length:
        piece = source.read(min(length - len(content), PIECE_BYTES))
        if not piece:
            raise UserError("the object is not in {} format: its last record is cut off".format(form))
        content += piece
    return bytes(content)
