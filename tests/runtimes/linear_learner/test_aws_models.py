"""Models that AWS's linear-learner wrote: read as they are, or refused in words."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ormer.runtimes.linear_learner.model_files import MODEL_NAME, load_model
from ormer.runtimes.toolkit.failures import UserError

FLOATS = 0


def array(values: Any, magic: int = 0xF993FAC9) -> bytes:
    """An array as MXNet saves it: magic, dense, its shape, the CPU, its type, its numbers."""
    given = np.asarray(values, "<f4")
    shape = struct.pack(f"<I{given.ndim}q", given.ndim, *given.shape)
    return struct.pack("<Ii", magic, 0) + shape + struct.pack("<iii", 1, 0, FLOATS) + given.tobytes()


def listed(**arrays: bytes) -> bytes:
    names = [f"arg:{name}".encode() for name in arrays]
    told = b"".join(struct.pack("<Q", len(name)) + name for name in names)
    count = struct.pack("<Q", len(arrays))
    return struct.pack("<QQ", 0x112, 0) + count + b"".join(arrays.values()) + count + told


def write(folder: Path, parameters: bytes, **about: Any) -> None:
    with zipfile.ZipFile(folder / MODEL_NAME, "w") as packed:
        packed.writestr("mx-mod-0000.params", parameters)
        packed.writestr("additional-params.json", json.dumps(about))
        packed.writestr("manifest.json", "{}")


def test_a_binary_classifier_answers_with_its_own_threshold(tmp_path: Path) -> None:
    parameters = listed(fc0_weight=array([[1.0], [-2.0]]), fc0_bias=array([[0.5]]))
    write(tmp_path, parameters, predictor_type="binary_classifier", loss_type="logistic", threshold=0.6)
    model = load_model(tmp_path)
    assert model.feature_dim == 2
    scores = model.scores(np.array([[1.0, 1.0], [1.0, 0.5]]))
    assert scores == pytest.approx([1 / (1 + np.exp(0.5)), 1 / (1 + np.exp(-0.5))])
    assert list(model.labels(scores)) == [0, 1]


def test_a_classifier_of_several_classes_and_a_regressor(tmp_path: Path) -> None:
    parameters = listed(fc0_bias=array([0.0, 0.0, 1.0]), fc0_weight=array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    write(tmp_path, parameters, predictor_type="multiclass_classifier", loss_type="softmax_loss", threshold=None)
    model = load_model(tmp_path)
    assert list(model.labels(model.scores(np.array([[5.0, 0.0], [0.0, 5.0], [0.0, 0.0]])))) == [0, 1, 2]
    write(
        tmp_path,
        listed(fc0_weight=array([[2.0]]), fc0_bias=array([1.0])),
        predictor_type="regressor",
        loss_type="squared_loss",
    )
    assert list(load_model(tmp_path).scores(np.array([[3.0]]))) == [7.0]


@pytest.mark.parametrize(
    "parameters", [b"", listed(fc0_weight=array([[1.0]])), listed(fc0_weight=array([[1.0]], 1)), listed()[:20]]
)
def test_bytes_that_are_something_else_are_refused(tmp_path: Path, parameters: bytes) -> None:
    write(tmp_path, parameters, predictor_type="regressor", loss_type="squared_loss")
    with pytest.raises(UserError, match="no model of linear-learner"):
        load_model(tmp_path)
