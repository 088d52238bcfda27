"""The fit: the weights at which mean loss plus regularisation is least, found by scipy's L-BFGS-B.

Features and labels count as scaled while the weights are sought, so that regularisation treats them alike; the weights
that are returned belong to the numbers as they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Mapping

import numpy as np
from scipy.optimize import minimize

from ..vectors.channels import Table
from ..vectors.hyperparameters import AUTO
from .hyperparameters import BALANCED, BINARY, MULTICLASS, REGRESSOR
from .losses import loss_of

STEPS_PER_EPOCH = 20
"""Steps of the method, each a few passes over the data, that are told as one epoch."""

LIGHT_DECAY = 1e-4
DECAYS = (LIGHT_DECAY, 1e-2, 1e-3, 1e-5, 1e-1)
"""What wd auto tries, in this order and as many as num_models says, where there is a validation channel to judge by."""

Told = Callable[[int, "dict[str, float]"], None]
"""Is called after each epoch with its number and {channel: loss}."""


@dataclass(frozen=True)
class Linear:
    """weights, outputs × features, and bias, one an output: scores are features · weightsᵀ + bias."""

    weights: Any
    bias: Any

    def scores(self, features: Any) -> Any:
        """Returns rows × outputs of raw scores; rows alone when there is one output."""
        found = np.asarray(features @ self.weights.T) + self.bias
        return found[:, 0] if len(self.bias) == 1 else found


@dataclass(frozen=True)
class Scale:
    """How features and labels are moved and shrunk while weights are sought."""

    feature_shift: Any
    feature_size: Any
    label_shift: float
    label_size: float

    @classmethod
    def of(cls, train: Table, values: Mapping[str, Any]) -> Scale:
        """Returns the scale that the hyperparameters and the training data give."""
        width, regressor = train.features.shape[1], values["predictor_type"] == REGRESSOR
        mean, spread = _moments(train)
        moves = _decided(values["unbias_data"], not train.is_sparse) and _decided(values["use_bias"], True)
        moves_label = regressor and _decided(values["unbias_label"], True)
        sizes_label = regressor and _decided(values["normalize_label"], True)
        return cls(
            feature_shift=mean if moves else np.zeros(width),
            feature_size=spread if _decided(values["normalize_data"], True) else np.ones(width),
            label_shift=float(train.labels.mean()) if moves_label else 0.0,
            label_size=float(train.labels.std()) or 1.0 if sizes_label else 1.0,
        )

    def labels(self, table: Table) -> Any:
        return (table.labels - self.label_shift) / self.label_size

    def inside(self, linear: Linear) -> Linear:
        """The scores of a linear function of scaled features, as a function of unscaled ones."""
        weights = linear.weights / self.feature_size
        return Linear(weights, linear.bias - weights @ self.feature_shift)

    def outside(self, linear: Linear) -> Linear:
        """The same for unscaled features and labels."""
        inner = self.inside(linear)
        return Linear(inner.weights * self.label_size, inner.bias * self.label_size + self.label_shift)


def fit(tables: Mapping[str, Table], values: Mapping[str, Any], told: Told) -> tuple[Linear, dict[str, float]]:
    """Returns the best linear function and {channel: its loss}; tables: train and perhaps validation.

    With several candidates for wd the one with the least validation loss wins, and only its epochs are told, when it is
    known: the last line of a metric is the model's.
    """
    decays = _decays(values, "validation" in tables)
    if len(decays) == 1:
        return _Fit(tables, values, decays[0], told).run()
    found: list[tuple[float, list[dict[str, float]], tuple[Linear, dict[str, float]]]] = []
    for decay in decays:
        epochs: list[dict[str, float]] = []
        result = _Fit(tables, values, decay, lambda _, losses, epochs=epochs: epochs.append(losses)).run()
        print(f"wd {decay:g}: validation loss {result[1]['validation']:.6g}", flush=True)
        found.append((result[1]["validation"], epochs, result))
    _, epochs, best = min(found, key=lambda one: one[0])
    for number, losses in enumerate(epochs):
        told(number, losses)
    return best


class _Fit:
    """One fit with one weight decay."""

    def __init__(self, tables: Mapping[str, Table], values: Mapping[str, Any], decay: float, told: Told) -> None:
        self._tables, self._values, self._told = tables, values, told
        self._train = tables["train"]
        self._scale = Scale.of(self._train, values)
        self._labels = {name: self._scale.labels(table) for name, table in tables.items()}
        self._loss = loss_of(values)
        self._row_weights = _row_weights(self._labels["train"], values)
        self._decay = decay
        self._bias_decay = decay * (0.0 if values["bias_wd_mult"] == AUTO else values["bias_wd_mult"])
        self._l1 = 0.0 if values["l1"] == AUTO else values["l1"]
        self._has_bias = _decided(values["use_bias"], True)
        self._outputs = values["num_classes"] if values["predictor_type"] == MULTICLASS else 1
        self._width = self._train.features.shape[1]
        self._history: list[float] = []

    def run(self) -> tuple[Linear, dict[str, float]]:
        """Returns the linear function for numbers as they came, and {channel: loss}."""
        weight_count = self._outputs * self._width
        split = 2 if self._l1 else 1
        start = np.zeros(split * weight_count + self._outputs)
        bounds = [(0, None)] * (2 * weight_count) + [(None, None)] * self._outputs if self._l1 else None
        steps = 0

        def after_step(intermediate_result: Any) -> None:
            nonlocal steps
            steps += 1
            if steps % STEPS_PER_EPOCH == 0 and self._end_epoch(intermediate_result.x):
                raise StopIteration

        found = minimize(
            self._objective,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            callback=after_step,
            options={"maxiter": self._values["epochs"] * STEPS_PER_EPOCH, "maxfun": 10**9, "ftol": 1e-10},
        )
        if steps % STEPS_PER_EPOCH or not steps:
            self._end_epoch(found.x)
        linear = self._linear(found.x)
        return self._scale.outside(linear), self._losses(linear)

    def _linear(self, point: Any) -> Linear:
        count = self._outputs * self._width
        flat = point[:count] - point[count : 2 * count] if self._l1 else point[:count]
        bias = point[-self._outputs :] if self._has_bias else np.zeros(self._outputs)
        return Linear(flat.reshape(self._outputs, self._width), bias)

    def _objective(self, point: Any) -> tuple[float, Any]:
        """The value to be least, and its slope."""
        linear = self._linear(point)
        loss, slope = self._loss(self._scale.inside(linear).scores(self._train.features), self._labels["train"])
        weights = self._row_weights
        value = float(weights @ loss) + self._decay / 2 * float((linear.weights**2).sum())
        value += self._bias_decay / 2 * float((linear.bias**2).sum())
        pull = (slope.T * weights).T.reshape(len(loss), self._outputs)
        total = pull.sum(axis=0)
        raw = np.asarray(self._train.features.T @ pull).T - np.outer(total, self._scale.feature_shift)
        weight_slope = (raw / self._scale.feature_size + self._decay * linear.weights).ravel()
        bias_slope = total + self._bias_decay * linear.bias if self._has_bias else np.zeros(self._outputs)
        if not self._l1:
            return value, np.concatenate([weight_slope, bias_slope])
        value += self._l1 * float(point[: -self._outputs].sum())
        return value, np.concatenate([weight_slope + self._l1, self._l1 - weight_slope, bias_slope])

    def _end_epoch(self, point: Any) -> bool:
        """Tells the losses; returns whether they have stopped to improve."""
        losses = self._losses(self._linear(point))
        self._told(len(self._history), losses)
        self._history.append(losses.get("validation", losses["train"]))
        patience, tolerance = self._values["early_stopping_patience"], self._values["early_stopping_tolerance"]
        if len(self._history) <= patience:
            return False
        before, since = min(self._history[:-patience]), min(self._history[-patience:])
        return before - since < tolerance * abs(before)

    def _losses(self, linear: Linear) -> dict[str, float]:
        inner = self._scale.inside(linear)
        found = {}
        for name, table in self._tables.items():
            loss, _ = self._loss(inner.scores(table.features), self._labels[name])
            found[name] = float(self._row_weights @ loss) if name == "train" else float(loss.mean())
        return found


def _decays(values: Mapping[str, Any], judged: bool) -> tuple[float, ...]:
    if values["wd"] != AUTO:
        return (values["wd"],)
    count = len(DECAYS) if values["num_models"] == AUTO else values["num_models"]
    return DECAYS[:count] if judged else (LIGHT_DECAY,)


def _row_weights(labels: Any, values: Mapping[str, Any]) -> Any:
    """Returns how much each row counts; all together count 1."""
    weights = np.ones(len(labels))
    if values["predictor_type"] == BINARY:
        positive, multiplier = labels == 1, values["positive_example_weight_mult"]
        if multiplier == BALANCED:
            multiplier = (~positive).sum() / max(positive.sum(), 1) or 1.0
        weights[positive] = multiplier
    elif values["predictor_type"] == MULTICLASS and values["balance_multiclass_weights"]:
        counts = np.bincount(labels.astype(int), minlength=values["num_classes"])
        weights = 1.0 / counts[labels.astype(int)]
    return weights / weights.sum()


def _moments(table: Table) -> tuple[Any, Any]:
    """Returns the mean and the standard deviation of each feature; 1 in place of 0 for a feature that never changes."""
    mean = np.asarray(table.features.mean(axis=0)).ravel()
    if table.is_sparse:
        squares = np.asarray(table.features.multiply(table.features).mean(axis=0)).ravel()
        spread = np.sqrt(np.maximum(squares - mean**2, 0.0))
    else:
        spread = table.features.std(axis=0)
    return mean, np.where(spread > 0, spread, 1.0)


def _decided(flag: Any, auto: bool) -> bool:
    return auto if flag == AUTO else bool(flag)
