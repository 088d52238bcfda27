"""Shapley values by Clarify's runtime beside shap.KernelExplainer: the same model, records, baseline and budget."""

from __future__ import annotations

import json
from pathlib import Path

from bench import programs
from bench.figures import Figure, Result
from bench.peers import Peers

BY_HAND = Path(__file__).parents[1] / "by_hand"
PROGRAM = Path("src/ormer/runtimes").absolute()
# (features, records, baseline rows): exact by enumeration, exact by a larger one, sampled.
CASES = ((8, 50, 20), (11, 50, 20), (20, 20, 10))


def measure(peers: Peers) -> list[Result]:
    """Both in one process, one after the other, on a regression of gradient-boosted trees."""
    found: list[Result] = []
    for features, records, rows in CASES:
        words = [str(peers.analysis / "python"), str(BY_HAND / "explain.py"), str(PROGRAM)]
        used = programs.run([*words, str(features), str(records), str(rows)])
        told = json.loads(used.output.splitlines()[-1])
        how = (
            f"{records} records × {features} features, {rows} baseline rows, {told['coalitions']:,} coalitions"
            f" ({'exact' if told['exact'] else 'sampled'}); largest difference between the two"
            f" {told['difference']:.1e} of values up to {told['largest']:.2f}"
        )
        found.append(
            Figure(f"SHAP, {features} features", "s", told["ours"], how, "", "shap.KernelExplainer", told["theirs"])
        )
    return found
