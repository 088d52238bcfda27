"""Nearest neighbours, compared with scikit-learn's."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from tests.runtimes.vectors.conftest import CSV, csv_of

from ormer.runtimes.knn.model import load

BASICS = {"k": 5, "sample_size": 1000, "mini_batch_size": 100}


@pytest.fixture
def table():
    random = np.random.default_rng(5)
    features = random.normal(size=(300, 4))
    return (features[:, 0] + features[:, 1] ** 2 > 0.5).astype(float), features


def test_a_classifier_votes_and_tells_its_accuracy(vectors, table):
    labels, features = table
    job = vectors("knn")
    whole = np.column_stack([labels, features])
    ran = job.train(
        {**BASICS, "predictor_type": "classifier", "index_type": "faiss.IVFFlat"},
        CSV,
        train=csv_of(whole[:200]),
        test=csv_of(whole[200:]),
    )
    assert (ran.exit_code, ran.failure) == (0, ""), ran.output
    peer = KNeighborsClassifier(5).fit(features[:200], labels[:200])
    assert job.metrics(ran.output) == {"test:accuracy": pytest.approx(peer.score(features[200:], labels[200:]))}
    found = [each["predicted_label"] for each in job.answers(csv_of(features[200:]))]
    assert found == peer.predict(features[200:]).tolist()
    verbose = job.ask(csv_of(features[200:201]), CSV, "application/json; verbose=true")
    (one,) = json.loads(verbose.body)["predictions"]
    distances, places = peer.kneighbors(features[200:201])
    assert one["distances"] == pytest.approx(distances[0].tolist(), rel=1e-6)
    assert one["labels"] == labels[places[0]].tolist() and one["predicted_label"] == found[0]


def test_a_regressor_takes_the_mean_and_tells_its_error(vectors, table):
    _, features = table
    labels = features @ [1.0, 2.0, 0.0, 0.0]
    job = vectors("knn")
    whole = np.column_stack([labels, features])
    ran = job.train({**BASICS, "predictor_type": "regressor"}, CSV, train=csv_of(whole[:200]), test=csv_of(whole[200:]))
    peer = KNeighborsRegressor(5).fit(features[:200], labels[:200])
    expected = peer.predict(features[200:])
    assert job.metrics(ran.output)["test:mse"] == pytest.approx(
        float(((expected - labels[200:]) ** 2).mean()), rel=1e-5
    )
    found = [each["predicted_label"] for each in job.answers(csv_of(features[200:]))]
    assert found == pytest.approx(expected.tolist(), rel=1e-6)


@pytest.mark.parametrize("metric", ["COSINE", "INNER_PRODUCT"])
def test_other_metrics_find_other_neighbours(vectors, metric):
    job = vectors("knn")
    rows = np.array([[0.0, 1.0, 1.0], [1.0, 100.0, 0.0], [2.0, -3.0, 3.0]])
    job.train(
        {"k": 1, "sample_size": 3, "predictor_type": "classifier", "index_metric": metric}, CSV, train=csv_of(rows)
    )
    asked = job.answers("2,1.9\n1,0.01\n")
    assert [each["predicted_label"] for each in asked][1] == 1.0
    assert asked[0]["predicted_label"] == (0.0 if metric == "COSINE" else 1.0)


@pytest.mark.parametrize("kind", ["sign", "fjlt"])
def test_fewer_dimensions_keep_distances_nearly(vectors, kind):
    random = np.random.default_rng(9)
    features = random.normal(size=(200, 400))
    job = vectors("knn")
    hyperparameters = {"k": 1, "sample_size": 100, "predictor_type": "regressor"}
    reduction = {"dimension_reduction_type": kind, "dimension_reduction_target": 200}
    assert (
        job.train(
            {**hyperparameters, **reduction}, CSV, train=csv_of(np.column_stack([np.zeros(200), features]))
        ).exit_code
        == 0
    )
    model = load(job.root / "model")
    assert model.sample.shape == (100, 200) and model.feature_dim == 400
    ratio = np.linalg.norm(features @ model.projection, axis=1) / np.linalg.norm(features, axis=1)
    assert ratio.min() > 0.7 and ratio.max() < 1.3


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"sample_size": 2}, "k: 5 is more than sample_size, 2"),
        ({"dimension_reduction_type": "sign"}, "dimension_reduction_type and dimension_reduction_target come together"),
        ({"predictor_type": "cluster"}, "predictor_type: cluster is not in"),
        ({}, "k: 5 neighbours need as many records; channel train has 1"),
    ],
)
def test_wrong_parameters_are_named(vectors, more, reason):
    ran = vectors("knn").train({**BASICS, "predictor_type": "classifier", **more}, CSV, train="1,2,3\n")
    assert reason in ran.failure
