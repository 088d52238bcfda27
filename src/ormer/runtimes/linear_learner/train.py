"""Training: checks parameters and data, fits, tells the metrics in AWS's words, writes the model."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any, Mapping

from ..toolkit.contract import DEFAULT_ROOT, Contract, base_dir
from ..toolkit.failures import UserError, write_failure
from .hyperparameters import AUTO, BINARY, STEERS_NOTHING, parse_hyperparameters

CHANNELS = ("train", "validation", "test")
REPLICATED = "FullyReplicated"
USER_ERROR_EXIT_CODE = 2


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    variables = os.environ if environ is None else environ
    try:
        train(Contract.read(root, variables))
        return 0
    except UserError as error:
        print(f"ClientError: {error}", file=sys.stderr, flush=True)
        write_failure(base_dir(root, variables), f"ClientError: {error}")
        return USER_ERROR_EXIT_CODE
    except MemoryError as error:
        traceback.print_exc()
        write_failure(base_dir(root, variables), f"ClientError: Out of memory: {error}. Use a larger instance type.")
        return USER_ERROR_EXIT_CODE


def train(job: Contract) -> None:
    """Trains and writes the model. Raises UserError for wrong parameters or data.

    Parameters are checked before NumPy is imported, so that a typing mistake fails at once.
    """
    values = parse_hyperparameters(job.raw)
    check_channels(job)
    if job.current_host != job.hosts[0]:
        print(f"Host {job.current_host} leaves the training to {job.hosts[0]}", flush=True)
        return
    idle = [name for name in STEERS_NOTHING if name in job.raw]
    if idle:
        print(f"Without effect, for the fit goes to the optimum: {', '.join(idle)}", flush=True)
    from .model_files import save_model

    tables = load_tables(job, values)
    model = fit_model(tables, values, job.current_host)
    save_model(model, job.model_dir)


def check_channels(job: Contract) -> None:
    """Raises UserError when a channel is missing, unknown, or of a kind that the algorithm cannot read."""
    if "train" not in job.channels:
        raise UserError("Missing required channel: train")
    for name, config in job.channels.items():
        if name not in CHANNELS:
            raise UserError(
                f"Additional channels are not allowed ('{name}' was unexpected); use {', '.join(CHANNELS)}."
            )
        if config.get("TrainingInputMode", "File") == "Pipe":
            raise UserError(f"Channel {name}: input mode Pipe is not available here; use File or FastFile.")
        if config.get("S3DistributionType", REPLICATED) != REPLICATED and len(job.hosts) > 1:
            raise UserError(
                f"Channel {name}: data sharded over {len(job.hosts)} instances needs distributed training, which is "
                f"not available here; use one instance or {REPLICATED} data."
            )


def load_tables(job: Contract, values: dict[str, Any]) -> dict[str, Any]:
    """Returns {channel: Table} of the job's channels, checked. Raises UserError for data that does not fit."""
    from .data import check_table, load_channel

    tables: dict[str, Any] = {}
    for name in CHANNELS:
        if name not in job.channels:
            continue
        tables[name] = load_channel(job.channel(name), name, job.channels[name].get("ContentType"))
        width = tables["train"].features.shape[1] if values["feature_dim"] == AUTO else values["feature_dim"]
        check_table(tables[name], name, values, width)
        print("Channel {} has {} records of {} features".format(name, *tables[name].features.shape), flush=True)
    return tables


def fit_model(tables: Mapping[str, Any], values: dict[str, Any], host: str) -> Any:
    """Returns the Model and tells metrics of every epoch and, at the end, of every channel."""
    from .fitting import fit
    from .model_files import Model, usual_threshold
    from .quality import choose_threshold, measure, objective_name

    objective, epochs = objective_name(values["loss"]), values["epochs"]

    def told(epoch: int, losses: Mapping[str, float]) -> None:
        for channel, loss in losses.items():
            print(f"#quality_metric: host={host}, epoch={epoch}, {channel} {objective} <loss>={loss}")
        print(
            f"#progress_metric: host={host}, completed {min(100 * (epoch + 1) // epochs, 100)} % of epochs", flush=True
        )

    kind = values["predictor_type"]
    linear, losses = fit({name: tables[name] for name in tables if name != "test"}, values, told)
    threshold = usual_threshold(kind, values["loss"])
    if kind == BINARY:
        judge = tables.get("validation", tables["train"])
        uncut = Model(linear.weights, linear.bias, kind, values["loss"], threshold)
        threshold = choose_threshold(uncut.scores(judge.features), judge.labels, values, threshold)
    model = Model(linear.weights, linear.bias, kind, values["loss"], threshold)
    for channel, table in tables.items():
        found = measure(kind, model.scores(table.features), table.labels, threshold, values)
        if channel in losses:
            found = {objective: ("loss", losses[channel]), **found}
        for name, (sort, value) in found.items():
            print(f"#quality_metric: host={host}, {channel} {name} <{sort}>={value}", flush=True)
    return model
