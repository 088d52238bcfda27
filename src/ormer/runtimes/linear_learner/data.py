"""What the labels of linear-learner's channels must be.

https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner.html#ll-input_output
"""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np

from ..toolkit.failures import UserError
from ..vectors.channels import Table
from .hyperparameters import BINARY, MULTICLASS


def check_labels(table: Table, name: str, values: Mapping[str, Any]) -> None:
    """Raises UserError when the labels of a classifier's channel are not its classes."""
    count = {BINARY: 2, MULTICLASS: values.get("num_classes", 0)}.get(values["predictor_type"])
    if count is None:
        return
    wrong = table.labels[(table.labels < 0) | (table.labels >= count) | (table.labels != np.floor(table.labels))]
    if len(wrong):
        raise UserError(
            f"Channel {name} has the label {wrong[0]:g}; labels of predictor_type {values['predictor_type']} are the "
            f"whole numbers from 0 to {count - 1}."
        )
