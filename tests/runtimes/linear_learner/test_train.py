"""Training linear-learner: real files, real processes, and fits compared with scikit-learn's."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn.linear_model import HuberRegressor, LogisticRegression, QuantileRegressor, Ridge
from sklearn.preprocessing import StandardScaler
from tests.runtimes.linear_learner.conftest import csv_of, features_and_margin, record

from ormer.engines.jobs.metrics import Matcher, definitions_of

BINARY = {"predictor_type": "binary_classifier"}
REGRESSOR = {"predictor_type": "regressor"}


def metrics_in(output: str) -> dict[str, float]:
    """The last value of each metric that the platform finds in a log."""
    lines = [(number, line) for number, line in enumerate(output.splitlines())]
    return {point.name: point.value for point in Matcher(definitions_of("linear_learner")).points(lines)}


def test_a_regressor_is_ridge_regression_on_scaled_data(job):
    features, margin = features_and_margin(1)
    ran = job.train({**REGRESSOR, "wd": 0.1}, train=csv_of(1000 + 7 * margin, features))
    assert (ran.exit_code, ran.failure) == (0, "")
    weights, bias = job.model()
    labels = 1000 + 7 * margin
    scaler = StandardScaler().fit(features)
    # Half of wd stands before the squares, and the mean of losses before the sum that Ridge takes.
    ridge = Ridge(alpha=0.05 * len(labels)).fit(scaler.transform(features), (labels - labels.mean()) / labels.std())
    expected = ridge.coef_ / scaler.scale_ * labels.std()
    np.testing.assert_allclose(weights[0], expected, rtol=1e-3)
    assert bias[0] == pytest.approx(labels.mean() - expected @ features.mean(axis=0), rel=1e-3)


def test_a_binary_classifier_is_logistic_regression_and_tells_its_metrics(job):
    features, margin = features_and_margin(2)
    other, other_margin = features_and_margin(3)
    ran = job.train(
        {**BINARY, "wd": 0.01, "feature_dim": 3, "mini_batch_size": 100, "_tuning_objective_metric": "x"},
        train=csv_of(margin > 0, features),
        validation=csv_of(other_margin > 0, other),
        test=csv_of(other_margin > 0, other),
    )
    assert ran.exit_code == 0, ran.output
    scaler = StandardScaler().fit(features)
    peer = LogisticRegression(C=1 / (0.01 * len(margin)), tol=1e-8).fit(scaler.transform(features), margin > 0)
    np.testing.assert_allclose(job.model()[0][0], peer.coef_[0] / scaler.scale_, rtol=1e-2)
    found = metrics_in(ran.output)
    assert found["validation:binary_classification_accuracy"] > 0.95
    assert found["validation:objective_loss"] == pytest.approx(found["validation:objective_loss:final"], rel=1e-3)
    assert 0 < found["train:objective_loss"] < 0.3
    assert {"test:binary_f_beta", "test:recall", "validation:precision", "test:roc_auc_score"} <= set(found)


def test_the_best_of_several_weight_decays_is_the_model_and_the_one_that_metrics_tell_of(job):
    features, margin = features_and_margin(14, rows=30)
    other, other_margin = features_and_margin(15)
    data = {"train": csv_of(margin > 0, features), "validation": csv_of(other_margin > 0, other)}
    ran = job.train({**BINARY, "num_models": 3}, **data)
    tried = {float(wd): float(loss) for wd, loss in re.findall(r"^wd (\S+): validation loss (\S+)", ran.output, re.M)}
    assert set(tried) == {1e-4, 1e-2, 1e-3}
    found = metrics_in(ran.output)
    assert found["validation:objective_loss"] == pytest.approx(min(tried.values()), rel=1e-4)
    assert found["validation:objective_loss:final"] == pytest.approx(min(tried.values()), rel=1e-4)
    best = job.model()[0]
    job.train({**BINARY, "wd": min(tried, key=tried.__getitem__)}, **data)
    np.testing.assert_allclose(job.model()[0], best, rtol=1e-6)


def test_a_multiclass_classifier_learns_its_classes(job):
    features, margin = features_and_margin(4)
    labels = np.digitize(margin, [-1, 1])
    hyperparameters = {"predictor_type": "multiclass_classifier", "num_classes": 3, "accuracy_top_k": 2}
    ran = job.train(hyperparameters, train=csv_of(labels, features), validation=csv_of(labels, features))
    assert ran.exit_code == 0, ran.output
    assert job.model()[0].shape == (3, 3)
    found = metrics_in(ran.output)
    assert found["validation:multiclass_accuracy"] > 0.85
    assert found["validation:multiclass_top_k_accuracy"] > found["validation:multiclass_accuracy"]


@pytest.mark.parametrize(
    ("loss", "more"),
    [
        ("absolute_loss", {}),
        ("eps_insensitive_squared_loss", {}),
        ("eps_insensitive_absolute_loss", {}),
        ("huber_loss", {"huber_delta": 0.5}),
        ("quantile_loss", {"quantile": 0.9}),
    ],
)
def test_every_loss_of_a_regressor_finds_the_line(job, loss, more):
    features, margin = features_and_margin(5)
    ran = job.train({**REGRESSOR, "loss": loss, "wd": 0, **more}, train=csv_of(margin, features))
    assert ran.exit_code == 0, ran.output
    weights, bias = job.model()
    np.testing.assert_allclose(weights[0] * [1.0, 20.0, 0.1], [2.0, -1.0, 0.5], atol=0.06)
    if loss == "quantile_loss":
        below = np.mean(margin <= features @ weights[0] + bias[0])
        assert below == pytest.approx(0.9, abs=0.02)
        scaled = StandardScaler().fit_transform(features)
        peer = QuantileRegressor(quantile=0.9, alpha=0).fit(scaled, margin).predict(scaled)
        np.testing.assert_allclose(features @ weights[0] + bias[0], peer, atol=0.1)
    if loss == "huber_loss":
        peer = HuberRegressor(alpha=0).fit(StandardScaler().fit_transform(features), margin)
        np.testing.assert_allclose(weights[0] * features.std(axis=0), peer.coef_, atol=0.05)


def test_a_hinge_separates_and_l1_drops_what_does_not_matter(job):
    features, margin = features_and_margin(6)
    noise = np.random.default_rng(7).normal(size=(len(margin), 2))
    data = csv_of(margin > 0, np.column_stack([features, noise]))
    ran = job.train({**BINARY, "loss": "hinge_loss", "l1": 0.05, "wd": 0}, train=data)
    assert ran.exit_code == 0, ran.output
    weights = job.model()[0][0]
    assert abs(weights[0]) > 0.1 and np.abs(weights[3:]).max() < 1e-6
    accuracy = re.search(r"train binary_classification_accuracy <score>=(\S+)", ran.output)
    assert float(accuracy.group(1)) > 0.9


@pytest.mark.parametrize(
    ("criteria", "metric"),
    [("precision_at_target_recall", "recall"), ("recall_at_target_precision", "precision")],
)
def test_the_threshold_meets_the_asked_target(job, criteria, metric):
    features, margin = features_and_margin(8)
    labels = margin + np.random.default_rng(9).normal(size=len(margin)) * 2 > 0
    targets = {"target_recall": 0.95, "target_precision": 0.95}
    ran = job.train(
        {**BINARY, "binary_classifier_model_selection_criteria": criteria, **targets}, train=csv_of(labels, features)
    )
    found = {name: float(value) for name, value in re.findall(r"train (\w+) <score>=(\S+)", ran.output)}
    assert 0.95 <= found[metric] < 0.97


def test_positive_examples_count_as_much_as_asked(job):
    features, margin = features_and_margin(10)
    data = csv_of(margin > 2.5, features + np.random.default_rng(11).normal(size=features.shape) * [1, 20, 0.1])
    recalls = []
    for multiplier in ("1.0", "balanced"):
        hyperparameters = {**BINARY, "binary_classifier_model_selection_criteria": "loss_function"}
        ran = job.train({**hyperparameters, "positive_example_weight_mult": multiplier}, train=data)
        recalls.append(float(re.search(r"train recall <score>=(\S+)", ran.output).group(1)))
    assert recalls[1] > recalls[0] + 0.2


@pytest.mark.parametrize("layout", ["f", "d"])
def test_dense_and_sparse_records_and_csv_give_the_same_model(job, layout):
    features, margin = features_and_margin(12, rows=60)
    features, labels = features.astype(np.float32), (margin > 0).astype(float)
    dense = b"".join(record(row, label, layout=layout) for row, label in zip(features, labels, strict=True))
    sparse = b"".join(record(row, label, [0, 1, 2], 3) for row, label in zip(features, labels, strict=True))
    models = []
    for content_type, data in (
        ("text/csv;label_size=1", csv_of(labels, features)),
        ("application/x-recordio-protobuf", dense),
        (None, sparse),
    ):
        ran = job.train({**BINARY, "wd": 0.01, "unbias_data": "true"}, content_type, train=data)
        assert ran.exit_code == 0, ran.output
        models.append(job.model()[0])
    np.testing.assert_allclose(models[1], models[0], rtol=1e-2)
    np.testing.assert_allclose(models[2], models[0], rtol=1e-2)


def test_whole_numbers_in_records_are_read(job):
    random = np.random.default_rng(13)
    features = random.integers(0, 100, size=(50, 2))
    records = b"".join(record(row, float(row[0] - row[1]), layout="i") for row in features)
    ran = job.train({**REGRESSOR, "wd": 0}, None, train=records)
    assert ran.exit_code == 0, ran.output
    np.testing.assert_allclose(job.model()[0][0], [1, -1], atol=1e-3)


GOOD = "1,2,3\n0,3,4\n"


@pytest.mark.parametrize(
    ("hyperparameters", "channels", "reason"),
    [
        ({}, {"train": GOOD}, "Missing required hyperparameter: predictor_type"),
        ({"predictor_type": "tree"}, {"train": GOOD}, "Hyperparameter predictor_type: tree is not in"),
        ({**BINARY, "depth": 3}, {"train": GOOD}, "Additional hyperparameters are not allowed ('depth'"),
        ({**BINARY, "wd": -1}, {"train": GOOD}, "Hyperparameter wd: -1.0 is not in [0, +inf)"),
        ({**BINARY, "epochs": 0}, {"train": GOOD}, "Hyperparameter epochs: 0 is not in [1, +inf)"),
        ({**BINARY, "normalize_data": "maybe"}, {"train": GOOD}, "Hyperparameter normalize_data: maybe is not in"),
        ({**BINARY, "loss": "squared_loss"}, {"train": GOOD}, "Hyperparameter loss: squared_loss is no loss of"),
        ({"predictor_type": "multiclass_classifier"}, {"train": GOOD}, "Missing required hyperparameter: num_classes"),
        ({**BINARY, "feature_dim": 5}, {"train": GOOD}, "Channel train has 2 features, but feature_dim is 5"),
        (BINARY, {"validation": GOOD}, "Missing required channel: train"),
        (BINARY, {"train": GOOD, "dev": GOOD}, "Additional channels are not allowed ('dev'"),
        (BINARY, {"train": "7,2,3\n"}, "Channel train has the label 7"),
        (BINARY, {"train": "label,a,b\n1,2,3\n"}, "Unable to read part-0 of channel train as CSV"),
        (BINARY, {"train": GOOD, "validation": "1,2\n"}, "Channel validation has 1 features, but the width of"),
        (BINARY, {"train": "1,nan,3\n"}, "Channel train holds NaN"),
        (BINARY, {"train": ""}, "No data found in channel train"),
    ],
)
def test_what_is_wrong_is_named_as_the_customers_mistake(job, hyperparameters, channels, reason):
    ran = job.train(hyperparameters, **channels)
    assert ran.exit_code == 2
    assert ran.failure.startswith(f"ClientError: {reason}")
    assert "Traceback" not in ran.output


def test_csv_without_its_content_type_is_told_to_name_it(job):
    ran = job.train(BINARY, None, train=GOOD)
    assert "For CSV set the channel's ContentType to text/csv" in ran.failure
