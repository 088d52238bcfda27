"""Factorization machines find what only pairs of features tell."""

from __future__ import annotations

import numpy as np
import pytest
from tests.runtimes.linear_learner.conftest import record
from tests.runtimes.vectors.conftest import CSV, RECORDS, csv_of

from ormer.runtimes.factorization_machines.model import load
from ormer.runtimes.toolkit.recordio import split_records


@pytest.fixture
def features():
    return np.random.default_rng(8).normal(size=(400, 4))


def test_a_regressor_learns_products_of_features(vectors, features):
    labels = 3 + features[:, 0] + 2 * features[:, 1] * features[:, 2]
    whole = csv_of(np.column_stack([labels, features]))
    job = vectors("factorization_machines")
    hyperparameters = {"num_factors": 3, "predictor_type": "regressor", "epochs": 20, "bias_wd": 0, "linear_wd": 0}
    ran = job.train({**hyperparameters, "clip_gradient": 100.0, "eps": 0.001}, CSV, train=whole, test=whole)
    assert (ran.exit_code, ran.failure) == (0, ""), ran.output
    assert job.metrics(ran.output)["test:rmse"] < 0.1
    model = load(job.root / "model")
    assert (model.factors @ model.factors.T)[1, 2] == pytest.approx(2, abs=0.05)
    assert model.linear[0] == pytest.approx(1, abs=0.05) and model.bias == pytest.approx(3, abs=0.05)
    found = [each["score"] for each in job.answers(csv_of(features[:5]))]
    assert found == pytest.approx(labels[:5].tolist(), abs=0.3)


def test_a_classifier_gives_probabilities_and_labels_of_sparse_records(vectors, features):
    labels = (features[:, 0] * features[:, 1] > 0).astype(float)
    job = vectors("factorization_machines")
    sparse = b"".join(
        record(row, float(label), keys=[0, 1, 2, 3], width=4) for row, label in zip(features, labels, strict=True)
    )
    hyperparameters = {"num_factors": 2, "predictor_type": "binary_classifier", "epochs": 20, "feature_dim": 4}
    ran = job.train(hyperparameters, content_type="", train=sparse, test=sparse)
    assert ran.exit_code == 0, ran.output
    metrics = job.metrics(ran.output)
    assert metrics["test:binary_classification_accuracy"] > 0.95 < metrics["test:binary_f_beta"]
    assert metrics["test:binary_classification_cross_entropy"] < 0.2
    answers = job.answers(csv_of(features[:20]))
    assert [each["predicted_label"] for each in answers] == [float(each["score"] >= 0.5) for each in answers]
    (answered,) = split_records(job.ask(record(features[0]), RECORDS, RECORDS).body)
    assert b"score" in answered and b"predicted_label" in answered


def test_labels_that_are_no_classes_are_refused(vectors):
    ran = vectors("factorization_machines").train(
        {"num_factors": 1, "predictor_type": "binary_classifier"}, CSV, train="2,1\n0,1\n"
    )
    assert "Channel train has labels other than 0 and 1" in ran.failure
