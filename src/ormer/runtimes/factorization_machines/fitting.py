"""The weights at which mean loss plus regularisation is least, found by scipy's L-BFGS-B."""

from __future__ import annotations

from typing import Any, Callable, Mapping

import numpy as np
from scipy.optimize import minimize

from ..vectors.channels import Table
from .model import BINARY, Machine, squared

STEPS_PER_EPOCH = 20
"""Steps of the method, each a few passes over the data, that are told as one epoch."""
START_SIGMA = 0.01
"""Factors begin as small random numbers: at nothing at all no step would lead away."""

Told = Callable[[int, Machine], None]


def find(train: Table, values: Mapping[str, Any], told: Told) -> Machine:
    """Returns the machine; told is called after each epoch with its number and the machine as it is."""
    width, count = train.features.shape[1], values["num_factors"]
    kind, labels = values["predictor_type"], train.labels
    squares = squared(train.features)
    # The label's own size: a regressor seeks labels of deviation 1 around 0, so that regularisation means the same.
    shift, size = (0.0, 1.0) if kind == BINARY else (float(labels.mean()), float(labels.std()) or 1.0)
    wanted = labels if kind == BINARY else (labels - shift) / size

    def machine(point: Any) -> Machine:
        return Machine(point[0], point[1 : 1 + width], point[1 + width :].reshape(width, count), kind)

    def objective(point: Any) -> tuple[float, Any]:
        here = machine(point)
        sums = np.asarray(train.features @ here.factors)
        raw = here.raw(train.features, sums, squares)
        if kind == BINARY:
            loss, pull = float(np.mean(np.logaddexp(0, raw) - wanted * raw)), _sigmoid(raw) - wanted
        else:
            loss, pull = float(np.mean((raw - wanted) ** 2)) / 2, raw - wanted
        pull = pull / len(wanted)
        linear = np.asarray(train.features.T @ pull)
        crossed = np.asarray(train.features.T @ (pull[:, None] * sums))
        factors = crossed - np.asarray(squares.T @ pull)[:, None] * here.factors
        decays = [values["bias_wd"], values["linear_wd"], values["factors_wd"]]
        parts = [np.array([here.bias]), here.linear, here.factors.ravel()]
        loss += sum(decay / 2 * float(part @ part) for decay, part in zip(decays, parts))
        slopes = [np.array([pull.sum()]), linear, factors.ravel()]
        return loss, np.concatenate([slope + decay * part for slope, decay, part in zip(slopes, decays, parts)])

    def outside(point: Any) -> Machine:
        """The machine for labels as they came: √size of the factors' products makes size of them."""
        here = machine(point)
        return Machine(here.bias * size + shift, here.linear * size, here.factors * size**0.5, kind)

    steps = 0

    def after_step(intermediate_result: Any) -> None:
        nonlocal steps
        steps += 1
        if steps % STEPS_PER_EPOCH == 0:
            told(steps // STEPS_PER_EPOCH - 1, outside(intermediate_result.x))

    start = np.zeros(1 + width * (1 + count))
    start[1 + width :] = np.random.default_rng(0).normal(0, START_SIGMA, width * count)
    limits = {"maxiter": values["epochs"] * STEPS_PER_EPOCH, "maxfun": 10**9}
    found = minimize(objective, start, jac=True, method="L-BFGS-B", callback=after_step, options=limits)
    if steps % STEPS_PER_EPOCH or not steps:
        told(steps // STEPS_PER_EPOCH, outside(found.x))
    return outside(found.x)


def _sigmoid(raw: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(raw, -700, 700)))
