"""Random cut forests: their cuts, their scores, and what they find."""

from __future__ import annotations

import numpy as np
import pytest
from tests.runtimes.linear_learner.conftest import record
from tests.runtimes.vectors.conftest import CSV, RECORDS, csv_of

from ormer.runtimes.random_cut_forest.model import grow, load, save
from ormer.runtimes.toolkit.recordio import split_records


def test_a_row_far_away_scores_higher_and_the_test_channel_tells_how_well_that_works(vectors):
    random = np.random.default_rng(11)
    usual, odd = random.normal(size=(1000, 3)), random.normal(size=(8, 3)) + 9
    job = vectors("random_cut_forest")
    labelled = np.vstack([np.column_stack([np.zeros(100), usual[:100]]), np.column_stack([np.ones(8), odd])])
    ran = job.train(
        {"num_trees": 50, "num_samples_per_tree": 128, "eval_metrics": '["accuracy", "precision_recall_fscore"]'},
        train=csv_of(usual),
        test=(f"{CSV};label_size=1", csv_of(labelled)),
    )
    assert (ran.exit_code, ran.failure) == (0, ""), ran.output
    assert job.metrics(ran.output)["test:f1"] > 0.8
    assert "test accuracy <score>=" in ran.output and "test recall <score>=1.0" in ran.output
    scores = [each["score"] for each in job.answers(csv_of(np.vstack([usual[:50], odd])), CSV, "scores")]
    assert min(scores[50:]) > 1.5 > 1.1 > np.mean(scores[:50])
    (answered,) = split_records(job.ask(record(odd[0]), RECORDS, RECORDS).body)
    assert b"score" in answered
    assert float(job.ask(csv_of(odd[:1]), CSV, CSV).body) == pytest.approx(scores[50])


def test_of_two_rows_the_score_is_that_of_the_first_cut():
    forest = grow(np.array([[0.0], [1.0]]), trees=100, sample=2)
    # In the tree of two leaves a row of it stands at depth 1 alone: log2(1 + 1) = 1 more.
    np.testing.assert_allclose(forest.scores(np.array([[0.0], [1.0]])), np.log2(3) / 2)
    # Of a row at 3 the box grows from 1 to 3: two thirds of the cuts part it from both, else it goes on to a leaf.
    expected = (2 / 3 * 1 + 1 / 3 * 1 / 2) * np.log2(3)
    np.testing.assert_allclose(forest.scores(np.array([[3.0]])), expected)


def test_equal_rows_make_one_leaf():
    forest = grow(np.ones((10, 2)), trees=50, sample=10)
    assert len(forest.mass) == 50 and set(forest.mass) == {10}
    assert forest.scores(np.ones((1, 2)))[0] == pytest.approx(1.0)
    assert forest.scores(np.zeros((1, 2)))[0] == pytest.approx(np.log2(11))


def test_every_tree_divides_its_whole_sample():
    random = np.random.default_rng(2)
    forest = grow(random.normal(size=(500, 4)), trees=50, sample=64)
    assert set(forest.mass[forest.roots]) == {64}
    inner = forest.feature >= 0
    np.testing.assert_array_equal(
        forest.mass[inner], forest.mass[forest.left[inner]] + forest.mass[forest.right[inner]]
    )


def test_a_forest_comes_back_from_its_file_as_it_was(tmp_path):
    rows = np.random.default_rng(3).normal(size=(300, 5)).round(1)
    forest = grow(rows, trees=50, sample=100)
    save(tmp_path, forest)
    again = load(tmp_path)
    np.testing.assert_array_equal(again.low, forest.low)
    np.testing.assert_array_equal(again.high, forest.high)
    np.testing.assert_array_equal(again.scores(rows), forest.scores(rows))


def test_neighbours_in_float32_are_still_parted():
    rows = np.array([[1.0], [np.nextafter(np.float32(1), np.float32(2))]])
    forest = grow(rows, trees=50, sample=2)
    assert len(forest.mass) == 150 and (forest.mass[forest.feature < 0] == 1).all()


def test_labels_that_are_no_anomalies_are_refused(vectors):
    ran = vectors("random_cut_forest").train({}, train="1,2\n3,4\n", test=(f"{CSV};label_size=1", "7,1,2\n"))
    assert "Channel test has labels other than 0 and 1" in ran.failure
