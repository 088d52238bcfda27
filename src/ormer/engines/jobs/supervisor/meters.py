"""What a running job uses, read from /proc: processes, their memory, and what lies in memory-backed folders."""

import os


def children(pid: int) -> list[int]:
    """The direct children of a process, or none when it is gone."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
            return [int(child) for child in file.read().split()]
    except (OSError, ValueError):
        return _children_by_scan(pid)


def descendants(pid: int) -> list[int]:
    """`pid` and everything it started that still lives."""
    found = [pid]
    for parent in found:
        found.extend(children(parent))
    return found


def memory_bytes(pid: int, memory_folders: tuple[str, ...]) -> int:
    """Anonymous memory of the process tree (shared pages counted once) plus shared memory and memory-backed files."""
    private = shared = 0
    for member in descendants(pid):
        anonymous, mapped = _proportional(member)
        private += anonymous
        shared += mapped
    written = sum(_used(f"/proc/{pid}/root{folder}", folder) for folder in memory_folders)
    return private + max(shared, written)  # a mapped file of /dev/shm appears in both


def _proportional(pid: int) -> tuple[int, int]:
    anonymous = mapped = 0
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss_Anon:"):
                    anonymous = int(line.split()[1]) * 1024
                elif line.startswith(b"Pss_Shmem:"):
                    mapped = int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return 0, 0  # it ended while we looked
    return anonymous, mapped


def _used(inside: str, outside: str) -> int:
    """Bytes in a memory-backed folder of the sandbox; 0 while that is still being set up and shows the machine's."""
    try:
        if os.stat(inside).st_dev == os.stat(outside).st_dev:
            return 0
        disk = os.statvfs(inside)
    except OSError:
        return 0
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize


def _children_by_scan(pid: int) -> list[int]:
    """For kernels without the `children` file."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    if int(file.read().rsplit(b")", 1)[1].split()[1]) == pid:
                        found.append(int(entry))
            except (OSError, ValueError, IndexError):
                continue
    return found
