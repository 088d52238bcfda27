"""Arrays to bodies."""

import io
import json

import numpy as np

from . import content_types
from .errors import UnsupportedFormatError


def _json(array_like):
    return json.dumps(array_like, default=lambda value: value.tolist())


def _npy(array_like):
    buffer = io.BytesIO()
    np.save(buffer, array_like)
    return buffer.getvalue()


def _csv(array_like):
    stream = io.StringIO()
    np.savetxt(stream, array_like, delimiter=",", fmt="%s")
    return stream.getvalue()


ENCODERS = {content_types.NPY: _npy, content_types.CSV: _csv, content_types.JSON: _json}
SUPPORTED_CONTENT_TYPES = set(ENCODERS)


def encode(array_like, content_type):
    """Returns an array-like as a body. Raises UnsupportedFormatError."""
    if content_type not in ENCODERS:
        raise UnsupportedFormatError(content_type)
    return ENCODERS[content_type](array_like)
