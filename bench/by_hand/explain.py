"""Explain a model twice: `explain.py RUNTIMES FEATURES RECORDS ROWS [PEER_RECORDS]` prints a line of JSON.

It holds times and differences: wall clock of several runs, or the CPU seconds of one where the peer explains only some.
"""

import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import shap
from sklearn.ensemble import GradientBoostingRegressor

RUNS = 3


def main(runtimes, features, records, rows, peer_records=None):
    folder = Path(runtimes)
    sys.path.insert(0, str(folder.parent))
    importlib.import_module(folder.name)
    sys.path.remove(str(folder.parent))
    ours = importlib.import_module(f"{folder.name}.clarify.shap")
    chance = np.random.default_rng(11)
    table = chance.normal(size=(max(2000, records + rows), features))
    target = table[:, 0] * table[:, 1] + np.sin(table[:, 2]) + table[:, 3:].sum(axis=1) * 0.3
    model = GradientBoostingRegressor(n_estimators=100, max_depth=4, random_state=0).fit(table[:2000], target[:2000])
    runs, clock = (RUNS, time.perf_counter) if peer_records is None else (1, time.process_time)
    asked, baseline = table[:records], table[-rows:]
    budget = None if 2**features - 2 <= ours.EXACT_COALITIONS_MAX else ours.default_samples(features)
    told = {"ours": [], "theirs": []}
    for _ in range(runs):
        began = clock()
        found = ours.explain(asked, baseline, lambda part: model.predict(part)[:, None], budget, seed=3)
        told["ours"].append(clock() - began)
        began = clock()
        explainer = shap.KernelExplainer(model.predict, baseline)
        # The same number of coalitions, all features kept.
        theirs = explainer.shap_values(asked[:peer_records], nsamples=found.coalitions, l1_reg=False, silent=True)
        told["theirs"].append(clock() - began)
    mine = found.values[:peer_records].reshape(theirs.shape)
    told |= {
        "exact": bool(found.exact),
        "coalitions": int(found.coalitions),
        "difference": float(np.abs(mine - theirs).max()),
        "largest": float(np.abs(theirs).max()),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
