"""Writes bias_vectors.json: random bias reports computed by the open source Clarify library, for the tests to repeat.

Run it in an environment of its own, with a checkout of https://github.com/aws/amazon-sagemaker-clarify:

    uv venv --python 3.11 oracle
    uv pip install --python oracle/bin/python numpy==1.26.4 pandas==2.0.3 scikit-learn==1.3.2 pyfunctional==1.5.0
    PYTHONPATH=<checkout>/src oracle/bin/python generate.py bias_vectors.json

The vectors here were made with its commit 024329d19b0dffae91a103adf48eb2ad902e6bde (Apache-2.0). Each case holds the
columns as texts, the configuration and the two reports (or the text of the error).
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from smclarify.bias import report

SEED = 20240601
CASES = 400
# Tables with missing cells, truth values, whole numbers written as 1.0, and values of another type than the column's.
ODD_CASES = 200


def facet_column(random: np.random.Generator, rows: int, kind: str) -> tuple[list[Any], list[Any] | None]:
    """Return (cells, value_or_threshold)."""
    if kind == "real":
        return random.random(rows).round(3).tolist(), [float(random.choice([0.2, 0.5, 0.9, 0.999]))]
    if kind == "whole":
        return random.integers(0, 90, rows).tolist(), [int(random.integers(5, 80))]
    if kind == "binary":
        return random.integers(0, 2, rows).tolist(), [int(random.integers(0, 2))]
    if kind == "texts":
        cells = random.choice(["red", "green", "blue"], rows).tolist()
        return cells, [None, ["red"], ["red", "blue"], ["violet"]][random.integers(0, 4)]
    if kind == "truth":
        return random.choice(["True", "False"], rows).tolist(), [None, ["True"]][random.integers(0, 2)]
    return random.integers(0, 4, rows).tolist(), [1, 2]


def label_columns(random: np.random.Generator, rows: int, kind: str) -> tuple[list[Any], list[Any], list[Any]]:
    """Return (labels, predicted labels, label_values_or_threshold)."""
    share = random.choice([0.05, 0.3, 0.5, 0.9])
    wrong = random.random(rows) < random.choice([0.0, 0.1, 0.5])
    truth = random.random(rows) < share
    predicted = truth ^ wrong
    if kind == "binary":
        return truth.astype(int).tolist(), predicted.astype(int).tolist(), [1]
    if kind == "texts":
        return np.where(truth, "yes", "no").tolist(), np.where(predicted, "yes", "no").tolist(), ["yes"]
    if kind == "real":
        noise = random.normal(0, 0.2, rows)
        return (truth + noise).round(4).tolist(), (predicted + noise / 2).round(4).tolist(), [0.5]
    if kind == "whole":
        return random.integers(0, 40, rows).tolist(), random.integers(0, 40, rows).tolist(), [12]
    labels = random.choice(["a", "b", "c"], rows)
    return labels.tolist(), np.where(wrong, random.permutation(labels), labels).tolist(), ["a", "c"]


def columns(random: np.random.Generator) -> tuple[pd.DataFrame, dict[str, Any]]:
    rows = int(random.choice([6, 15, 40, 100]))
    facet_kind = str(random.choice(["real", "whole", "binary", "texts", "truth", "several"]))
    label_kind = str(random.choice(["binary", "texts", "real", "whole", "many"]))
    facet, facet_values = facet_column(random, rows, facet_kind)
    label, predicted, label_values = label_columns(random, rows, label_kind)
    data = {
        "facet": facet,
        "label": label,
        "predicted": predicted,
        "x": random.integers(0, 9, rows).tolist(),
        "y": random.normal(0, 1, rows).round(3).tolist(),
    }
    if random.random() < 0.2:
        data["z"] = random.choice(["u", "v"], rows).tolist()
    group = str(random.choice(["", "x", "z"])) if "z" in data else str(random.choice(["", "x"]))
    return pd.DataFrame(data), {"facet": facet_values, "label": label_values, "group": group or None}


def odd_columns(random: np.random.Generator) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Like `columns`, with what real files hold besides: gaps, truth values as labels, numbers asked for as texts."""
    frame, config = columns(random)
    kind = str(random.choice(["gaps", "truth", "tenths", "spelled", "groups"]))
    if kind == "gaps":
        # A column of truth values with gaps is read as objects, of which the library takes every gap for True.
        gappy = [name for name in ("facet", "x", "y") if not frame[name].isin(["True", "False"]).any()]
        for name in random.choice(gappy, random.integers(1, 3), replace=False):
            frame[name] = frame[name].astype(object)
            frame.loc[random.random(len(frame)) < 0.15, name] = ""
    elif kind == "truth":
        frame["label"] = np.where(random.random(len(frame)) < 0.6, "True", "False")
        frame["predicted"] = np.where(random.random(len(frame)) < 0.2, "False", frame["label"])
        config["label"] = [[True], ["True"], ["true"], [1]][random.integers(0, 4)]
    elif kind == "tenths":
        frame["label"] = np.where(random.random(len(frame)) < 0.4, 1.0, 0.0)
        frame["predicted"] = np.where(random.random(len(frame)) < 0.2, 0.0, frame["label"])
        config["label"] = [[1], [1.0], [0], [0.5], [1, 0]][random.integers(0, 5)]
    elif kind == "spelled":
        frame["facet"] = random.integers(0, 3, len(frame))
        config["facet"] = [["1"], ["1", "2"], [True], [1.0], ["one"]][random.integers(0, 5)]
    else:
        frame["z"] = random.choice(["u", "v", "", "w w"], len(frame))
        config["group"] = str(random.choice(["z", "y", "facet"]))
    return frame, config


def as_read(frame: pd.DataFrame) -> pd.DataFrame:
    """Pass the frame through CSV, so that its types are those of a dataset read from a file."""
    return pd.read_csv(StringIO(frame.to_csv(index=False)))


def answer(frame: pd.DataFrame, config: dict[str, Any], stage: report.StageType) -> Any:
    """Return the library's report for one stage as {facet value: {metric: value}}, or {"error": text}.

    None where the library crashes."""
    values = None if config["facet"] is None else list(config["facet"])
    group = None if config["group"] is None else frame[config["group"]]
    try:
        found = report.bias_report(
            frame.drop(columns=["predicted"]),
            report.FacetColumn("facet", values),
            report.LabelColumn("label", frame["label"], list(config["label"])),
            stage,
            report.LabelColumn("predicted", frame["predicted"], list(config["label"])),
            group_variable=group,
        )
    except (ValueError, RuntimeError, IndexError) as error:
        return {"error": str(error)}
    except Exception:  # Its own mistakes (an unbound name, a type it did not think of) are no answer to repeat.
        return None
    return {entry["value_or_threshold"]: {m["name"]: shown(m) for m in entry["metrics"]} for entry in found}


def shown(metric: dict[str, Any]) -> Any:
    """Return the metric's value, or a list of its error's text."""
    return [metric["error"]] if "error" in metric else metric["value"]


def main(target: Path) -> None:
    logging.disable(logging.CRITICAL)
    random = np.random.default_rng(SEED)
    cases = []
    for number in range(CASES + ODD_CASES):
        frame, config = columns(random) if number < CASES else odd_columns(random)
        read = as_read(frame)
        with contextlib.redirect_stdout(None):
            pre = answer(read, config, report.StageType.PRE_TRAINING)
            post = answer(read, config, report.StageType.POST_TRAINING)
        cells = {name: [str(cell) for cell in frame[name]] for name in frame.columns}
        cases.append({"columns": cells, "config": config, "pre_training": pre, "post_training": post})
    target.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
