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
# A whole data set; the peer explains so few of its records that the run ends, and is counted up.
WHOLE = (20, 10_000, 1)
PEER_RECORDS = 100


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
    found.append(_whole(peers))
    return found


def _whole(peers: Peers) -> Result:
    features, records, rows = WHOLE
    words = [str(peers.analysis / "python"), str(BY_HAND / "explain.py"), str(PROGRAM)]
    used = programs.run([*words, str(features), str(records), str(rows), str(PEER_RECORDS)])
    told = json.loads(used.output.splitlines()[-1])
    theirs = [seconds * records / PEER_RECORDS for seconds in told["theirs"]]
    how = (
        f"{records:,} records × {features} features, {rows} baseline row, {told['coalitions']:,} coalitions; the peer"
        f" explained {PEER_RECORDS} of them ({told['theirs'][0]:.1f} s), times {records // PEER_RECORDS}; CPU seconds"
        f" of one process; its peak {used.megabytes:,.0f} MB"
    )
    name = f"SHAP, {records:,} × {features}"
    return Figure(name, "CPU s", told["ours"], how, "", "shap.KernelExplainer", theirs)
