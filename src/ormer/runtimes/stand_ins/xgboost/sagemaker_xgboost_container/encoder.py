"""Bodies to DMatrix."""

import numpy as np
import xgboost as xgb


def csv_to_dmatrix(string_like, dtype=None):
    """Returns the DMatrix of CSV lines; an empty cell is a missing value."""
    text = string_like.decode("utf-8") if isinstance(string_like, bytes) else string_like
    lines = text.strip().splitlines()
    rows = [["nan" if not cell.strip() else cell for cell in line.split(",")] for line in lines]
    return xgb.DMatrix(np.array(rows).astype(dtype or float))


def libsvm_to_dmatrix(string_like):
    """Returns the DMatrix of LIBSVM lines; columns count from 0."""
    from scipy.sparse import csr_matrix

    text = string_like.decode("utf-8") if isinstance(string_like, (bytes, bytearray)) else string_like
    lines = text.strip().splitlines()
    cells = [(row, token.split(":")) for row, line in enumerate(lines) for token in line.split() if ":" in token]
    columns = [int(pair[0]) for _, pair in cells]
    shape = (len(lines), max(columns) + 1 if columns else 1)
    values = [float(pair[1]) for _, pair in cells]
    return xgb.DMatrix(csr_matrix((values, ([row for row, _ in cells], columns)), shape=shape))


DECODERS = {
    "text/csv": csv_to_dmatrix,
    "text/libsvm": libsvm_to_dmatrix,
    "text/x-libsvm": libsvm_to_dmatrix,
}


def decode(obj, content_type):
    """Returns a body as DMatrix. Raises ValueError for an unknown content type."""
    media = content_type.partition(";")[0].strip().lower()
    if media not in DECODERS:
        raise ValueError("Content type {} is not supported by this framework.".format(content_type))
    return DECODERS[media](obj)
