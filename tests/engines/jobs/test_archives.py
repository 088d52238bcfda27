"""Archives of users are unpacked into their folder and nowhere else, whatever Python's tarfile can do."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ormer.engines.jobs.archives import unpack, unpack_checked

Unpack = Callable[[tarfile.TarFile, Path], None]
both = pytest.mark.parametrize("unpacked", [unpack, unpack_checked])


def file(name: str, content: bytes = b"x", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.uid, member.uname = len(content), mode, 4711, "somebody"
    return member, content


def other(name: str, kind: bytes, to: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, to, 0o755
    return member, b""


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> tarfile.TarFile:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as made:
        for member, content in members:
            made.addfile(member, io.BytesIO(content))
    raw.seek(0)
    return tarfile.open(fileobj=raw)


@both
def test_files_folders_and_links_within_are_unpacked(tmp_path: Path, unpacked: Unpack) -> None:
    target = tmp_path / "model"
    members = [
        other("code", tarfile.DIRTYPE),
        file("code/run.sh", b"run", 0o4777),
        file("/etc/model.json", b"{}", 0o002),
        other("code/same", tarfile.SYMTYPE, "../etc/model.json"),
        other("twice", tarfile.LNKTYPE, "code/run.sh"),
    ]
    unpacked(archive(*members), target)
    assert (target / "code" / "same").read_bytes() == (target / "etc" / "model.json").read_bytes() == b"{}"
    assert (target / "twice").read_bytes() == b"run"
    assert stat.S_IMODE((target / "code" / "run.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((target / "etc" / "model.json").stat().st_mode) == 0o600
    assert (target / "code" / "run.sh").stat().st_uid == os.getuid()


@both
@pytest.mark.parametrize(
    "members",
    [
        [file("../out")],
        [file("a/../../out")],
        [other("link", tarfile.SYMTYPE, "..")],
        [other("link", tarfile.SYMTYPE, "/etc")],
        [other("a", tarfile.DIRTYPE), other("a/up", tarfile.SYMTYPE, ".."), other("b", tarfile.SYMTYPE, "a/up/..")],
        [other("link", tarfile.LNKTYPE, "../secret")],
        [other("pipe", tarfile.FIFOTYPE)],
        [other("disk", tarfile.BLKTYPE)],
    ],
    ids=["above", "above by a detour", "link up", "link away", "link by a link", "hard link up", "pipe", "device"],
)
def test_what_would_leave_the_folder_or_is_no_data_is_refused(
    tmp_path: Path, unpacked: Unpack, members: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    (tmp_path / "secret").write_text("mine")
    with pytest.raises(tarfile.TarError):
        unpacked(archive(*members), tmp_path / "model")
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "secret").read_text() == "mine"
