"""Arrays to bodies and back."""

import io
import json

import numpy as np

from . import content_types
from .errors import UnsupportedFormatError


def array_to_npy(array_like):
    buffer = io.BytesIO()
    np.save(buffer, array_like)
    return buffer.getvalue()


def npy_to_numpy(npy_array):
    return np.load(io.BytesIO(npy_array), allow_pickle=True)


def array_to_json(array_like):
    return json.dumps(array_like, default=lambda value: value.tolist())


def json_to_numpy(string_like, dtype=None):
    return np.array(json.loads(string_like), dtype=dtype)


def array_to_csv(array_like):
    stream = io.StringIO()
    np.savetxt(stream, array_like, delimiter=",", fmt="%s")
    return stream.getvalue()


def csv_to_numpy(string_like, dtype=None):
    return np.genfromtxt(io.StringIO(string_like), dtype=dtype, delimiter=",")


ENCODERS = {
    content_types.NPY: array_to_npy,
    content_types.CSV: array_to_csv,
    content_types.JSON: array_to_json,
}
DECODERS = {
    content_types.NPY: npy_to_numpy,
    content_types.CSV: csv_to_numpy,
    content_types.JSON: json_to_numpy,
}
SUPPORTED_CONTENT_TYPES = set(ENCODERS)


def encode(array_like, content_type):
    """Returns an array-like as a body. Raises UnsupportedFormatError."""
    if content_type not in ENCODERS:
        raise UnsupportedFormatError(content_type)
    return ENCODERS[content_type](array_like)


def decode(obj, content_type):
    """Returns a body as an array. Raises UnsupportedFormatError."""
    if content_type not in DECODERS:
        raise UnsupportedFormatError(content_type)
    return DECODERS[content_type](obj)
