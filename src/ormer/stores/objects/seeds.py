"""The bucket that AWS keeps in every region for its project templates, with the data set the tutorials train on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ormer import data

# Owns the seed buckets: none of the accounts anyone calls from.
ACCOUNT = "amazon"
NAME = re.compile(r"sagemaker-servicecatalog-seedcode-(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)")
TAKEN = (
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
    "Please select a different name and try again."
)
# ATTRIBUTION.md beside the files says where they come from.
FILES: Mapping[str, str] = {
    "dataset/abalone-dataset.csv": "abalone-dataset.csv",
    "dataset/abalone-dataset-batch": "abalone-dataset-batch.csv",
}


def is_seed(name: str) -> bool:
    """Whether this is the name of a region's seed bucket."""
    return NAME.fullmatch(name) is not None


def region_of(name: str) -> str:
    """The region in a seed bucket's name."""
    match = NAME.fullmatch(name)
    assert match is not None, "only seed buckets carry a region"
    return match["region"]


def files() -> dict[str, Path]:
    """{key: file} of what lies in a seed bucket."""
    folder = Path(data.__path__[0])
    return {key: folder / name for key, name in FILES.items()}
