"""Bodies to arrays and back, in the formats that every SageMaker inference toolkit speaks: JSON, CSV, NPY and NPZ."""

from __future__ import annotations

import io
import json
from typing import Any, List

JSON, CSV, NPY, NPZ, ANY = "application/json", "text/csv", "application/x-npy", "application/x-npz", "*/*"
TEXT_TYPES = (JSON, CSV)
"""Bodies of these types reach user code as str, all others as bytes."""


class UnsupportedFormat(Exception):
    """No default knows this content type."""

    def __init__(self, content_type: str) -> None:
        super().__init__(
            "Content type {} is not supported by this framework.\n\nPlease implement input_fn to to deserialize the "
            "request data or an output_fn to serialize the response. For more information, see the SageMaker Python "
            "SDK README.".format(content_type)
        )


class UnsupportedInput(UnsupportedFormat):
    """The request's content type is not known."""


class UnsupportedOutput(UnsupportedFormat):
    """The answer's content type is not known."""


def media_type(content_type: str) -> str:
    """Returns a content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def decode(body: Any, content_type: str) -> Any:
    """Returns a body as a numpy array (NPZ: as a scipy matrix). Raises UnsupportedInput."""
    import numpy as np

    kind = media_type(content_type)
    if kind == JSON:
        return np.array(json.loads(body))
    if kind == CSV:
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        return _csv_array(text)
    if kind == NPY:
        return np.load(io.BytesIO(body), allow_pickle=True)
    if kind == NPZ:
        import scipy.sparse

        return scipy.sparse.load_npz(io.BytesIO(body))
    raise UnsupportedInput(content_type)


def _csv_array(text: str) -> Any:
    """Whole and broken numbers in one table make floats of all, not a table of tuples."""
    import numpy as np

    values = np.genfromtxt(io.StringIO(text), dtype=None, delimiter=",", encoding="utf-8")
    numeric = values.dtype.names and all(values.dtype[name].kind in "biuf" for name in values.dtype.names)
    return np.genfromtxt(io.StringIO(text), dtype=float, delimiter=",") if numeric else values


def in_rows(values: Any, body: str, content_type: str) -> Any:
    """Returns what `decode` made of a text, with one line of CSV as one row."""
    one_row = media_type(content_type) == CSV and values.ndim == 1 and "\n" not in body.strip()
    return values.reshape(1, -1) if one_row else values


def encode(values: Any, content_type: str) -> bytes:
    """Returns an array-like as a body. Raises UnsupportedOutput."""
    kind = media_type(content_type)
    if kind == JSON:
        return json.dumps(values, default=_plain).encode("utf-8")
    if kind == CSV:
        import numpy as np

        stream = io.StringIO()
        np.savetxt(stream, np.asarray(values), delimiter=",", fmt="%s")
        return stream.getvalue().encode("utf-8")
    if kind == NPY:
        import numpy as np

        buffer = io.BytesIO()
        np.save(buffer, values)
        return buffer.getvalue()
    raise UnsupportedOutput(content_type)


def acceptable(accept: str) -> List[str]:
    """Returns the content types of an Accept header in its order."""
    return [part.strip() for part in accept.split(",") if part.strip()]


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError("{} cannot be written as JSON; return lists, dicts, numbers or arrays".format(type(value).__name__))
