"""What is found in a table: the columns with their types, and which problem its target poses.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-datasets-problem-types.html
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import pandas as pd

from .mistakes import ClientError
from .tables import CATEGORICAL, DATETIME, NUMERIC, TEXT, numbers, times

REGRESSION, BINARY, MULTICLASS = "Regression", "BinaryClassification", "MulticlassClassification"
PROBLEMS = (REGRESSION, BINARY, MULTICLASS)
# A column is of a type when so many of its cells are.
PURE = 0.99
# Sentences: so many words on the average, and mostly different ones.
TEXT_WORDS_MIN, TEXT_DIFFERENT_MIN = 4.0, 0.3
# Whole numbers are classes when there are few of them, and each is met often.
CLASSES_MAX, CLASS_ROWS_MIN = 20, 10
EXAMPLES = 3
FLAGS = ("true", "false")


@dataclass(frozen=True)
class Column:
    """A feature. missing: share of cells. cardinality: different values.

    typical: the cell that explanations compare with, as text. is_flag: whether all explained cells are true or false.
    """

    name: str
    type: str
    missing: float
    cardinality: int
    typical: str
    examples: List[str]
    is_flag: bool = False


@dataclass(frozen=True)
class Schema:
    """A table as the candidates see it. classes: of a classification, in order; the last of two is the positive one."""

    target: str
    problem: str
    columns: List[Column]
    classes: List[str]
    rows: Dict[str, int]
    is_weighted: bool = False

    @property
    def names(self) -> List[str]:
        return [column.name for column in self.columns]

    @property
    def types(self) -> List[str]:
        return [column.type for column in self.columns]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1))

    @classmethod
    def of(cls, document: Dict[str, Any]) -> Schema:
        return cls(**{**document, "columns": [Column(**column) for column in document["columns"]]})

    @classmethod
    def read(cls, path: Path) -> Schema:
        return cls.of(json.loads(path.read_text()))


def column_of(values: pd.Series, name: str, given: Optional[str] = None) -> Column:
    """Return what a column of texts is; `given` is the type its user says it has."""
    present = values.dropna()
    kind = given or type_of(present)
    return Column(
        name=name,
        type=kind,
        missing=round(1 - len(present) / max(1, len(values)), 6),
        cardinality=int(present.nunique()),
        typical=_typical(present, kind),
        examples=[str(cell)[:80] for cell in present.unique()[:EXAMPLES]],
    )


def explained_by(column: Column, cells: pd.Series) -> Column:
    """Return a column whose typical cell is one of those that are explained, so that it is of their type there too."""
    present = cells.dropna()
    is_flag = bool(len(present) == len(cells) and present.str.lower().isin(FLAGS).all())
    if column.type == NUMERIC or not len(present):
        return replace(column, is_flag=is_flag)
    return replace(column, typical=_typical(present, column.type), is_flag=is_flag)


def type_of(present: pd.Series) -> str:
    """Return the type of a column's present cells."""
    if not len(present) or numbers(present).notna().mean() >= PURE:
        return NUMERIC
    looks_dated = present.str.contains(r"\d[-/:.]\d", regex=True).mean() >= PURE
    if looks_dated and times(present).notna().mean() >= PURE:
        return DATETIME
    words = present.str.count(r"\S+").mean()
    if words >= TEXT_WORDS_MIN and present.nunique() / len(present) >= TEXT_DIFFERENT_MIN:
        return TEXT
    return CATEGORICAL


def problem_of(target: pd.Series) -> str:
    """Return which problem a target (texts, none missing) poses."""
    different = target.nunique()
    if different == 2:
        return BINARY
    values = numbers(target)
    if values.isna().any():
        return MULTICLASS
    is_whole = bool((values == values.round()).all())
    if is_whole and different <= CLASSES_MAX and len(target) / different >= CLASS_ROWS_MIN:
        return MULTICLASS
    return REGRESSION


def classes_of(target: pd.Series, problem: str) -> List[str]:
    """Return the classes of a target in order, [] for a regression. Raises ClientError when the problem is another."""
    different = [str(value) for value in target.unique()]
    if problem == REGRESSION:
        if numbers(target).isna().any():
            raise ClientError("The target of a regression must be numbers; {} is none.".format(_odd(target)))
        return []
    if len(different) < 2:
        raise ClientError("The target has the one value {}: there is nothing to tell apart.".format(different))
    if problem == BINARY and len(different) != 2:
        raise ClientError("The target has {} values; BinaryClassification takes two.".format(len(different)))
    if numbers(target).notna().all():
        return sorted(different, key=lambda text: (float(text), text))
    return sorted(different)


def encoded(target: pd.Series, schema: Schema) -> Any:
    """Return a target as numbers: the places of its classes, or the values of a regression."""
    if schema.problem == REGRESSION:
        return numbers(target).to_numpy()
    places = {text: place for place, text in enumerate(schema.classes)}
    return target.astype(str).map(places).to_numpy()


def chosen(
    names: Sequence[str], target: str, weight: Optional[str], wanted: Dict[str, Any]
) -> Dict[str, Optional[str]]:
    """Return {feature: its given type or None}, by a feature specification ({} for none).

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLCandidateGenerationConfig.html
    """
    features = [name for name in names if name not in (target, weight)]
    picked = wanted.get("FeatureAttributeNames") or features
    types = wanted.get("FeatureDataTypes") or {}
    strange = [name for name in [*picked, *types] if name not in features]
    if strange:
        raise ClientError("The feature specification names {}, which are no features.".format(", ".join(strange)))
    odd = [kind for kind in types.values() if kind not in (NUMERIC, CATEGORICAL, TEXT, DATETIME)]
    if odd:
        raise ClientError("The feature specification has the type {}, which is not there.".format(odd[0]))
    return {name: types.get(name) for name in features if name in picked}


def _typical(present: pd.Series, kind: str) -> str:
    if not len(present):
        return ""
    if kind == NUMERIC:
        return repr(float(numbers(present).median()))
    return str(present.mode().iloc[0])


def _odd(target: pd.Series) -> str:
    return repr(str(target[numbers(target).isna()].iloc[0]))
