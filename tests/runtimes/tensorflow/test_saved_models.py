"""What a TensorFlow image takes and finds; the models themselves are in the journeys."""

from __future__ import annotations

import json

import pytest

from ormer.runtimes.tensorflow.saved_models import BadRequest, find_saved_model, requested


@pytest.mark.parametrize(
    ("body", "kind", "rows"),
    [
        (b"1,2.5\n3,4\n", "text/csv", [[1, 2.5], [3, 4]]),
        (b'1,"red"\n', "text/csv", [[1, "red"]]),
        (b"[[1, 2], [3, 4]]", "application/json", [[1, 2], [3, 4]]),
        (b'{"x": [1]}', "application/json", [{"x": [1]}]),
        (b'{"x": [1]}\n{"x": [2]}\n', "application/json", [{"x": [1]}, {"x": [2]}]),
        (b"[1]\n\n[2]\n", "application/jsonlines", [[1], [2]]),
    ],
)
def test_tables_and_lines_become_rows(body, kind, rows):
    asked, known = requested(body, kind)
    assert known and json.loads(asked) == {"instances": rows}


@pytest.mark.parametrize("body", [b'{"instances": [[1]]}', b'{"inputs": {"x": [1]}, "signature_name": "other"}'])
def test_what_is_a_predict_request_already_goes_on_as_it_is(body):
    assert requested(body, "application/json") == (body, True)


def test_other_types_are_not_known_and_broken_lines_are_the_askers_fault():
    assert requested(b"x", "application/x-npy") == (b"x", False)
    with pytest.raises(BadRequest, match="JSON Parse error"):
        requested(b"[1]\n[2", "application/jsonlines")


def test_the_newest_version_is_served(tmp_path):
    for version in ("1", "12", "9"):
        folder = tmp_path / "export" / "Servo" / version
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").touch()
    assert find_saved_model(tmp_path).name == "12"


def test_an_archive_without_a_version_says_what_to_do(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(FileNotFoundError, match="folder whose name is a number"):
        find_saved_model(tmp_path)
