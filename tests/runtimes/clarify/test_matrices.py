"""Scores asked of the built-in algorithm's own server: as matrices they are bit for bit what they are as CSV."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import xgboost

from ormer.runtimes.clarify.errors import ClientError
from ormer.runtimes.clarify.models import Model, Reply, model_for
from ormer.runtimes.clarify.payloads import CSV, matrix_body
from ormer.runtimes.serving.client import MATRIX

SECONDS = 60.0
CONFIG = {"predictor": {"content_type": CSV, "accept_type": CSV}, "dataset_type": CSV}
NUMBERS = pl.DataFrame(
    {
        "share": np.random.default_rng(2).normal(size=500),
        "count": [None if at % 7 == 0 else at * 1_000_003 for at in range(500)],
        "tiny": [float("nan") if at % 11 == 0 else 1e-9 / (at + 1) for at in range(500)],
    }
)


@pytest.fixture(scope="module", params=["binary:logistic", "multi:softprob"])
def objective(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def served(serve_program: Callable[..., Any], tmp_path: Path, objective: str) -> Any:
    features = NUMBERS.cast(pl.Float64).to_numpy()
    params = {"objective": objective, **({"num_class": 3} if objective.startswith("multi") else {})}
    booster = xgboost.train(params, xgboost.DMatrix(features, label=np.arange(500) % 2), 5)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "xgboost-model").write_bytes(pickle.dumps(booster))
    server = serve_program("xgboost", tmp_path, ORMER_IMAGE_TAG="1.7-1")
    server.predictor.wait_ready(SECONDS)
    return server


def model_of(server: Any, kinds: list[str], matrices: bool) -> Model:
    """A model that notes in kinds the content type of each of its requests."""

    def invoke(body: bytes, content_type: str, accept: str, headers: dict[str, str]) -> Reply:
        kinds.append(content_type)
        return server.predictor.invoke(body, content_type, accept, headers)

    return model_for(CONFIG, invoke, matrices)


def test_scores_are_the_same_bits_as_csv_gives(served: Any) -> None:
    assert served.predictor.takes_matrices()
    as_matrices: list[str] = []
    as_csv: list[str] = []
    found = model_of(served, as_matrices, matrices=True).scores(NUMBERS)
    assert found.tobytes() == model_of(served, as_csv, matrices=False).scores(NUMBERS).tobytes()
    assert len(found) == len(NUMBERS)
    assert (as_matrices, as_csv) == ([MATRIX], [CSV])


def test_an_index_picks_a_column_and_one_outside_is_refused_with_the_width(served: Any, objective: str) -> None:
    outputs = 3 if objective.startswith("multi") else 1
    for matrices in (True, False):
        model = model_of(served, [], matrices)
        model.probability = outputs - 1
        assert model.scores(NUMBERS).shape == (len(NUMBERS), 1)
        model.probability = outputs
        with pytest.raises(ClientError, match=f"at {outputs} in the model's answer, which has {outputs} columns"):
            model.scores(NUMBERS)


def test_what_the_server_refuses_as_a_matrix_is_asked_again_as_csv_for_the_reason(served: Any) -> None:
    kinds: list[str] = []
    with pytest.raises(ClientError, match="is not consistent with feature size of trained model 3"):
        model_of(served, kinds, matrices=True).scores(NUMBERS[:1, :2])
    assert kinds[:2] == [MATRIX, CSV]


def test_a_batch_transforms_server_does_not_offer_matrices(
    serve_program: Callable[..., Any], served: Any, tmp_path: Path
) -> None:
    batch = serve_program("xgboost", tmp_path, ORMER_IMAGE_TAG="1.7-1", SAGEMAKER_BATCH="true")
    batch.predictor.wait_ready(SECONDS)
    assert not batch.predictor.takes_matrices()
    body = matrix_body(NUMBERS)
    assert body is not None
    assert batch.predictor.invoke(body, MATRIX, MATRIX).status == 415


@pytest.mark.parametrize("cells", [[True, False], ["a", "b"]])
def test_words_are_no_matrix(cells: list[Any]) -> None:
    assert matrix_body(pl.DataFrame({"number": [1.0, 2.0], "cell": cells})) is None


def test_one_column_is_no_matrix_for_its_missing_cells_are_empty_lines() -> None:
    assert matrix_body(pl.DataFrame({"number": [1.0, None]})) is None
