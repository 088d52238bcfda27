"""The cache that builds share: bounded, and filled only with what the index has."""

from __future__ import annotations

from ormer.engines.builds import packages
from ormer.engines.builds.folders import packages_folder


def test_a_cache_that_is_too_large_begins_anew(tmp_path, monkeypatch):
    kept = packages_folder(tmp_path) / "archive-v0" / "a"
    kept.parent.mkdir()
    kept.write_bytes(b"x" * 100)
    (tmp_path / "builds" / "packages.json").write_text("[]")
    packages.bound(tmp_path)
    assert kept.exists()
    monkeypatch.setattr(packages, "BYTES_MAX", 99)
    packages.bound(tmp_path)
    assert not kept.exists()
    assert not (tmp_path / "builds" / "packages.json").exists()


def test_only_exact_versions_by_name_are_fetched_again():
    for good in ("numpy==1.26.4", "protobuf3_to_dict==0.1.5", "torch==2.1.0+cpu"):
        assert packages.PINNED.fullmatch(good)
    for bad in ("numpy", "../x==1", "--index-url=http://a==1", "a @ file:///x==1", "a==1 b==2"):
        assert not packages.PINNED.fullmatch(bad)
