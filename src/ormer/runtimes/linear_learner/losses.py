"""The losses: each gives the mean loss of raw scores and its slope by every score.

https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html (loss, margin, quantile, huber_delta, …)

The fit needs slopes without jumps, so losses with a corner (hinge, absolute, quantile) are rounded within CORNER.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping

import numpy as np
from scipy.special import expit, logsumexp

CORNER = 1e-2

Loss = Callable[[Any, Any], "tuple[Any, Any]"]
"""(scores, labels) → (loss of each row, its slope by each score)."""


def loss_of(values: Mapping[str, Any]) -> Loss:
    """Returns the loss that the hyperparameters name. Scores are rows, for softmax_loss rows × classes."""
    margin, quantile = values["margin"], values["quantile"]
    width, delta = values["loss_insensitivity"], values["huber_delta"]
    losses: dict[str, Loss] = {
        "logistic": _logistic,
        "softmax_loss": _softmax,
        "hinge_loss": lambda scores, labels: _hinge(scores, labels, margin),
        "squared_loss": lambda scores, labels: ((scores - labels) ** 2, 2 * (scores - labels)),
        "absolute_loss": lambda scores, labels: _tube(scores - labels, 0.0, 1.0, 1.0),
        "quantile_loss": lambda scores, labels: _tube(scores - labels, 0.0, 1 - quantile, quantile),
        "eps_insensitive_absolute_loss": lambda scores, labels: _tube(scores - labels, width, 1.0, 1.0),
        "eps_insensitive_squared_loss": lambda scores, labels: _squared_tube(scores - labels, width),
        "huber_loss": lambda scores, labels: _huber(scores - labels, delta),
    }
    return losses[values["loss"]]


def _logistic(scores: Any, labels: Any) -> tuple[Any, Any]:
    return np.logaddexp(0.0, scores) - labels * scores, expit(scores) - labels


def _softmax(scores: Any, labels: Any) -> tuple[Any, Any]:
    rows, classes = np.arange(len(labels)), labels.astype(int)
    total = logsumexp(scores, axis=1)
    slope = np.exp(scores - total[:, None])
    slope[rows, classes] -= 1.0
    return total - scores[rows, classes], slope


def _hinge(scores: Any, labels: Any, margin: float) -> tuple[Any, Any]:
    signs = 2 * labels - 1
    loss, slope = _above_zero(margin - signs * scores)
    return loss, -signs * slope


def _tube(misses: Any, width: float, above: float, below: float) -> tuple[Any, Any]:
    """Nothing within the width; `above` per unit for scores that are too high, `below` for those that are too low."""
    high, high_slope = _above_zero(misses - width)
    low, low_slope = _above_zero(-misses - width)
    return above * high + below * low, above * high_slope - below * low_slope


def _squared_tube(misses: Any, width: float) -> tuple[Any, Any]:
    outside = np.sign(misses) * np.maximum(np.abs(misses) - width, 0.0)
    return outside**2, 2 * outside


def _huber(misses: Any, delta: float) -> tuple[Any, Any]:
    inside = np.clip(misses, -delta, delta)
    return inside * (misses - inside / 2), inside


def _above_zero(values: Any) -> tuple[Any, Any]:
    """max(0, value) with its corner rounded, and the slope."""
    slope = np.clip(values / CORNER, 0.0, 1.0)
    return slope * (values - slope * CORNER / 2), slope
