"""Topics of documents whose topics are known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.runtimes.linear_learner.conftest import record
from tests.runtimes.vectors.conftest import RECORDS, csv_of

from ormer.runtimes.toolkit.recordio import split_records


def test_documents_are_told_apart_by_their_words(vectors):
    random = np.random.default_rng(4)
    words = np.array([[0.3, 0.3, 0.3, 0.05, 0.03, 0.02], [0.02, 0.03, 0.05, 0.3, 0.3, 0.3]])
    documents = np.array([random.multinomial(80, words[number % 2]) for number in range(60)], dtype=float)
    job = vectors("lda")
    ran = job.train(
        {"num_topics": 2, "alpha0": 0.2, "mini_batch_size": 60}, train=csv_of(documents), test=csv_of(documents)
    )
    assert (ran.exit_code, ran.failure) == (0, ""), ran.output
    truth = sum(documents[number] @ np.log(words[number % 2]) for number in range(60)) / documents.sum()
    assert job.metrics(ran.output)["test:pwll"] == pytest.approx(truth, abs=0.05)
    mixtures = [each["topic_mixture"] for each in job.answers(csv_of(documents[:10]))]
    largest = np.argmax(mixtures, axis=1)
    assert set(largest[::2]) != set(largest[1::2]) and len(set(largest)) == 2
    np.testing.assert_allclose(np.sum(mixtures, axis=1), 1)
    (answered,) = split_records(job.ask(record([9, 9, 9], keys=[0, 1, 2], width=6, layout="i"), RECORDS, RECORDS).body)
    assert b"topic_mixture" in answered


def test_a_large_alpha_makes_mixtures_of_all_topics(vectors):
    job = vectors("lda")
    assert job.train({"num_topics": 2, "alpha0": 1000}, train="9,0\n0,9\n").exit_code == 0
    (mixture,) = (each["topic_mixture"] for each in job.answers("1,0\n"))
    assert min(mixture) > 0.4


def test_negative_counts_are_refused(vectors):
    assert "features of lda are counts of words" in vectors("lda").train({"num_topics": 2}, train="1,-2\n3,4\n").failure
