"""Turn the abalone table into train, validation and test sets: the label first, no header, as XGBoost wants them.

Runs as a processing job: reads /opt/ml/processing/input/data, writes /opt/ml/processing/{train,validation,test}.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["sex", "length", "diameter", "height", "whole", "shucked", "viscera", "shell", "rings"]
BASE = Path("/opt/ml/processing")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=42)
    seed = parser.parse_args().seed

    source = next(path for path in sorted((BASE / "input" / "data").iterdir()) if path.is_file())
    table = pd.read_csv(source, header=None, names=COLUMNS)
    print(f"{source.name}: {len(table)} animals")

    sex = pd.DataFrame({f"sex_{kind}": (table["sex"] == kind).astype(float) for kind in "FIM"})
    features = table.drop(columns=["sex", "rings"])
    ready = pd.concat([table["rings"].astype(float).rename("rings"), features, sex], axis=1)

    order = np.random.default_rng(seed).permutation(len(ready))
    train, validation, test = np.split(order, [int(0.7 * len(order)), int(0.85 * len(order))])
    for name, rows in (("train", train), ("validation", validation), ("test", test)):
        folder = BASE / name
        folder.mkdir(parents=True, exist_ok=True)
        ready.iloc[rows].to_csv(folder / f"{name}.csv", header=False, index=False)
        print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
