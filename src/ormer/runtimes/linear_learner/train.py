"""Training: checks parameters and data, fits, tells the metrics in AWS's words, writes the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from ..toolkit.contract import DEFAULT_ROOT
from ..vectors.training import Algorithm, Training, run
from .hyperparameters import BINARY, PARAMETERS

CHANNELS = ("train", "validation", "test")


def main(root: Path = DEFAULT_ROOT, environ: Mapping[str, str] | None = None) -> int:
    """Trains the job under root; returns the exit code and leaves the reason of a failure in output/failure."""
    return run(Algorithm(PARAMETERS, fit, CHANNELS, labels=CHANNELS), root, environ)


def fit(training: Training) -> None:
    """Trains and writes the model. Raises UserError for labels that are no classes."""
    from .data import check_labels
    from .model_files import save_model

    for name, table in training.tables.items():
        check_labels(table, name, training.values)
    save_model(fit_model(training.tables, training.values, training.job.current_host), training.model_dir)


def fit_model(tables: Mapping[str, Any], values: Mapping[str, Any], host: str) -> Any:
    """Returns the Model and tells metrics of every epoch and, at the end, of every channel."""
    from .fitting import fit as find_weights
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
    linear, losses = find_weights({name: tables[name] for name in tables if name != "test"}, values, told)
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
