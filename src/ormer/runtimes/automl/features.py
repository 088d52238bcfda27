"""Features of a typed table, as scikit-learn's own transformers: what is fitted on the training rows is kept.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Sequence

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from .schemas import Schema
from .tables import CATEGORICAL, DATETIME, NUMERIC, TEXT, typed

FILE = "featurizer.joblib"
CATEGORIES_MAX, WORDS_MAX = 50, 100
# The number of numbers that a time becomes.
PARTS = ("year", "month", "day", "dayofweek", "hour")


class Featurizer:
    """A fitted transformation of a schema's tables into matrices of numbers."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._steps = ColumnTransformer(_steps(schema.types), sparse_threshold=0.0)

    def fit(self, table: pd.DataFrame) -> Featurizer:
        """Learn from a table of texts."""
        self._steps.fit(typed(table, self.schema.types))
        return self

    def transform(self, table: pd.DataFrame) -> Any:
        """Return rows × features of a table of texts."""
        return np.asarray(self._steps.transform(typed(table, self.schema.types)), dtype=np.float64)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        joblib.dump(self, folder / FILE)


def load(folder: Path) -> Featurizer:
    """Return the featurizer of a model's folder."""
    found: Featurizer = joblib.load(folder / FILE)
    return found


def time_parts(table: pd.DataFrame) -> Any:
    """Return rows × numbers of columns of times; NaN where a time is missing."""
    columns = [getattr(table[name].dt, part).astype(float) for name in table.columns for part in PARTS]
    return np.column_stack(columns)


def _steps(types: Sequence[str]) -> List[Any]:
    places = {kind: [place for place, one in enumerate(types) if one == kind] for kind in types}
    number_steps = (SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler())
    found: List[Any] = []
    if NUMERIC in places:
        found.append((NUMERIC, make_pipeline(*number_steps), places[NUMERIC]))
    if DATETIME in places:
        parts = FunctionTransformer(time_parts)
        found.append(
            (
                DATETIME,
                make_pipeline(parts, SimpleImputer(keep_empty_features=True), StandardScaler()),
                places[DATETIME],
            )
        )
    if CATEGORICAL in places:
        one_hot = OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=CATEGORIES_MAX, sparse_output=False
        )
        found.append((CATEGORICAL, one_hot, places[CATEGORICAL]))
    for place in places.get(TEXT, ()):
        words = TfidfVectorizer(max_features=WORDS_MAX, token_pattern=r"(?u)\b\w+\b")
        found.append(("{}-{}".format(TEXT, place), words, place))
    return found
