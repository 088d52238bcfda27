"""k-means: clusters as scikit-learn finds them, answers in AWS's forms, Amazon's model files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.cluster import KMeans
from tests.runtimes.linear_learner.conftest import record
from tests.runtimes.vectors.conftest import CSV, JSON, LINES, RECORDS, csv_of

from ormer.runtimes.kmeans.model import load
from ormer.runtimes.toolkit.failures import UserError
from ormer.runtimes.toolkit.recordio import split_records

CENTERS = np.array([[0.0, 0.0, 5.0], [10.0, 0.0, -5.0], [0.0, 10.0, 0.0]])


@pytest.fixture
def rows():
    random = np.random.default_rng(1)
    return np.vstack([center + random.normal(size=(60, 3)) for center in CENTERS])


def test_the_centers_and_the_metrics_are_those_of_lloyds_method(vectors, rows):
    job = vectors("kmeans")
    ran = job.train(
        {"k": 3, "eval_metrics": '["msd", "ssd"]', "init_method": "random", "epochs": 1, "force_dense": "True"},
        train=csv_of(rows),
        test=csv_of(rows),
    )
    assert (ran.exit_code, ran.failure) == (0, ""), ran.output
    assert "Without effect" in ran.output and "init_method" in ran.output
    peer = KMeans(3, n_init=5, random_state=7).fit(rows)
    found = load(job.root / "model").centers
    np.testing.assert_allclose(
        found[found[:, 0].argsort()], peer.cluster_centers_[peer.cluster_centers_[:, 0].argsort()], atol=0.01
    )
    metrics = job.metrics(ran.output)
    assert metrics["test:ssd"] == pytest.approx(peer.inertia_, rel=1e-3)
    assert metrics["test:msd"] == pytest.approx(peer.inertia_ / len(rows), rel=1e-3)


def test_the_answers_have_awss_forms(vectors, rows):
    job = vectors("kmeans")
    assert job.train({"k": 3}, content_type="", train=b"".join(record(row) for row in rows)).exit_code == 0
    asked = csv_of(CENTERS)
    expected = job.answers(asked)
    assert len({each["closest_cluster"] for each in expected}) == 3
    centers = load(job.root / "model").centers
    for each, row in zip(expected, CENTERS, strict=True):
        far = np.linalg.norm(centers - row, axis=1)
        assert (each["closest_cluster"], each["distance_to_cluster"]) == (
            far.argmin(),
            pytest.approx(far.min(), rel=1e-5),
        )
    lines = job.ask(asked, CSV, LINES)
    assert [json.loads(line) for line in lines.body.splitlines()] == expected
    cells = [list(map(float, line.split(b","))) for line in job.ask(asked, CSV, CSV).body.splitlines()]
    assert cells == [[each["closest_cluster"], each["distance_to_cluster"]] for each in expected]
    records = list(split_records(job.ask(b"".join(record(row) for row in CENTERS), RECORDS, RECORDS).body))
    assert len(records) == 3 and all(b"closest_cluster" in one and b"distance_to_cluster" in one for one in records)
    sparse = job.answers(record([10.0, -5.0], keys=[0, 2], width=3), RECORDS)
    assert sparse[0]["closest_cluster"] == expected[1]["closest_cluster"]
    assert job.ask("1,2", CSV).status == 400 and job.ask("1,2,3", "image/png").status == 415
    assert job.ask(json.dumps({"instances": [{"features": [0, 0, 5]}]}), JSON).status == 200


def test_a_label_column_is_left_out_unless_the_content_type_says_that_there_is_none(vectors, rows):
    job = vectors("kmeans")
    labelled = np.column_stack([np.arange(len(rows)) * 100.0, rows])
    assert job.train({"k": 3}, CSV, train=csv_of(labelled)).exit_code == 0
    assert load(job.root / "model").centers.shape == (3, 3)


@pytest.mark.parametrize(
    ("hyperparameters", "reason"),
    [
        ({}, "Missing required hyperparameter: k; it is the number of clusters"),
        ({"k": 0}, "Hyperparameter k: 0 is not in"),
        ({"k": 9}, "Hyperparameter k: 9 clusters need as many records; channel train has 2"),
        ({"k": 1, "eval_metrics": "msd"}, "is no JSON list"),
        ({"k": 1, "eval_metrics": '["mse"]'}, "is no list of msd, ssd"),
        ({"k": 1, "feature_dim": 4}, "Channel train has 2 features, but feature_dim is 4"),
        ({"k": 1, "clusters": 4}, "'clusters' was unexpected"),
    ],
)
def test_wrong_parameters_are_named(vectors, hyperparameters, reason):
    ran = vectors("kmeans").train(hyperparameters, train="1,2\n3,4\n")
    assert ran.exit_code == 2 and ran.failure.startswith("ClientError: ") and reason in ran.failure


def test_a_file_that_is_no_model_is_named(tmp_path):
    (tmp_path / "model_algo-1").write_bytes(b"\x00" * 64)
    with pytest.raises(UserError, match="model_algo-1 is no model of kmeans"):
        load(tmp_path)
