"""RecordIO-wrapped protobuf, the binary format of SageMaker's first algorithms, read and written without protobuf.

https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-training.html (message aialgs.data.Record)
"""

from __future__ import annotations

import struct
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np

MAGIC = 0xCED7230A
FEATURES_FIELD = 1
LABEL_FIELD = 2
VALUES_KEY = "values"
TENSOR_TYPES = {2: "<f4", 3: "<f8", 7: "<i4"}
"""Value's field number of float32_tensor, float64_tensor, int32_tensor and how packed values are laid out."""

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
Tensor = Tuple[Any, Optional[Any], Optional[int]]
"""Values, the columns they stand in (None: dense), the number of columns (None: not told)."""


def split_records(body: bytes) -> Iterator[bytes]:
    """Yields the records of a RecordIO body. Raises ValueError when it is none."""
    offset = 0
    while offset < len(body):
        if offset + 8 > len(body):
            raise ValueError("truncated RecordIO header at offset {}".format(offset))
        magic, length = struct.unpack_from("<II", body, offset)
        if magic != MAGIC:
            raise ValueError("invalid RecordIO magic at offset {}".format(offset))
        offset += 8
        if offset + length > len(body):
            raise ValueError("truncated RecordIO record at offset {}".format(offset))
        yield body[offset : offset + length]
        offset += (length + 3) // 4 * 4


def join_records(records: Sequence[bytes]) -> bytes:
    """Returns records as one RecordIO body."""
    framed = []
    for record in records:
        framed.append(struct.pack("<II", MAGIC, len(record)) + record + b"\0" * (-len(record) % 4))
    return b"".join(framed)


def read_matrix(body: bytes) -> Tuple[Any, Optional[Any]]:
    """Returns the features, rows × columns (numpy, or scipy CSR when any row is sparse), and the labels or None.

    Raises ValueError when the body is not RecordIO-protobuf or holds no records.
    """
    rows: List[Tensor] = []
    labels: List[Any] = []
    for record in split_records(body):
        features, label = _read_record(record)
        if features is None:
            continue
        rows.append(features)
        if label is not None:
            labels.append(label[0])
    if not rows:
        raise ValueError("no records found in RecordIO-Protobuf data")
    matrix = (
        _sparse(rows) if any(columns is not None for _, columns, _ in rows) else np.vstack([row[0] for row in rows])
    )
    return matrix, np.concatenate(labels) if labels else None


def write_predictions(predictions: Sequence[Mapping[str, Sequence[float]]]) -> bytes:
    """Returns one record per prediction whose label map holds each named list as a float32 tensor."""
    return join_records([b"".join(_label_entry(name, one[name]) for name in one) for one in predictions])


def _label_entry(name: str, values: Sequence[float]) -> bytes:
    packed = np.asarray(values, dtype="<f4").tobytes()
    value = _delimited(2, _delimited(1, packed))
    return _delimited(LABEL_FIELD, _delimited(1, name.encode("utf-8")) + _delimited(2, value))


def _delimited(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | DELIMITED) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_record(record: bytes) -> Tuple[Optional[Tensor], Optional[Tensor]]:
    maps: Dict[int, Dict[str, bytes]] = {FEATURES_FIELD: {}, LABEL_FIELD: {}}
    for field, wire, content in _fields(record):
        if field in maps and wire == DELIMITED:
            entry = {number: value for number, _, value in _fields(content)}
            maps[field][entry.get(1, b"").decode("utf-8")] = entry.get(2, b"")
    found = []
    for field in (FEATURES_FIELD, LABEL_FIELD):
        value = maps[field].get(VALUES_KEY)
        found.append(None if value is None else _read_tensor(value))
    return found[0], found[1]


def _read_tensor(value: bytes) -> Tensor:
    for field, _, content in _fields(value):
        if field not in TENSOR_TYPES:
            continue
        values, keys, shape = [], [], []
        for number, wire, part in _fields(content):
            if number == 1:
                values.append(_numbers(part, wire, TENSOR_TYPES[field]))
            else:
                (keys if number == 2 else shape).extend(_varints(part) if wire == DELIMITED else [part])
        flat = np.concatenate(values) if values else np.zeros(0, dtype="<f4")
        sparse = bool(keys) or (not len(flat) and bool(shape))
        return flat, np.asarray(keys, dtype=np.int64) if sparse else None, int(shape[0]) if shape else None
    return np.zeros(0, dtype="<f4"), None, None


def _numbers(part: Any, wire: int, layout: str) -> Any:
    if layout != "<i4":
        return np.frombuffer(part, dtype=layout)
    signed = [n - (1 << 64) if n >> 63 else n for n in (_varints(part) if wire == DELIMITED else [part])]
    return np.asarray(signed, dtype=np.float32)


def _sparse(rows: List[Tensor]) -> Any:
    from scipy.sparse import csr_matrix

    columns = [np.arange(len(values)) if where is None else where for values, where, _ in rows]
    width = max(max(told or 0, int(where.max()) + 1 if len(where) else 0) for (_, _, told), where in zip(rows, columns))
    starts = np.concatenate([[0], np.cumsum([len(where) for where in columns])])
    values = np.concatenate([row[0] for row in rows]).astype(np.float32)
    return csr_matrix((values, np.concatenate(columns), starts), shape=(len(rows), width))


def _fields(message: bytes) -> Iterator[Tuple[int, int, Any]]:
    """Yields (field number, wire type, content) of a protobuf message; varints as int, everything else as bytes."""
    offset = 0
    while offset < len(message):
        tag, offset = _read_varint(message, offset)
        wire = tag & 7
        if wire == VARINT:
            content, offset = _read_varint(message, offset)
            yield tag >> 3, wire, content
            continue
        if wire == DELIMITED:
            length, offset = _read_varint(message, offset)
        elif wire in (FIXED64, FIXED32):
            length = 8 if wire == FIXED64 else 4
        else:
            raise ValueError("this is no protobuf record: wire type {}".format(wire))
        if offset + length > len(message):
            raise ValueError("truncated protobuf record")
        yield tag >> 3, wire, message[offset : offset + length]
        offset += length


def _varints(packed: bytes) -> List[int]:
    numbers, offset = [], 0
    while offset < len(packed):
        number, offset = _read_varint(packed, offset)
        numbers.append(number)
    return numbers


def _read_varint(message: bytes, offset: int) -> Tuple[int, int]:
    number = shift = 0
    while True:
        if offset >= len(message):
            raise ValueError("truncated protobuf record")
        byte = message[offset]
        offset += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, offset
        shift += 7
