"""AutoML's first job: what it finds in a table, how it splits it, and what it refuses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ormer.runtimes.automl import process, schemas
from ormer.runtimes.automl.mistakes import ClientError
from ormer.runtimes.automl.tables import read_channel, read_rows

WORDS = ("good", "bad", "slow", "fast", "nice", "small")


def table(count: int = 200) -> pd.DataFrame:
    """A column of each type, and two kinds that follow from them."""
    chance = np.random.default_rng(3)
    found = pd.DataFrame(
        {
            "size": chance.normal(size=count).round(3),
            "color": chance.choice(["red", "green", "light, blue"], count),
            "sold": pd.date_range("2024-01-01", periods=count, freq="D").strftime("%Y-%m-%d"),
            "words": [" ".join(chance.choice(WORDS, 5)) + f" {number}" for number in range(count)],
        }
    )
    found["kind"] = np.where(found["size"] + (found["color"] == "red") > 0.5, "yes", "no")
    return found


def looked(root: Path, data: pd.DataFrame, *more: str, target: str = "kind") -> schemas.Schema:
    """What the first job finds in a table."""
    folder = root / "processing" / "input" / "training"
    folder.mkdir(parents=True, exist_ok=True)
    data.to_csv(folder / "rows.csv", index=False)
    assert process.main(["--target", target, *more], root) == 0
    return schemas.Schema.read(root / "processing" / "output" / "schema" / "schema.json")


def rows_of(root: Path, part: str) -> pd.DataFrame:
    return pd.read_csv(root / "processing" / "output" / "data" / part / "chunk_0.csv", header=None)


def refused(root: Path, data: pd.DataFrame, *more: str, target: str = "kind") -> str:
    """The message of a job that refuses its data."""
    folder = root / "processing" / "input" / "training"
    folder.mkdir(parents=True, exist_ok=True)
    data.to_csv(folder / "rows.csv", index=False)
    assert process.main(["--target", target, *more], root) == 1
    return (root / "output" / "message").read_text()


def test_columns_have_the_types_of_their_cells(tmp_path: Path) -> None:
    data = table()
    data.loc[:19, "size"] = np.nan
    schema = looked(tmp_path, data)
    assert schema.types == ["numeric", "categorical", "datetime", "text"]
    size, color = schema.columns[:2]
    assert 0.05 < size.missing < 0.15
    assert color.cardinality == 3
    assert (schema.problem, schema.classes) == ("BinaryClassification", ["no", "yes"])


def test_what_explanations_compare_with_is_a_cell_of_its_column(tmp_path: Path) -> None:
    data = table().assign(fresh=["True", "False"] * 100)
    schema = looked(tmp_path, data)
    flags = {column.name: column.is_flag for column in schema.columns}
    assert flags == {"size": False, "color": False, "sold": False, "words": False, "fresh": True}
    explained = pd.read_csv(tmp_path / "processing" / "output" / "explained" / "dataset.csv", header=None, dtype=str)
    for place, column in enumerate(schema.columns[1:], 1):
        assert column.typical in set(explained[place])


def test_a_fifth_of_the_rows_is_held_out_with_the_classes_in_their_shares(tmp_path: Path) -> None:
    data = table()
    schema = looked(tmp_path, data)
    assert schema.rows == {"train": 160, "validation": 40}
    train, validation = rows_of(tmp_path, "train"), rows_of(tmp_path, "validation")
    share = (data["kind"] == "yes").mean()
    assert (validation[0] == "yes").mean() == pytest.approx(share, abs=0.03)
    together = pd.concat([train, validation])[4]
    assert sorted(together) == sorted(data["words"]), "each row stands in one of both"


def test_a_validation_channel_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "processing" / "input" / "validation"
    folder.mkdir(parents=True)
    table(30).to_csv(folder / "rows.csv", index=False)
    assert looked(tmp_path, table()).rows == {"train": 200, "validation": 30}


def test_a_fraction_says_how_much_is_held_out(tmp_path: Path) -> None:
    assert looked(tmp_path, table(), "--validation-fraction", "0.5").rows == {"train": 100, "validation": 100}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (["a", "b"] * 50, "BinaryClassification"),
        ([0, 1] * 50, "BinaryClassification"),
        (["a", "b", "c", "d"] * 25, "MulticlassClassification"),
        ([1, 2, 3, 4, 5] * 20, "MulticlassClassification"),
        (list(range(100)), "Regression"),
        ([number / 7 for number in range(5)] * 20, "Regression"),
    ],
)
def test_a_targets_values_say_which_problem_it_poses(values: list[object], problem: str) -> None:
    assert schemas.problem_of(pd.Series([str(value) for value in values])) == problem


def test_classes_that_are_numbers_stand_in_their_order(tmp_path: Path) -> None:
    data = table().assign(kind=[str(number % 12) for number in range(200)])
    schema = looked(tmp_path, data, "--problem-type", "MulticlassClassification")
    assert schema.classes == [str(number) for number in range(12)]


def test_a_specification_chooses_features_and_their_types(tmp_path: Path) -> None:
    folder = tmp_path / "processing" / "input" / "specification"
    folder.mkdir(parents=True)
    said = {"FeatureAttributeNames": ["size", "color"], "FeatureDataTypes": {"size": "categorical"}}
    (folder / "spec.json").write_text(json.dumps(said))
    schema = looked(tmp_path, table())
    assert (schema.names, schema.types) == (["size", "color"], ["categorical", "categorical"])
    (folder / "spec.json").write_text(json.dumps({"FeatureAttributeNames": ["kind"]}))
    assert "kind, which are no features" in refused(tmp_path, table())


def test_weights_stand_behind_the_target_and_rows_of_wrong_ones_are_left_out(tmp_path: Path) -> None:
    data = table().assign(weight=1.0)
    data.loc[:9, "weight"] = -1
    schema = looked(tmp_path, data, "--weight", "weight")
    assert schema.is_weighted and "weight" not in schema.names
    assert sum(schema.rows.values()) == 190
    assert set(rows_of(tmp_path, "train")[1]) == {1.0}


def test_rows_without_a_target_are_left_out(tmp_path: Path) -> None:
    data = table()
    data.loc[:49, "kind"] = None
    assert sum(looked(tmp_path, data).rows.values()) == 150


def test_what_cannot_be_learnt_is_refused_in_words(tmp_path: Path) -> None:
    assert "There is no column shape" in refused(tmp_path / "a", table(), target="shape")
    assert "10 are needed" in refused(tmp_path / "b", table(5))
    assert "nothing to tell apart" in refused(
        tmp_path / "c", table().assign(kind="one"), "--problem-type", "MulticlassClassification"
    )
    assert "must be numbers" in refused(tmp_path / "d", table(), "--problem-type", "Regression")
    assert "takes two" in refused(
        tmp_path / "e", table().assign(kind=["a", "b", "c", "d"] * 50), "--problem-type", "BinaryClassification"
    )


def test_the_notebooks_say_what_was_found(tmp_path: Path) -> None:
    looked(tmp_path, table().assign(same=1), "--mode", "HYPERPARAMETER_TUNING", "--job", "mine")
    notebooks = tmp_path / "processing" / "output" / "notebooks"
    exploration = json.loads((notebooks / "SageMakerAutopilotDataExplorationNotebook.ipynb").read_text())
    text = "".join(cell["source"] for cell in exploration["cells"])
    assert "| color | categorical |" in text
    assert "`same` has one value only" in text
    definition = json.loads((notebooks / "SageMakerAutopilotCandidateDefinitionNotebook.ipynb").read_text())
    assert "list_candidates_for_auto_ml_job" in definition["cells"][-1]["source"]
    assert exploration["nbformat"] == definition["nbformat"] == 4


def test_files_are_read_together_whether_compressed_or_parquet(tmp_path: Path) -> None:
    data = table(20)[["size", "kind"]]
    (tmp_path / "a.csv").write_text(data.to_csv(index=False))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(data.to_csv(index=False).encode()))
    data.to_parquet(tmp_path / "c.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    found = read_channel(tmp_path)
    assert len(found) == 60
    assert found["kind"].tolist() == data["kind"].tolist() * 3
    assert found["size"].astype(float).tolist() == data["size"].tolist() * 3
    (tmp_path / "d.csv").write_text("other\n1\n")
    with pytest.raises(ClientError, match="other columns"):
        read_channel(tmp_path)


def test_rows_may_begin_with_the_columns_names_and_must_have_their_number() -> None:
    assert read_rows("a,b\n1,x\n", ["a", "b"]).to_numpy().tolist() == [["1", "x"]]
    with pytest.raises(ClientError, match="have 3 cells; the model takes 2: a, b"):
        read_rows("1,2,3\n", ["a", "b"])
