"""Job: scale the measurements, spread the sex over three columns, shuffle by a seed and split 70 : 15 : 15."""

import argparse
import pathlib
import urllib.parse

import boto3
import numpy as np
import pandas as pd

BASE = pathlib.Path("/opt/ml/processing")
MEASURES = ["length", "diameter", "height", "whole", "shucked", "viscera", "shell"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    place = urllib.parse.urlsplit(arguments.data)
    boto3.client("s3").download_file(place.netloc, place.path.lstrip("/"), "animals.csv")
    animals = pd.read_csv("animals.csv", header=None, names=["sex", *MEASURES, "rings"])

    scaled = (animals[MEASURES] - animals[MEASURES].mean()) / animals[MEASURES].std()
    sexes = pd.get_dummies(animals["sex"]).astype(float)
    table = pd.concat([animals["rings"].astype(float), scaled, sexes], axis=1)
    table = table.iloc[np.random.default_rng(arguments.seed).permutation(len(table))]

    bounds = [int(0.7 * len(table)), int(0.85 * len(table))]
    parts = {
        "train": table.iloc[: bounds[0]],
        "validation": table.iloc[bounds[0] : bounds[1]],
        "test": table.iloc[bounds[1] :],
    }
    for name, part in parts.items():
        (BASE / name).mkdir(parents=True, exist_ok=True)
        part.to_csv(BASE / name / f"{name}.csv", header=False, index=False)
        print(f"{name}: {len(part)} animals")


if __name__ == "__main__":
    main()
