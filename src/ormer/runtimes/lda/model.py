"""Topics and their file, which is Amazon's own: `model_algo-1`, the MXNet arrays alpha and beta without names."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import digamma

from ..toolkit.failures import UserError
from ..vectors import mxnet_arrays
from ..vectors.bodies import Answers
from ..vectors.model_files import MODEL_NAME, file_of, write_file

STEPS_MAX = 200
CHANGE_MIN = 1e-4
"""The search for a document's mixture ends when no topic's part in it, in words, moves by more than this."""
SMALLEST = 1e-30


@dataclass(frozen=True)
class Topics:
    """alpha: how much of each topic a document has before its words are seen; words: topics × words, how frequent a
    word is in a topic."""

    alpha: Any
    words: Any

    @property
    def feature_dim(self) -> int:
        return int(self.words.shape[1])

    def mixtures(self, counts: Any) -> Any:
        """Returns documents × topics, each row 1 in all: mean-field variational inference."""
        total = np.asarray(counts.sum(axis=1)).reshape(-1, 1)
        found = self.alpha + total / len(self.alpha)
        for _ in range(STEPS_MAX):
            before = found
            share = np.exp(digamma(found) - digamma(found.sum(axis=1, keepdims=True)))
            seen = share @ self.words + SMALLEST
            rates = counts / seen if isinstance(counts, np.ndarray) else counts.multiply(1 / seen).tocsr()
            found = self.alpha + share * np.asarray(rates @ self.words.T)
            if np.abs(found - before).max() < CHANGE_MIN:
                break
        return found / found.sum(axis=1, keepdims=True)

    def likelihood(self, counts: Any) -> float:
        """Returns the mean natural logarithm of a word's probability."""
        dense = counts if isinstance(counts, np.ndarray) else counts.toarray()
        logarithms = np.log(self.mixtures(counts) @ self.words + SMALLEST)
        return float((dense * logarithms).sum() / dense.sum())

    def answers(self, features: Any, verbose: bool) -> Answers:
        """Returns {topic_mixture} of each row."""
        return [{"topic_mixture": row} for row in self.mixtures(features).tolist()]


def save(folder: Path, model: Topics) -> None:
    """Writes the model's file."""
    write_file(folder, mxnet_arrays.write({"alpha": model.alpha, "beta": model.words}, named=False))


def load(folder: Path) -> Topics:
    """Returns the model of a folder, Amazon's or ours. Raises UserError when there is none."""
    try:
        alpha, words = (array.astype("f8") for array in mxnet_arrays.read(file_of(folder).read_bytes()).values())
    except (ValueError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise UserError(f"{MODEL_NAME} is no model of lda: {error}") from error
    return Topics(alpha.reshape(-1), words)
