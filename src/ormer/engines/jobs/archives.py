"""Tar archives that users made, unpacked by the server: nothing of them may land outside of its folder."""

from __future__ import annotations

import os
import stat
import tarfile
from pathlib import Path

READ_AND_WRITE = stat.S_IRUSR | stat.S_IWUSR
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


def unpack(archive: tarfile.TarFile, target: Path) -> None:
    """Unpack into `target` by the rules of Python's data filter. Raises tarfile.TarError for a member that breaks them.

    https://docs.python.org/3/library/tarfile.html#tarfile.data_filter
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(target, filter="data")
    else:
        unpack_checked(archive, target)


def unpack_checked(archive: tarfile.TarFile, target: Path) -> None:
    """The same with a Python whose tarfile has no filters: Debian 12 comes with 3.11.2.

    Members are judged one by one, since a link that an earlier one made may lead a later one elsewhere.
    """
    root = os.path.realpath(target)
    for member in archive:
        member.name = member.name.lstrip("/" + os.sep)
        place = os.path.join(root, member.name)
        _keep_inside(root, place, member)
        if member.issym():
            if os.path.isabs(member.linkname):
                raise tarfile.ExtractError(f"{member.name!r} is a link to an absolute path")
            _keep_inside(root, os.path.join(os.path.dirname(place), member.linkname), member)
        elif member.islnk():
            _keep_inside(root, os.path.join(root, member.linkname), member)
        elif not (member.isfile() or member.isdir()):
            raise tarfile.ExtractError(f"{member.name!r} is a special file")
        member.mode = _mode(member)
        member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
        archive.extract(member, root)


def _keep_inside(root: str, place: str, member: tarfile.TarInfo) -> None:
    if os.path.commonpath([root, os.path.realpath(place)]) != root:
        raise tarfile.ExtractError(f"{member.name!r} would be extracted to {place!r}, which is outside the destination")


def _mode(member: tarfile.TarInfo) -> int:
    """Permissions without what others may write; a file that its owner may not execute nobody may."""
    if member.isdir():
        return stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH
    mode = stat.S_IMODE(member.mode) & 0o777 & ~OTHERS_WRITE
    if not mode & stat.S_IXUSR:
        mode &= ~EXECUTABLE
    return mode | READ_AND_WRITE
