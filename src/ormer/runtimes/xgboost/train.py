"""Training in an XGBoost image: the user's script when the job brings one, else the built-in algorithm."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..toolkit.contract import DEFAULT_ROOT, Contract, base_dir
from ..toolkit.failures import AlgorithmError, UserError
from ..toolkit.script import report_failure, run_script
from .hyperparameters import MULTICLASS_OBJECTIVES, parse_hyperparameters
from .lean import import_xgboost
from .tags import Behaviour, behaviour_of

CHANNELS = ("train", "validation", "code")
REPLICATED = "FullyReplicated"
LOGISTIC_OBJECTIVES = ("binary:logistic", "binary:logitraw", "reg:logistic")
INTERCEPT_FITTING_OBJECTIVES = ("reg:absoluteerror",)
EXACT_ROWS_MAX = 4 << 20
"""Up to so many rows tree_method auto meant exact before xgboost 2.0."""

USER_MISTAKES = (
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    "the dataset only contains pos or neg samples",
    "base_score must be in (0,1)",
    "label must be nonnegative",
    "Parameter reg_lambda should be greater equal to 0",
)
"""What xgboost says when the data or a parameter is wrong, rather than xgboost."""

PLATFORM_PARAMETERS = (
    "num_round",
    "csv_weights",
    "early_stopping_rounds",
    "eval_metric",
    "save_model_on_termination",
    "use_dask_gpu_training",
    "silent",
    "_kfold",
    "_num_cv_round",
    "_tuning_objective_metric",
)
"""Hyperparameters that steer this program and mean nothing to xgboost."""


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    variables = os.environ if environ is None else environ
    try:
        job = Contract.read(root, variables)
        if job.program is not None:
            return run_script(job)
        return train(job, behaviour_of(variables))
    except (UserError, AlgorithmError) as error:
        return report_failure(base_dir(root, variables), error)


def train(job: Contract, behaviour: Behaviour) -> int:
    """Runs the built-in algorithm. Raises UserError for wrong parameters or data, AlgorithmError for xgboost's own.

    Parameters are checked before xgboost is imported, so that a typing mistake fails at once.
    """
    values = parse_hyperparameters(job.raw, behaviour)
    if values.get("use_dask_gpu_training") == "true":
        raise UserError("use_dask_gpu_training needs instances with GPUs, and this machine offers none to the job")
    check_channels(job)
    if job.current_host != job.hosts[0]:
        print("Host {} leaves the training to {}".format(job.current_host, job.hosts[0]), flush=True)
        return 0
    xgboost = import_xgboost()
    try:
        boosters = _fit(job, values, behaviour)
    except xgboost.core.XGBoostError as error:
        raise classified(error) from error
    from .model_files import MODEL_NAME, save_model

    for number, booster in enumerate(boosters):
        name = MODEL_NAME if "_kfold" not in values else "{}-{}".format(MODEL_NAME, number)
        save_model(booster, job.model_dir / name, behaviour.pickles_model)
    return 0


def check_channels(job: Contract) -> None:
    """Raises UserError when a channel is missing, unknown, or of a kind that the algorithm cannot read."""
    if "train" not in job.channels:
        raise UserError("Missing required channel: train")
    for name, config in job.channels.items():
        if name not in CHANNELS:
            raise UserError("Extraneous channel found: {}".format(name))
        if config.get("TrainingInputMode", "File") == "Pipe":
            raise UserError(
                "Pipe mode is no longer supported. Please use Fast File mode (default) instead. "
                "Set input_mode='File' in your SageMaker Estimator or TrainingInput."
            )
        sharded = config.get("S3DistributionType", REPLICATED) != REPLICATED
        if sharded and len(job.hosts) > 1:
            raise UserError(
                "Channel configuration for '{}' channel is not supported: data sharded over {} instances needs "
                "distributed training; use one instance or FullyReplicated data".format(name, len(job.hosts))
            )


def check_labels(labels: Any, values: Mapping[str, Any]) -> None:
    """Raises UserError when the labels do not suit the objective; newer xgboost stumbles over them with other words."""
    objective = values.get("objective")
    if objective in LOGISTIC_OBJECTIVES and not (labels.min() >= 0 and labels.max() <= 1):
        raise UserError("label must be in [0,1] for logistic regression")
    if objective in MULTICLASS_OBJECTIVES and not (labels.min() >= 0 and labels.max() < values["num_class"]):
        raise UserError("SoftmaxMultiClassObj: label must be in [0, num_class).")


def old_defaults(parameters: Mapping[str, Any], row_count: int) -> Dict[str, Any]:
    """Returns what xgboost before 2.0 took where the job says nothing, so that an old tag keeps its models."""
    added: Dict[str, Any] = {}
    if "base_score" not in parameters and parameters.get("objective") not in INTERCEPT_FITTING_OBJECTIVES:
        added["base_score"] = 0.5
    chosen = parameters.get("tree_method", "auto") != "auto" or "updater" in parameters
    if not chosen and parameters.get("booster") != "gblinear" and "grow_policy" not in parameters:
        added["tree_method"] = "exact" if row_count <= EXACT_ROWS_MAX else "approx"
    return added


def xgboost_parameters(values: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns the hyperparameters as xgboost takes them, today's names for yesterday's included."""
    parameters = {name: value for name, value in values.items() if name not in PLATFORM_PARAMETERS}
    if parameters.get("objective") == "reg:linear":
        print("reg:linear is now deprecated in favor of reg:squarederror.", flush=True)
        parameters["objective"] = "reg:squarederror"
    if parameters.get("tree_method") == "gpu_hist":
        print(
            "tree_method gpu_hist needs a GPU; training with hist, which builds the same trees on the CPU.", flush=True
        )
        parameters["tree_method"] = "hist"
    if parameters.get("predictor") == "gpu_predictor":
        parameters["predictor"] = "cpu_predictor"
    if "updater" in parameters:
        parameters["updater"] = ",".join(parameters["updater"])
    if "monotone_constraints" in parameters:
        parameters["monotone_constraints"] = "({})".format(",".join(map(str, parameters["monotone_constraints"])))
    if "interaction_constraints" in parameters:
        parameters["interaction_constraints"] = str([list(group) for group in parameters["interaction_constraints"]])
    if values.get("silent") == 1:
        parameters.setdefault("verbosity", 0)
    return parameters


def classified(error: Exception) -> Exception:
    """Returns xgboost's error as the user's or the algorithm's, without the C++ stack trace."""
    text = str(error).split("Stack trace:")[0].strip()
    if any(mistake in text for mistake in USER_MISTAKES):
        return UserError(text)
    return AlgorithmError("XGB train call failed with exception:\n {}".format(text))


def _fit(job: Contract, values: Mapping[str, Any], behaviour: Behaviour) -> List[Any]:
    """Returns the trained Booster, or one per fold."""
    from .boosting import boost
    from .crossval import cross_validate

    folds = values.get("_kfold")
    data = _load(job, ["train", "validation"] if folds else ["train"], values)
    plan = _plan(job, values, behaviour, data)
    stop = _stop_event(values)
    if folds:
        return cross_validate(plan, data, folds, values.get("_num_cv_round", 1), job.output_data_dir, stop)
    held_out = _load(job, ["validation"], values) if "validation" in job.channels else None
    return [boost(plan, data, held_out, stop).booster]


def _load(job: Contract, names: List[str], values: Mapping[str, Any]) -> Any:
    """Returns the DMatrix of one channel, or of several together. Raises UserError when there is no data."""
    from .data import content_kind, load_matrix, shape_of

    kind = content_kind(job.channels[names[0]].get("ContentType"))
    folders = [job.channel(name) for name in names if name in job.channels]
    matrix = load_matrix(folders, kind, csv_weights=values.get("csv_weights", 0) == 1)
    if matrix is None:
        shown = "training" if names[0] == "train" else names[0]
        raise UserError("No data in {} channel path {}".format(shown, folders[0]))
    labels = matrix.get_label()
    check_labels(labels, values)
    if values.get("objective") == "survival:aft":
        # The channel's formats have no place for censoring bounds, so every label counts as observed.
        matrix.set_float_info("label_lower_bound", labels)
        matrix.set_float_info("label_upper_bound", labels)
    print("{} matrix has {} rows and {} columns".format(names[0].capitalize(), *shape_of(matrix)), flush=True)
    return matrix


def _plan(job: Contract, values: Mapping[str, Any], behaviour: Behaviour, data: Any) -> Any:
    import xgboost

    from .boosting import Plan

    parameters = xgboost_parameters(values)
    if behaviour.starts_at_half and int(xgboost.__version__.split(".")[0]) >= 2:
        parameters.update(old_defaults(parameters, int(data.num_row())))
    metrics = _metrics(values)
    return Plan(
        parameters=parameters,
        rounds=values["num_round"],
        metrics=metrics,
        stopping_metric=metrics[-1] if metrics else None,
        stopping_rounds=values.get("early_stopping_rounds", 0),
        keeps_best_only=behaviour.keeps_best_only,
        checkpoint_dir=job.checkpoint_dir,
    )


def _metrics(values: Mapping[str, Any]) -> Tuple[str, ...]:
    """The metrics to print: those asked for, and the one that a tuning job looks at."""
    metrics = list(values.get("eval_metric", ()))
    tuned = values.get("_tuning_objective_metric")
    if tuned:
        name = tuned.split(":")[1]
        metrics = [metric for metric in metrics if metric != name] + [name]
    return tuple(metrics)


def _stop_event(values: Mapping[str, Any]) -> threading.Event:
    """An event that SIGTERM sets when the job wants its model saved on termination; else SIGTERM ends us at once."""
    stop = threading.Event()

    def ask_to_stop(number: int, frame: Optional[FrameType]) -> None:
        stop.set()

    if values.get("save_model_on_termination") == "true":
        signal.signal(signal.SIGTERM, ask_to_stop)
    return stop
