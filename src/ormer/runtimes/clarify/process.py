"""One Clarify processing job: reads the configuration and the dataset, runs the analyses, writes the results.

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from . import drift
from .bias_reports import post_training_section, pre_training_section
from .config import load_config
from .datasets import LABEL_MISSING, Dataset, load_dataset
from .errors import ClientError
from .explanations import Explanations, explain_model
from .metrics import publish
from .models import Invoke, Model, model_for
from .places import Places
from .predictions import as_labels, dataset_predictions, predicted_labels
from .report.facts import gather
from .report.files import write_reports

LOG = logging.getLogger("clarify")
SERVERS_VARIABLE = "ORMER_PREDICTOR_SERVERS"
BASELINE_VARIABLE = "baseline_constraints"
READY_SECONDS_MAX = 600.0
NO_VIOLATIONS = "Completed: Job completed successfully with no violations."
SOME_VIOLATIONS = "CompletedWithViolations: Job completed successfully with {count} violations."
NO_SERVER = "The configuration names a predictor, but no model server was started beside the job."


def main(root: Path = Path("/opt/ml"), environ: Mapping[str, str] = os.environ) -> int:
    """Run the job under `root`. Returns the exit code: 0, or 1 when configuration, data or model is at fault.

    The message file holds how it ended; on an error it and standard error hold "ClientError: <text>".
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s", force=True)
    places = Places(Path(root), environ)
    try:
        message = run(places)
    except ClientError as error:
        print(f"ClientError: {error}", file=sys.stderr)
        _write(places.message, f"ClientError: {error}")
        return 1
    _write(places.message, message)
    LOG.info("%s", message)
    return 0


def run(places: Places, invoke: Invoke | None = None) -> str:
    """Do the whole analysis and return the text for the message file. Raises ClientError."""
    config = load_config(places.config, places.environ)
    baseline_path = places.environ.get(BASELINE_VARIABLE)
    baseline = drift.load_baseline(places.below(baseline_path)) if baseline_path else None
    dataset = load_dataset(config, places)
    LOG.info("The dataset has %d rows and %d features.", len(dataset.rows), len(dataset.features))
    analysis, explanations, predicted = analyze(dataset, config, places, invoke)
    found = None if baseline is None else drift.violations(analysis, baseline)
    _write_results(places, analysis, explanations, found)
    write_reports(gather(config, dataset, analysis, predicted, found), places.output)
    publish(places, analysis)
    return SOME_VIOLATIONS.format(count=len(found)) if found else NO_VIOLATIONS


def analyze(
    dataset: Dataset, config: dict[str, Any], places: Places, invoke: Invoke | None = None
) -> tuple[dict[str, Any], Explanations | None, pl.Series | None]:
    """Return (the content of analysis.json, the explanations or None, the predicted labels or None)."""
    methods = config["methods"]
    analysis: dict[str, Any] = {"version": "1.0"}
    explanations = predicted = model = None
    if "post_training_bias" in methods:
        if dataset.label is None:
            raise ClientError(f"{LABEL_MISSING} Post-training bias metrics compare predictions with a label.")
        if dataset.predicted_label is None and dataset.answers is None:
            model = _model(config, places, invoke)
        predicted = _predictions(dataset, config, model)
        analysis["post_training_bias_metrics"] = post_training_section(dataset, config, predicted)
    if "pre_training_bias" in methods:
        analysis["pre_training_bias_metrics"] = pre_training_section(dataset, config)
    if methods.keys() & {"shap", "pdp"}:
        model = model or _model(config, places, invoke)
        explanations = explain_model(dataset, config, places, model)
        analysis["explanations"] = explanations.section
    if model is not None:
        LOG.info("The model predicted %d records.", model.records_sent)
    return analysis, explanations, predicted


def _predictions(dataset: Dataset, config: dict[str, Any], model: Model | None) -> pl.Series:
    label = dataset.rows[dataset.label or ""]
    if model is None and dataset.answers is not None:
        return as_labels(*dataset.answers, label, config)
    if model is None:
        return dataset_predictions(dataset.rows[dataset.predicted_label or ""], label, config)
    columns = dataset.sent_for_bias(explained=bool(config["methods"].keys() & {"shap", "pdp"}))
    return predicted_labels(model, dataset.rows.select(columns), label, config)


def _model(config: dict[str, Any], places: Places, invoke: Invoke | None) -> Model:
    return model_for(config, invoke) if invoke else model_for(config, *_served(places.environ))


def _served(environ: Mapping[str, str]) -> tuple[Invoke, bool]:
    """Return the call to the model servers that the platform put beside the job, once they are ready.

    Beside it stands whether they read matrices.
    """
    addresses = json.loads(environ.get(SERVERS_VARIABLE, "[]"))
    if not addresses:
        raise ClientError(NO_SERVER)
    from ..serving.client import Predictor, ServerNotReady, ServerUnreachable

    predictor = Predictor(addresses)
    try:
        predictor.wait_ready(READY_SECONDS_MAX)
        matrices = predictor.takes_matrices()
    except (ServerNotReady, ServerUnreachable) as error:
        raise ClientError(f"The model server did not become ready: {error}") from error

    def invoke(body: bytes, content_type: str, accept: str, headers: dict[str, str]) -> Any:
        try:
            return predictor.invoke(body, content_type, accept, headers)
        except ServerUnreachable as error:
            raise ClientError(f"The model server stopped answering: {error}") from error

    return invoke, matrices


def _write_results(
    places: Places, analysis: dict[str, Any], explanations: Explanations | None, found: list[dict[str, Any]] | None
) -> None:
    places.output.mkdir(parents=True, exist_ok=True)
    _write(places.output / "analysis.json", json.dumps(analysis, indent=4))
    if explanations is not None and explanations.baseline is not None:
        folder = places.output / "explanations_shap"
        folder.mkdir(exist_ok=True)
        explanations.baseline.write_csv(folder / "baseline.csv")
        if explanations.local is not None:
            explanations.local.write_csv(folder / "out.csv")
    if found:
        _write(
            places.output / "constraint_violations.json", json.dumps({"version": "1.0", "violations": found}, indent=4)
        )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
