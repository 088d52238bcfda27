"""Distances between rows."""

from __future__ import annotations

from typing import Any

import numpy as np


def squares_between(rows: Any, others: Any) -> Any:
    """Returns rows × others of squared Euclidean distances; rows may be sparse.

    By |a|² - 2ab + |b|², in float64: what is nearly nothing may come out as a little below nothing, and is cut off.
    """
    if isinstance(rows, np.ndarray):
        own = np.einsum("ij,ij->i", rows, rows)
    else:
        own = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    between = np.asarray(rows @ others.T)
    squares = own[:, None] - 2 * between + np.einsum("ij,ij->i", others, others)[None, :]
    return np.maximum(squares, 0.0)
