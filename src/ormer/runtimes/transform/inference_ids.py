"""Inference ids: what a batch transform with GenerateInferenceId puts behind every row, for ground truth to join.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
"""

from __future__ import annotations

import time
import uuid
from typing import Any, Dict, List

ID_KEY, TIME_KEY = "SageMakerInferenceId", "SageMakerInferenceTime"
VALUE_KEY = "SageMakerOutput"
"""A prediction that is no JSON object stands under this name beside its id."""


class InferenceIds:
    """Names rows: each gets an id of its own and the time it was named, UTC to the second."""

    def named_row(self, row: Any) -> List[Any]:
        """Returns the cells of a CSV row with the id and the time behind them."""
        cells = row if isinstance(row, list) else [row]
        return [*cells, str(uuid.uuid4()), _now()]

    def named_value(self, value: Any) -> Dict[str, Any]:
        """Returns a JSON object with the id and the time as members."""
        members = value if isinstance(value, dict) else {VALUE_KEY: value}
        return {**members, ID_KEY: str(uuid.uuid4()), TIME_KEY: _now()}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
