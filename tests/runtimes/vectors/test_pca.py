"""Principal components, compared with scikit-learn's."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA
from tests.runtimes.linear_learner.conftest import record
from tests.runtimes.vectors.conftest import CSV, JSON, RECORDS, csv_of

from ormer.runtimes.pca.model import load
from ormer.runtimes.toolkit.recordio import split_records


@pytest.fixture
def rows():
    random = np.random.default_rng(3)
    return random.normal(size=(200, 30)) * np.linspace(1, 9, 30) + 4


@pytest.mark.parametrize("mode", ["regular", "randomized"])
def test_components_are_the_largest_ones_with_the_largest_last(vectors, rows, mode):
    job = vectors("pca")
    ran = job.train({"num_components": 4, "algorithm_mode": mode, "subtract_mean": "True"}, train=csv_of(rows))
    assert (ran.exit_code, ran.failure) == (0, ""), ran.output
    peer = PCA(4, svd_solver="full").fit(rows)
    model = load(job.root / "model")
    loose = 0.05 if mode == "randomized" else 1e-4
    np.testing.assert_allclose(model.sizes, peer.singular_values_[::-1], rtol=loose)
    alike = np.abs((model.directions * peer.components_[::-1].T).sum(axis=0))
    np.testing.assert_allclose(alike, 1, atol=loose)


def test_a_projection_is_of_the_row_less_the_mean(vectors, rows):
    job = vectors("pca")
    job.train({"num_components": 2}, content_type="", train=b"".join(record(row) for row in rows))
    peer = PCA(2, svd_solver="full").fit(rows)
    (one, two) = job.answers(csv_of(rows[:2]))
    expected = np.abs(peer.transform(rows[:2])[:, ::-1])
    np.testing.assert_allclose(np.abs([one["projection"], two["projection"]]), expected, rtol=1e-3)
    (answered,) = split_records(job.ask(record(rows[0]), RECORDS, RECORDS).body)
    assert b"projection" in answered
    body = json.dumps({"instances": [{"features": rows[0].tolist()}]})
    assert job.answers(body, JSON)[0]["projection"] == pytest.approx(one["projection"])
    assert job.ask(csv_of(rows[:1]), CSV, CSV).status == 406


def test_more_components_than_features_are_refused(vectors):
    ran = vectors("pca").train({"num_components": 3}, train="1,2\n3,4\n")
    assert "num_components: 3 is more than the 2 features" in ran.failure
