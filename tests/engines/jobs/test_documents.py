"""What programs in sandboxes leave to be read is read as a stranger's words."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ormer.engines.jobs.folders import read_document


def test_an_object_is_read(tmp_path: Path) -> None:
    (tmp_path / "said").write_text('{"a": [1]}')
    assert read_document(tmp_path / "said", 100) == {"a": [1]}


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": "' + "x" * 100 + '"}', "[" * 100_000, "\udcff"])
def test_what_is_no_object_within_the_bound_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "said").write_text(text, errors="surrogateescape")
    assert read_document(tmp_path / "said", 100_000 if text.startswith("[") else 50) is None


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(json.dumps({"secret": 1}))
    os.symlink(tmp_path / "secret", tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder", "nothing"):
        assert read_document(tmp_path / name, 100) is None
