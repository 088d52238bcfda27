"""Packing records into requests: one record each, or as many as a payload holds.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html (BatchStrategy, MaxPayloadInMB)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Iterable, Iterator

from ..toolkit.failures import UserError
from .processing import Processing
from .records import NONE, read_records
from .settings import MEGABYTE, Settings

CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Batch:
    """The records of one request: as they are sent, and as they were before the input filter.

    Nothing of this is copied, for it may be 100 MB.
    """

    sent: bytearray
    originals: bytearray
    by_line: bool = True

    def records(self) -> Iterator[bytes]:
        """The original records, one by one."""
        start = 0
        while start < len(self.originals):
            end = self.originals.find(b"\n", start) + 1 if self.by_line else 0
            end = end or len(self.originals)
            yield bytes(self.originals[start:end])
            start = end


def read_batches(source: BinaryIO, settings: Settings, processing: Processing) -> Iterator[Batch]:
    """Yields the requests of one object, in order. Raises UserError for what cannot be sent."""
    limit = settings.payload_bytes_max
    if settings.split_type == NONE:
        whole = source.read() if limit is None else source.read(limit + 1)
        if processing.filters_input and limit is not None:
            whole += source.read()
        records: Iterable[bytes] = (whole,) if whole else ()
    else:
        line_bytes_max = None if processing.filters_input else limit
        records = read_records(source, settings.split_type, settings.single_record, line_bytes_max)
    return pack(records, settings, processing)


def pack(records: Iterable[bytes], settings: Settings, processing: Processing) -> Iterator[Batch]:
    """Yields requests of at most MaxPayloadInMB; what stays here for the join counts as much as what is sent."""
    limit, by_line = settings.payload_bytes_max, settings.split_type != NONE
    keeps = processing.joins and processing.filters_input
    sent, originals = bytearray(), bytearray()
    for record in records:
        filtered = processing.filter_record(record)
        kept = record if keeps else b""
        if limit is not None and len(filtered) > limit:
            raise _too_long(len(filtered), limit, by_line)
        longer = max(len(sent) + len(filtered), len(originals) + len(kept))
        if sent and (settings.single_record or (limit is not None and longer > limit)):
            yield Batch(sent, originals if keeps else sent, by_line)
            sent, originals = bytearray(), bytearray()
        sent += filtered
        originals += kept
    if sent:
        yield Batch(sent, originals if keeps else sent, by_line)


def read_stream(source: BinaryIO, settings: Settings, processing: Processing) -> Iterator[bytes]:
    """Yields what is sent of an object that is sent in one request of any length, piece by piece."""
    if not processing.filters_input:
        yield from iter(lambda: source.read(CHUNK_BYTES), b"")
    elif settings.split_type == NONE and not processing.reads_lines:
        yield processing.filter_record(source.read())
    else:
        for record in read_records(source, settings.split_type):
            yield processing.filter_record(record)


def _too_long(length: int, limit: int, by_line: bool) -> UserError:
    advice = "raise MaxPayloadInMB" if by_line else "raise MaxPayloadInMB, or name a SplitType so that it is cut"
    at_least = "more than " if length == limit + 1 else ""
    return UserError(
        "a record of {}{} bytes is above the limit of MaxPayloadInMB, {} MB; {}".format(
            at_least, min(length, limit) if at_least else length, limit // MEGABYTE, advice
        )
    )
