"""A training job of this family: checks parameters and channels, loads tables, fits, and says why when it fails."""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Mapping

from ..toolkit.contract import Contract, base_dir
from ..toolkit.failures import UserError, write_failure
from .hyperparameters import AUTO, Parameters

REPLICATED = "FullyReplicated"
USER_ERROR_EXIT_CODE = 2
# One instance trains: of several, each of which has its share of the objects, none has all of them.
ONE_INSTANCE = (
    "Channel {}: data sharded over {} instances needs distributed training, which is not available here; use one "
    f"instance or {REPLICATED} data."
)

Fit = Callable[["Training"], None]


@dataclass(frozen=True)
class Training:
    """One job whose parameters and tables are checked. tables: {channel: Table}."""

    job: Contract
    values: Mapping[str, Any]
    tables: Mapping[str, Any]

    @property
    def model_dir(self) -> Path:
        return self.job.model_dir

    @property
    def train(self) -> Any:
        """The table of channel train."""
        return self.tables["train"]

    def tell(self, channel: str, name: str, value: float, sort: str = "loss", epoch: int | None = None) -> None:
        """Prints a metric as these algorithms do; the platform finds it in the log."""
        when = "" if epoch is None else f"epoch={epoch}, "
        host = self.job.current_host
        print(f"#quality_metric: host={host}, {when}{channel} {name} <{sort}>={float(value)}", flush=True)


@dataclass(frozen=True)
class Algorithm:
    """What is particular to one algorithm. labels: channels whose rows need a label; label_sizes: columns of labels in
    CSV where the content type does not say."""

    parameters: Parameters
    fit: Fit
    channels: tuple[str, ...] = ("train", "test")
    labels: tuple[str, ...] = ()
    label_sizes: Mapping[str, int] = field(default_factory=dict)


def run(algorithm: Algorithm, root: Path, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    variables = os.environ if environ is None else environ
    return guarded(lambda: train(algorithm, Contract.read(root, variables)), base_dir(root, variables))


def guarded(work: Callable[[], None], base: Path) -> int:
    """Runs a training; returns the exit code, with the reason in output/failure where the user can mend it."""
    try:
        work()
        return 0
    except UserError as error:
        print(f"ClientError: {error}", file=sys.stderr, flush=True)
        write_failure(base, f"ClientError: {error}")
        return USER_ERROR_EXIT_CODE
    except MemoryError as error:
        traceback.print_exc()
        write_failure(base, f"ClientError: Out of memory: {error}. Use a larger instance type.")
        return USER_ERROR_EXIT_CODE


def train(algorithm: Algorithm, job: Contract) -> None:
    """Trains and writes the model. Raises UserError for wrong parameters or data.

    Parameters are checked before NumPy is imported, so that a typing mistake fails at once.
    """
    values = algorithm.parameters.read(job.raw)
    check_channels(job, algorithm.channels)
    if leaves_to_another(job):
        return
    tell_idle(job, algorithm.parameters.idle)
    algorithm.fit(Training(job, values, load_tables(algorithm, job, values)))


def leaves_to_another(job: Contract) -> bool:
    """Whether another instance of the job trains: the first one does."""
    if job.current_host == job.hosts[0]:
        return False
    print(f"Host {job.current_host} leaves the training to {job.hosts[0]}", flush=True)
    return True


def tell_idle(job: Contract, idle: tuple[str, ...]) -> None:
    """Says which of the given hyperparameters change nothing."""
    found = [name for name in idle if name in job.raw]
    if found:
        print(f"Without effect, for the fit goes to the optimum: {', '.join(found)}", flush=True)


def check_channels(job: Contract, channels: tuple[str, ...]) -> None:
    """Raises UserError when a channel is missing, unknown, or of a kind that the algorithm cannot read."""
    if "train" not in job.channels:
        raise UserError("Missing required channel: train")
    for name, config in job.channels.items():
        if name not in channels:
            raise UserError(
                f"Additional channels are not allowed ('{name}' was unexpected); use {', '.join(channels)}."
            )
        if config.get("TrainingInputMode", "File") == "Pipe":
            raise UserError(f"Channel {name}: input mode Pipe is not available here; use File or FastFile.")
        if config.get("S3DistributionType", REPLICATED) != REPLICATED and len(job.hosts) > 1:
            raise UserError(ONE_INSTANCE.format(name, len(job.hosts)))


def load_tables(algorithm: Algorithm, job: Contract, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns {channel: Table} of the job's channels, checked. Raises UserError for data that does not fit."""
    from .channels import LABELS_IN_CSV, check_table, load_channel

    tables: dict[str, Any] = {}
    for name in algorithm.channels:
        if name not in job.channels:
            continue
        size = algorithm.label_sizes.get(name, LABELS_IN_CSV)
        said = job.channels[name].get("ContentType")
        tables[name] = load_channel(job.channel(name), name, said, name in algorithm.labels, size)
        width = tables["train"].features.shape[1] if values["feature_dim"] == AUTO else values["feature_dim"]
        check_table(tables[name], name, values, width, algorithm.parameters.algorithm)
        print("Channel {} has {} records of {} features".format(name, *tables[name].features.shape), flush=True)
    return tables
