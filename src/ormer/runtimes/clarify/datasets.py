"""The dataset and the roles of its columns: features, label, predicted label, facets, identifier, group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from . import tables
from .captures import Picked, read_captures
from .errors import ClientError
from .monitoring import Window
from .places import Places
from .queries import search

LABEL_MISSING = "Headers must contain label."
FACET_MISSING = "Unable to locate the facet."
FEATURE_MISSING = "Feature names not found."
NO_FEATURES = "Data must contain features."


@dataclass(frozen=True)
class Dataset:
    """rows: every column, typed; features: the columns sent to the model, in order; the rest are names or None.

    answers: what a captured model answered, (labels, probabilities), one for each row; see `captures.Captured`.
    identified: the features and, unless it is excluded, the identifier column, in order."""

    rows: pl.DataFrame
    features: list[str]
    label: str | None
    predicted_label: str | None
    joinsource: str | None
    group: str | None
    answers: Picked | None = None
    identified: tuple[str, ...] = ()

    def sent_for_bias(self, explained: bool) -> list[str]:
        """Return the columns of a record that a model is asked to predict for bias metrics.

        AWS leaves out labels and excluded columns only, so an identifier goes to the model too; where the same model
        is explained as well, whose features an identifier never is, it is sent neither way."""
        return self.features if explained or not self.identified else list(self.identified)

    def facet_name(self, name_or_index: str | int) -> str:
        return located(name_or_index, self.rows.columns, FACET_MISSING)

    def feature_names(self, names_or_indices: list[str | int]) -> list[str]:
        """Return the named features; an index counts the columns of the dataset. Raises "Feature names not found."."""
        names = [located(one, self.rows.columns, FEATURE_MISSING) for one in names_or_indices]
        for name in names:
            if name not in self.features:
                raise ClientError(f"{FEATURE_MISSING} {name} is not one of the model's features.")
        return names


def located(name_or_index: str | int, columns: list[str], error: str) -> str:
    """Return the column that a name, or a zero-based index, points at; raises ClientError beginning with `error`."""
    if isinstance(name_or_index, str) and name_or_index in columns:
        return name_or_index
    index = int(name_or_index) if str(name_or_index).isdigit() else -1
    if 0 <= index < len(columns):
        return columns[index]
    raise ClientError(f"{error} {name_or_index!r} is not among the columns {', '.join(columns)}.")


def load_dataset(config: dict[str, Any], places: Places) -> Dataset:
    """Read the dataset input (or `dataset_uri`), join the facet and prediction datasets, and assign the roles."""
    place = places.local(config["dataset_uri"], "dataset") if "dataset_uri" in config else places.data
    if not place.exists():
        raise ClientError("The job has no input named dataset and the configuration no dataset_uri.")
    files, answers = tables.data_files(place), None
    if config["dataset_type"] == "application/sagemakercapturejson":
        captured = read_captures(files, config, Window.of(places.environ))
        rows, label, predicted, answers = captured.rows, captured.label, None, captured.answers
    else:
        rows, label, predicted = _read(files, config)
    joinsource = _optional(config.get("joinsource_name_or_index"), rows.columns, "Unable to locate the joinsource.")
    excluded = {located(one, rows.columns, FEATURE_MISSING) for one in config.get("excluded_columns", [])}
    identified = tuple(name for name in rows.columns if name not in {*excluded, label, predicted})
    features = [name for name in identified if name != joinsource]
    rows = _with_side_dataset(rows, "facet", config, places, joinsource)
    rows, predicted = _with_predictions(rows, predicted, config, places, joinsource)
    group = _optional(config.get("group_variable"), rows.columns, "Unable to locate the group variable.")
    if not features:
        raise ClientError(NO_FEATURES)
    return Dataset(rows, features, label, predicted, joinsource, group, answers, identified)


def _optional(name_or_index: str | int | None, columns: list[str], error: str) -> str | None:
    return None if name_or_index is None else located(name_or_index, columns, error)


def _read(files: list, config: dict[str, Any]) -> tuple[pl.DataFrame, str | None, str | None]:
    kind = config["dataset_type"]
    if kind in ("application/jsonlines", "application/json"):
        return _read_json(files, config, lines=kind == "application/jsonlines")
    headers = config.get("headers")
    if kind == "text/csv":
        rows = tables.read_csv(files, headers, names_in(config))
    else:
        rows = tables.read_parquet(files, headers)
    label = _optional(config.get("label"), rows.columns, LABEL_MISSING)
    predicted = config.get("predicted_label") if "predicted_label_dataset_uri" not in config else None
    return rows, label, _optional(predicted, rows.columns, "Headers must contain predicted label.")


def names_in(config: dict[str, Any]) -> set[str]:
    """Return the column names that the configuration mentions; a first row that holds one is a header."""
    keys = ("label", "predicted_label", "group_variable", "joinsource_name_or_index")
    named = [config.get(key) for key in keys] + [facet["name_or_index"] for facet in config.get("facet", [])]
    return {name for name in [*named, *config.get("excluded_columns", [])] if isinstance(name, str)}


def _read_json(files: list, config: dict[str, Any], lines: bool) -> tuple[pl.DataFrame, str | None, str | None]:
    documents = tables.read_json_documents(files, lines)
    features = _feature_rows(documents, config.get("features", "features"), lines)
    names, label, predicted = _json_names(config, len(features[0]))
    if any(len(row) != len(names) for row in features):
        raise ClientError(f"{tables.HEADERS_MISMATCH} Not every record has {len(names)} features.")
    columns = [tables.column(name, [row[index] for row in features]) for index, name in enumerate(names)]
    for role, name in (("label", label), ("predicted_label", predicted)):
        if name is not None:
            columns.append(_json_role(documents, config[role], role, name, len(features), lines))
    return pl.DataFrame(columns), label, predicted


def _feature_rows(documents: list[Any], expression: str, lines: bool) -> list[list[Any]]:
    found = [search(expression, document) for document in documents]
    rows = found if lines else [row for matrix in found for row in (matrix or [])]
    if not rows or not all(isinstance(row, list) for row in rows):
        raise ClientError(f"{NO_FEATURES} The query {expression!r} must give a list of values for each record.")
    return rows


def _json_role(documents: list[Any], query: str | int, role: str, name: str, count: int, lines: bool) -> pl.Series:
    found = [search(str(query), document) for document in documents]
    values = found if lines else [value for part in found for value in (part or [])]
    if len(values) != count or all(value is None for value in values):
        raise ClientError(f"The query {query!r} of {role} must give one value for each record.")
    return tables.column(name, values)


def _json_names(config: dict[str, Any], width: int) -> tuple[list[str], str | None, str | None]:
    """Headers of JSON datasets name the features first, then the label, then the predicted label."""
    roles = [role for role in ("label", "predicted_label") if role in config]
    headers = config.get("headers") or [f"column_{index}" for index in range(width)]
    rest = headers[width:]
    if len(headers) < width or len(rest) > len(roles):
        raise ClientError(f"{tables.HEADERS_MISMATCH} Headers: {len(headers)}, features: {width}.")
    named = dict(zip(roles, [*rest, *roles[len(rest) :]], strict=True))
    return headers[:width], named.get("label"), named.get("predicted_label")


def _with_side_dataset(
    rows: pl.DataFrame, kind: str, config: dict[str, Any], places: Places, joinsource: str | None
) -> pl.DataFrame:
    """Add the columns of `<kind>_dataset_uri`: by the identifier column when both have it, else row by row."""
    uri = config.get(f"{kind}_dataset_uri")
    if uri is None:
        return rows
    files = tables.data_files(places.local(uri, f"{kind} dataset"))
    side = tables.read_csv(files, config.get(f"{kind}_headers"), names_in(config))
    if joinsource is not None and joinsource in side.columns:
        joined = rows.join(side, on=joinsource, how="inner", maintain_order="left", suffix=f"_{kind}")
        if joined.is_empty():
            raise ClientError(f"No {joinsource} of the dataset is present in the {kind} dataset.")
        return joined
    if len(side) != len(rows):
        raise ClientError(f"The {kind} dataset has {len(side)} rows, the dataset {len(rows)}; they must be equal.")
    return pl.concat([rows, side.select([name for name in side.columns if name not in rows.columns])], how="horizontal")


def _with_predictions(
    rows: pl.DataFrame, predicted: str | None, config: dict[str, Any], places: Places, joinsource: str | None
) -> tuple[pl.DataFrame, str | None]:
    if "predicted_label_dataset_uri" not in config:
        return rows, predicted
    before = set(rows.columns)
    joined = _with_side_dataset(rows, "predicted_label", config, places, joinsource)
    added = [name for name in joined.columns if name not in before]
    if not added:
        raise ClientError("Headers must contain predicted label. The predicted label dataset adds no column.")
    return joined, located(config.get("predicted_label", added[0]), added, "Headers must contain predicted label.")
