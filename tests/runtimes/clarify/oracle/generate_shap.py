"""Writes shap_values.json: Shapley values computed by the shap package, for the tests to repeat.

Run it in an environment of its own:

    uv venv --python 3.11 oracle
    uv pip install --python oracle/bin/python shap==0.51.0 numpy scikit-learn
    oracle/bin/python generate_shap.py shap_values.json

Each case holds the weights of a small model (see `score`), the records, the baseline rows and what two explainers of
that package say: the kernel one over every coalition, and the exact one, which enumerates on its own. Cases with
`logit` are explained in log-odds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shap

SEED = 20240602
CASES = 60
DIGITS = 15


def score(rows: np.ndarray, model: dict[str, Any]) -> np.ndarray:
    """Return rows x outputs: a sum of linear, pairwise and stepped parts, squeezed into 0..1 for a probability."""
    linear, pairs, steps = (np.array(model[name]) for name in ("linear", "pairs", "steps"))
    total = rows @ linear + np.einsum("ni,nj,ijo->no", rows, rows, pairs) + (rows > 0.3).astype(float) @ steps
    return 1 / (1 + np.exp(-total)) if model["probability"] else total


def case(random: np.random.Generator) -> dict[str, Any]:
    features, outputs = int(random.integers(1, 8)), int(random.integers(1, 4))
    probability = bool(random.random() < 0.5)
    model = {
        "linear": random.normal(size=(features, outputs)).round(3).tolist(),
        "pairs": (random.normal(size=(features, features, outputs)) * 0.4).round(3).tolist(),
        "steps": random.normal(size=(features, outputs)).round(3).tolist(),
        "probability": probability,
    }
    records = random.normal(size=(3, features)).round(3)
    baseline = random.normal(size=(int(random.integers(1, 5)), features)).round(3)
    # Some cells are those of the baseline, so that features drop out.
    records[0, 0] = baseline[0, 0]
    logit = bool(probability and random.random() < 0.5)
    return {"model": model, "records": records.tolist(), "baseline": baseline.tolist(), "logit": logit}


def explained(one: dict[str, Any]) -> dict[str, Any]:
    records, baseline = np.array(one["records"]), np.array(one["baseline"])
    features, outputs = records.shape[1], len(one["model"]["linear"][0])
    link = "logit" if one["logit"] else "identity"
    kernel = shap.KernelExplainer(lambda rows: score(rows, one["model"]), baseline, link=link)
    values = np.array(kernel.shap_values(records, nsamples=2**features, l1_reg=False, silent=True))
    values = values.reshape(len(records), features, outputs)
    found = {"kernel": values.round(DIGITS).tolist(), "expected": np.atleast_1d(kernel.expected_value).tolist()}
    if one["logit"] and len(baseline) > 1:
        return found  # The exact explainer averages log-odds, the kernel one averages probabilities first.

    def linked(rows: np.ndarray) -> np.ndarray:
        scores = score(rows, one["model"])
        return np.log(scores / (1 - scores)) if one["logit"] else scores

    masker = shap.maskers.Independent(baseline, max_samples=len(baseline))
    exact = shap.explainers.Exact(linked, masker)(records).values
    return {**found, "exact": np.array(exact).reshape(len(records), features, outputs).round(DIGITS).tolist()}


def main(target: Path) -> None:
    random = np.random.default_rng(SEED)
    cases = [case(random) for _ in range(CASES)]
    found = [{**one, **explained(one)} for one in cases]
    target.write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
