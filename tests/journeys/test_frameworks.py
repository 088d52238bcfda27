"""PyTorch and TensorFlow by their images, through the unmodified SDK."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import World

PROGRAM = Path(__file__).parent / "frameworks" / "sdk_2.py"


@pytest.mark.journey
@pytest.mark.timeout(1800)
def test_scripts_of_pytorch_and_tensorflow_train_and_their_models_answer(world: World) -> None:
    told = world.stages("sagemaker-2.257", PROGRAM)
    line = [[pytest.approx(7.0, abs=0.1)], [pytest.approx(1.0, abs=0.1)]]
    assert told["pytorch"]["answer"] == line
    assert told["pytorch"]["loss"] < 0.01
    for version in ("2.14.1", "2.19.0"):
        answers = told[f"tensorflow {version}"]
        assert answers["rows"] == answers["plain"] == {"predictions": line}
        assert answers["columns"] == {"outputs": line}
    assert [cell.split(":")[0] for (cell,) in told["handlers"]["answer"]] == ["000000001"] * 2
    assert [float(cell.split(":")[1]) for (cell,) in told["handlers"]["answer"]] == [each for (each,) in line]
