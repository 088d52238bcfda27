"""One pass over a data set that gathers every column's profile.

The types of columns are learned on the way. A column that first looked numeric and then holds a text makes the pass go
on for the types only, and one further pass, with all types known, gathers everything; so there are two at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from .baselines import Baseline, Feature
from .choices import STRICT_FRACTIONAL
from .column_profiles import ColumnProfile
from .csv_blocks import ReadPlan
from .datasets import Dataset
from .literals import Kind, classify
from .mistakes import ClientError
from .value_stores import Storage

NUMERIC_TYPES = ("Integral", "Fractional")


@dataclass
class DatasetProfile:
    """Row count and columns, in the order they were met, under the baseline's names where it has them.

    excluded: the names of the columns that were not to be looked at."""

    item_count: int = 0
    columns: dict[str, ColumnProfile] = field(default_factory=dict)
    excluded: set[str] = field(default_factory=set)


def profile_dataset(
    dataset: Dataset, baseline: Baseline | None, storage: Storage, excluded: Sequence[str] = ()
) -> DatasetProfile:
    """Profile all rows, without the columns that `excluded` names or counts. Raises ClientError when there are none."""
    plan = ReadPlan()
    profile = _Pass(dataset, baseline, storage, plan, excluded).run()
    if profile is None:
        storage.start_over()
        profile = _Pass(dataset, baseline, storage, plan, excluded).run()
        assert profile is not None, "the types were known and yet changed"
    if not profile.item_count:
        raise ClientError(f"Job inputs had no data: the files under {dataset.files[0].parent} hold no row.")
    return profile


class _Pass:
    def __init__(
        self, dataset: Dataset, baseline: Baseline | None, storage: Storage, plan: ReadPlan, excluded: Sequence[str]
    ) -> None:
        self.dataset, self.storage, self.plan, self.unwanted = dataset, storage, plan, frozenset(excluded)
        self.features: Mapping[str, Feature] = {f.name: f for f in baseline.features} if baseline else {}
        self.aliases: dict[str, str] | None = None
        self.profile = DatasetProfile()
        self.types_only = False

    def run(self) -> DatasetProfile | None:
        """The profile, or None when a column's type changed after its first values were gathered."""
        for frame in self.dataset.frames(self.plan):
            self.aliases = self._align(frame.columns) if self.aliases is None else self.aliases
            self.profile.item_count += frame.height
            for place, cells in enumerate(frame.iter_columns()):
                name = self.aliases.get(cells.name, cells.name)
                if self.unwanted & {name, cells.name, str(place)}:
                    self.profile.excluded.add(name)
                else:
                    self._add(name, cells)
        return None if self.types_only else self.profile

    def _align(self, raw_names: list[str]) -> dict[str, str]:
        """Baseline names by position, where our own names of the columns mean nothing to the baseline."""
        expected = list(self.features)
        if not expected or not self.dataset.by_place or set(raw_names) & set(expected):
            return {}
        return dict(zip(raw_names, expected, strict=False))

    def _add(self, name: str, cells: pl.Series) -> None:
        column = self.profile.columns.get(name) or self._start(name)
        self._learn(column, cells)
        if not self.types_only:
            column.add(cells)

    def _start(self, name: str) -> ColumnProfile:
        feature = self.features.get(name)
        column = ColumnProfile(name, self.storage, domain=feature.domains if feature else None)
        self.profile.columns[name] = column
        return column

    def _learn(self, column: ColumnProfile, cells: pl.Series) -> None:
        known = self.plan.kinds.get(cells.name, Kind.UNKNOWN)
        feature = self.features.get(column.name)
        expects_number = feature is not None and feature.inferred_type in NUMERIC_TYPES
        if known == Kind.STRING and not expects_number:
            column.kind = known
            return
        seen = classify(cells)
        column.literals.add(seen)
        kind = max(known, seen.kind)
        self.plan.kinds[cells.name] = kind
        if feature is not None and kind == Kind.FRACTIONAL and _needs_literals(feature):
            self.plan.as_text.add(cells.name)
        if kind == Kind.STRING and column.kind.is_number:
            self.types_only = True
        column.kind = kind


def _needs_literals(feature: Feature) -> bool:
    """Whether the share of integer literals among fractions is going to be asked for."""
    return feature.inferred_type == "Integral" or (STRICT_FRACTIONAL and feature.inferred_type == "Fractional")
