"""Bodies to arrays."""

import io
import json

import numpy as np

from . import content_types
from .errors import UnsupportedFormatError


def _json(string_like):
    return np.array(json.loads(string_like))


def _csv(string_like):
    return np.genfromtxt(io.StringIO(string_like), dtype=None, delimiter=",")


def _npy(body):
    return np.load(io.BytesIO(body), allow_pickle=True)


def _npz(body):
    import scipy.sparse

    return scipy.sparse.load_npz(io.BytesIO(body))


DECODERS = {
    content_types.NPY: _npy,
    content_types.CSV: _csv,
    content_types.JSON: _json,
    content_types.NPZ: _npz,
}


def decode(obj, content_type):
    """Returns a body as an array. Raises UnsupportedFormatError."""
    if content_type not in DECODERS:
        raise UnsupportedFormatError(content_type)
    return DECODERS[content_type](obj)
