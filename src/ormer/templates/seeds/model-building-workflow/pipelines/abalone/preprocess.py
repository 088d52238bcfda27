"""Job: turn the table of animals into train, validation and test sets, the label first, as XGBoost wants them.

The sex of an animal (F, I for infant, M) becomes three columns of 0 and 1. Measurements stay as they are, since trees
need no scaling: so an endpoint takes an animal as it was measured. Rows are shuffled by a seed, so that two runs over
the same table give the same sets.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path("/opt/ml/processing")
MEASUREMENTS = ["length", "diameter", "height", "whole_weight", "shucked_weight", "viscera_weight", "shell_weight"]
SEXES = ["F", "I", "M"]
SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


def read(folder):
    """All tables of the folder as one; they have no header."""
    files = sorted(file for file in Path(folder).rglob("*") if file.is_file())
    columns = ["sex", *MEASUREMENTS, "rings"]
    tables = [pd.read_csv(file, header=None, names=columns) for file in files]
    return pd.concat(tables, ignore_index=True)


def prepare(table):
    """Rings, seven measurements, three columns of the sex. Gaps stay gaps: XGBoost knows what to do with them."""
    sexes = {f"sex_{sex}": (table["sex"] == sex).astype(float) for sex in SEXES}
    return pd.concat([table[["rings", *MEASUREMENTS]].astype(float), pd.DataFrame(sexes)], axis=1)


def split(table, seed):
    """{name: rows} of the three sets."""
    order = np.random.RandomState(seed).permutation(len(table))
    bounds = np.cumsum([int(share * len(table)) for share in SHARES.values()])[:-1]
    return {name: table.iloc[rows] for name, rows in zip(SHARES, np.split(order, bounds))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", default=str(FOLDER / "data"))
    parser.add_argument("--output", default=str(FOLDER))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    table = read(arguments.input)
    print(f"{len(table)} animals with {table['rings'].mean():.2f} rings on average")
    for name, rows in split(prepare(table), arguments.seed).items():
        folder = Path(arguments.output) / name
        folder.mkdir(parents=True, exist_ok=True)
        rows.to_csv(folder / f"{name}.csv", header=False, index=False)
        print(f"{name}: {len(rows)} animals")


if __name__ == "__main__":
    main()
