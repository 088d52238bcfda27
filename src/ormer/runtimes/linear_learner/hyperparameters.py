"""The hyperparameters: their kinds, ranges, defaults and dependencies.

https://docs.aws.amazon.com/sagemaker/latest/dg/ll_hyperparameters.html

Differs: the fit goes to the optimum of the asked loss and regularisation with a method that has no learning rate. What
steers AWS's stochastic optimiser alone (STEERS_NOTHING) is checked and has no effect.
"""

from __future__ import annotations

from typing import Any, Mapping

from ..toolkit.failures import UserError
from ..toolkit.ranges import Categorical, Continuous, Integer, Interval
from ..vectors.hyperparameters import AUTO, Flag, Or, Parameters

BINARY, MULTICLASS, REGRESSOR = "binary_classifier", "multiclass_classifier", "regressor"
BALANCED = "balanced"
CLASSES_MAX = 1_000_000

ABOVE_ZERO = Interval(low=0, low_open=True)
FROM_ZERO = Interval(low=0)
INSIDE_UNIT = Interval(low=0, high=1, low_open=True, high_open=True)
BELOW_ONE = Interval(low=0, high=1, high_open=True)
FROM_ONE = Interval(low=1)

AUTO_FLAG = Flag(may_be_auto=True)
COUNT, RATE = Integer(FROM_ONE), Continuous(ABOVE_ZERO)

LOSSES: Mapping[str, tuple[str, ...]] = {
    BINARY: ("logistic", "hinge_loss"),
    MULTICLASS: ("softmax_loss",),
    REGRESSOR: (
        "squared_loss",
        "absolute_loss",
        "eps_insensitive_squared_loss",
        "eps_insensitive_absolute_loss",
        "quantile_loss",
        "huber_loss",
    ),
}
"""The losses of each predictor type; the first is what auto means."""

CRITERIA = (
    "accuracy",
    "f1",
    "f_beta",
    "precision_at_target_recall",
    "recall_at_target_precision",
    "cross_entropy_loss",
    "loss_function",
)

KINDS: Mapping[str, Any] = {
    "predictor_type": Categorical((BINARY, MULTICLASS, REGRESSOR)),
    "num_classes": Integer(Interval(low=1, high=CLASSES_MAX)),
    "feature_dim": Or(AUTO, COUNT),
    "epochs": COUNT,
    "mini_batch_size": COUNT,
    "loss": Categorical((AUTO, *(loss for losses in LOSSES.values() for loss in losses))),
    "l1": Or(AUTO, Continuous(FROM_ZERO)),
    "wd": Or(AUTO, Continuous(FROM_ZERO)),
    "bias_wd_mult": Or(AUTO, Continuous(FROM_ZERO)),
    "use_bias": AUTO_FLAG,
    "normalize_data": AUTO_FLAG,
    "normalize_label": AUTO_FLAG,
    "unbias_data": AUTO_FLAG,
    "unbias_label": AUTO_FLAG,
    "num_models": Or(AUTO, COUNT),
    "early_stopping_patience": COUNT,
    "early_stopping_tolerance": RATE,
    "binary_classifier_model_selection_criteria": Categorical(CRITERIA),
    "target_recall": Continuous(INSIDE_UNIT),
    "target_precision": Continuous(INSIDE_UNIT),
    "positive_example_weight_mult": Or(BALANCED, RATE),
    "balance_multiclass_weights": Flag(),
    "f_beta": RATE,
    "accuracy_top_k": Integer(Interval(low=1, high=CLASSES_MAX)),
    "margin": Continuous(FROM_ZERO),
    "quantile": Continuous(INSIDE_UNIT),
    "loss_insensitivity": RATE,
    "huber_delta": Continuous(FROM_ZERO),
    "optimizer": Categorical((AUTO, "sgd", "adam", "rmsprop")),
    "learning_rate": Or(AUTO, RATE),
    "momentum": Or(AUTO, Continuous(BELOW_ONE)),
    "beta_1": Or(AUTO, Continuous(BELOW_ONE)),
    "beta_2": Or(AUTO, Continuous(BELOW_ONE)),
    "bias_lr_mult": Or(AUTO, RATE),
    "use_lr_scheduler": Flag(),
    "lr_scheduler_step": Or(AUTO, COUNT),
    "lr_scheduler_factor": Or(AUTO, Continuous(INSIDE_UNIT)),
    "lr_scheduler_minimum_lr": Or(AUTO, RATE),
    "init_method": Categorical(("uniform", "normal")),
    "init_scale": RATE,
    "init_sigma": RATE,
    "init_bias": Continuous(Interval()),
    "num_calibration_samples": Or(AUTO, COUNT),
    "num_point_for_scaler": COUNT,
}
STEERS_NOTHING = (
    *("optimizer", "learning_rate", "momentum", "beta_1", "beta_2", "bias_lr_mult", "mini_batch_size"),
    *("use_lr_scheduler", "lr_scheduler_step", "lr_scheduler_factor", "lr_scheduler_minimum_lr"),
    *("init_method", "init_scale", "init_sigma", "init_bias", "num_calibration_samples", "num_point_for_scaler"),
)

DEFAULTS: Mapping[str, Any] = {
    "feature_dim": AUTO,
    "epochs": 15,
    "mini_batch_size": 1000,
    "loss": AUTO,
    "l1": AUTO,
    "wd": AUTO,
    "bias_wd_mult": AUTO,
    "use_bias": True,
    "normalize_data": True,
    "normalize_label": AUTO,
    "unbias_data": AUTO,
    "unbias_label": AUTO,
    "num_models": AUTO,
    "early_stopping_patience": 3,
    "early_stopping_tolerance": 0.001,
    "binary_classifier_model_selection_criteria": "accuracy",
    "target_recall": 0.8,
    "target_precision": 0.8,
    "positive_example_weight_mult": 1.0,
    "balance_multiclass_weights": False,
    "f_beta": 1.0,
    "accuracy_top_k": 3,
    "margin": 1.0,
    "quantile": 0.5,
    "loss_insensitivity": 0.01,
    "huber_delta": 1.0,
}


def _check_loss(values: dict[str, Any]) -> None:
    allowed = LOSSES[values["predictor_type"]]
    if values["loss"] == AUTO:
        values["loss"] = allowed[0]
    if values["loss"] not in allowed:
        raise UserError(
            f"Hyperparameter loss: {values['loss']} is no loss of predictor_type {values['predictor_type']}; "
            f"use one of {', '.join((AUTO, *allowed))}."
        )


def _check_classes(values: Mapping[str, Any], own: Mapping[str, str]) -> None:
    if values["predictor_type"] != MULTICLASS:
        return
    if "num_classes" not in own:
        raise UserError(
            "Missing required hyperparameter: num_classes, which predictor_type multiclass_classifier needs."
        )
    if values["num_classes"] < 3:
        raise UserError(
            f"Hyperparameter num_classes: {values['num_classes']} is below 3; "
            f"for two classes use predictor_type {BINARY}."
        )


def _check(values: dict[str, Any], own: Mapping[str, str]) -> None:
    _check_loss(values)
    _check_classes(values, own)


PARAMETERS = Parameters(
    algorithm="linear-learner",
    kinds=KINDS,
    defaults=DEFAULTS,
    required={"predictor_type": f"set it to one of {', '.join(LOSSES)}"},
    idle=STEERS_NOTHING,
    check=_check,
)
