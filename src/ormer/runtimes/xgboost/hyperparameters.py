"""The hyperparameters of the built-in algorithm: their kinds, ranges and dependencies, with AWS's words for mistakes.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

from ..toolkit.failures import UserError
from ..toolkit.ranges import Categorical, Continuous, Groups, Integer, Interval, Numbers, Words
from .metrics import ALL_METRICS
from .tags import Behaviour

INT32_MAX = 2**31 - 1
FROM_ZERO = Interval(low=0)
FROM_ONE = Interval(low=1)
ABOVE_ZERO = Interval(low=0, low_open=True)
UNIT = Interval(low=0, high=1)
UNIT_ABOVE_ZERO = Interval(low=0, high=1, low_open=True)
TRUE_OR_FALSE = Categorical(("true", "false"))
ZERO_OR_ONE = Integer(UNIT)

LINEAR_UPDATERS = ("shotgun", "coord_descent")
GROWING_UPDATERS = ("grow_colmaker", "distcol", "grow_histmaker", "grow_quantile_histmaker")
TREE_UPDATERS = (*GROWING_UPDATERS, "grow_skmaker", "sync", "refresh", "prune")
REFRESHING_UPDATERS = ("refresh", "prune")

OBJECTIVES = (
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:absoluteerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
)
MULTICLASS_OBJECTIVES = ("multi:softmax", "multi:softprob")

KINDS: Mapping[str, Any] = {
    "num_round": Integer(FROM_ONE),
    "csv_weights": ZERO_OR_ONE,
    "early_stopping_rounds": Integer(FROM_ONE),
    "booster": Categorical(("gbtree", "gblinear", "dart")),
    "verbosity": Integer(Interval(low=0, high=3)),
    "nthread": Integer(FROM_ONE),
    "eta": Continuous(UNIT),
    "gamma": Continuous(FROM_ZERO),
    "max_depth": Integer(FROM_ZERO),
    "min_child_weight": Continuous(FROM_ZERO),
    "max_delta_step": Continuous(FROM_ZERO),
    "subsample": Continuous(UNIT_ABOVE_ZERO),
    "colsample_bytree": Continuous(UNIT_ABOVE_ZERO),
    "colsample_bylevel": Continuous(UNIT_ABOVE_ZERO),
    "colsample_bynode": Continuous(UNIT_ABOVE_ZERO),
    "lambda": Continuous(FROM_ZERO),
    "alpha": Continuous(FROM_ZERO),
    "tree_method": Categorical(("auto", "exact", "approx", "hist", "gpu_hist")),
    "sketch_eps": Continuous(Interval(low=0, high=1, low_open=True, high_open=True)),
    "scale_pos_weight": Continuous(ABOVE_ZERO),
    "updater": Words((*TREE_UPDATERS, *LINEAR_UPDATERS)),
    "dsplit": Categorical(("row", "col")),
    "refresh_leaf": ZERO_OR_ONE,
    "process_type": Categorical(("default", "update")),
    "grow_policy": Categorical(("depthwise", "lossguide")),
    "max_leaves": Integer(FROM_ZERO),
    "max_bin": Integer(FROM_ZERO),
    "predictor": Categorical(("auto", "cpu_predictor", "gpu_predictor")),
    "monotone_constraints": Numbers((-1, 0, 1)),
    "interaction_constraints": Groups(FROM_ZERO),
    "sample_type": Categorical(("uniform", "weighted")),
    "normalize_type": Categorical(("tree", "forest")),
    "rate_drop": Continuous(UNIT),
    "one_drop": ZERO_OR_ONE,
    "skip_drop": Continuous(UNIT),
    "lambda_bias": Continuous(UNIT),
    "tweedie_variance_power": Continuous(Interval(low=1, high=2, low_open=True, high_open=True)),
    "objective": Categorical(OBJECTIVES),
    "num_class": Integer(Interval(low=2)),
    "base_score": Continuous(FROM_ZERO),
    "_kfold": Integer(Interval(low=2)),
    "_num_cv_round": Integer(FROM_ONE),
    "_tuning_objective_metric": Categorical(tuple("validation:" + metric for metric in ALL_METRICS)),
    "eval_metric": Words(ALL_METRICS, scored=("error", "ndcg", "map")),
    "seed": Integer(Interval(low=-INT32_MAX - 1, high=INT32_MAX, low_open=True, high_open=True)),
    "num_parallel_tree": Integer(FROM_ONE),
    "save_model_on_termination": TRUE_OR_FALSE,
    "aft_loss_distribution": Categorical(("normal", "logistic", "extreme")),
    "aft_loss_distribution_scale": Continuous(FROM_ZERO),
    "deterministic_histogram": TRUE_OR_FALSE,
    "sampling_method": Categorical(("uniform", "gradient_based")),
    "prob_buffer_row": Continuous(Interval(low=1, low_open=True)),
    "use_dask_gpu_training": TRUE_OR_FALSE,
}
SILENT = Integer(Interval(low=0, high=1))

ALIASES = {
    "learning_rate": "eta",
    "min_split_loss": "gamma",
    "reg_lambda": "lambda",
    "reg_alpha": "alpha",
}
REQUIRED = ("num_round",)


def parse_hyperparameters(texts: Mapping[str, str], behaviour: Behaviour) -> Dict[str, Any]:
    """Returns the hyperparameters as numbers, words, tuples. Raises UserError that names the first wrong one."""
    kinds = dict(KINDS, silent=SILENT) if behaviour.accepts_silent else KINDS
    renamed = {ALIASES.get(name, name): str(text) for name, text in texts.items()}
    for name in REQUIRED:
        if name not in renamed:
            raise UserError("Missing required hyperparameter: {}".format(name))
    for name in renamed:
        if name not in kinds:
            raise UserError("Extraneous hyperparameter found: {}".format(name))
    values = {name: kinds[name].read(name, text) for name, text in renamed.items()}
    _check_objective(values)
    _check_updater(values)
    _check_constraints(values)
    return values


def _check_objective(values: Mapping[str, Any]) -> None:
    objective, metrics = values.get("objective"), values.get("eval_metric", ())
    if objective in MULTICLASS_OBJECTIVES and "num_class" not in values:
        raise UserError("Require input for parameter 'num_class' for multi-classification")
    if objective is None and "num_class" in values:
        raise UserError("Do not need to setup parameter 'num_class' for learning task other than multi-classification.")
    if "auc" in metrics and objective and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_updater(values: Mapping[str, Any]) -> None:
    updaters = values.get("updater")
    if not updaters:
        return
    if values.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in LINEAR_UPDATERS:
            raise UserError("Linear updater should be one of these options: {}.".format(_quoted(LINEAR_UPDATERS)))
    elif values.get("process_type") == "update":
        if any(updater not in REFRESHING_UPDATERS for updater in updaters):
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif any(updater not in TREE_UPDATERS for updater in updaters):
        raise UserError("Tree updater should be selected from these options: {}.".format(_quoted(TREE_UPDATERS)))
    elif sum(updater in GROWING_UPDATERS for updater in updaters) > 1:
        raise UserError(
            "Only one tree grow plugin can be selected. Choose one from the following: {}".format(
                _quoted(GROWING_UPDATERS)
            )
        )


def _check_constraints(values: Mapping[str, Any]) -> None:
    method = values.get("tree_method")
    if "monotone_constraints" in values and method not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'."
        )
    if "interaction_constraints" in values and method not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )


def _quoted(words: Any) -> str:
    return ", ".join("'{}'".format(word) for word in words)
