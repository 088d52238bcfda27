"""Summarize a CSV file with Evidently, as its guide says: `profile_evidently.py FILE` prints the number of metrics."""

import sys

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataSummaryPreset


def main(path: str) -> None:
    dataset = Dataset.from_pandas(pd.read_csv(path), data_definition=DataDefinition())
    print(len(Report([DataSummaryPreset()]).run(dataset, None).dict()["metrics"]))


if __name__ == "__main__":
    main(sys.argv[1])
