"""Artifact patterns against a reference: pathlib's own, where both mean the same."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormer.runtimes.build.globs import matching, pattern


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("**/*", ["a.txt", "b/c.txt", "b/d/e.json"]),
        ("*", ["a.txt"]),
        ("b/*", ["b/c.txt"]),
        ("b/**/*", ["b/c.txt", "b/d/e.json"]),
        ("**/*.txt", ["a.txt", "b/c.txt"]),
        ("./a.txt", ["a.txt"]),
        ("?.txt", ["a.txt"]),
        ("b", []),
    ],
)
def test_patterns_mean_files(tmp_path, glob, found):
    for name in ("a.txt", "b/c.txt", "b/d/e.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert matching(tmp_path, [glob]) == found


def test_excluded_files_stay_out(tmp_path):
    (tmp_path / "a.txt").touch()
    (tmp_path / "b.txt").touch()
    assert matching(tmp_path, ["**/*"], ["b*"]) == ["a.txt"]


WORDS = st.text("ab.", min_size=1, max_size=3).filter(lambda word: word not in (".", ".."))
PARTS = st.lists(WORDS, min_size=1, max_size=4)
GLOBS = st.lists(st.sampled_from(["a", "b", "*", "a*", "?", "*.b"]), min_size=1, max_size=4)


@given(PARTS, GLOBS)
def test_single_stars_agree_with_pathlib(parts, globs):
    path, glob = "/".join(parts), "/".join(globs)
    same_depth = len(parts) == len(globs)
    assert bool(pattern(glob).match(path)) == (same_depth and PurePosixPath(path).match(glob))
