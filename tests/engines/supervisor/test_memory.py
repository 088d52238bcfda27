"""Memory limits: one process, many together, and files that lie in memory."""

from __future__ import annotations

from collections.abc import Callable

from ormer.engines.jobs.supervision import Limits, Result

from .conftest import python

MIB = 1024 * 1024


def test_one_process_that_asks_for_too_much_is_out_of_memory(finish: Callable[..., Result]) -> None:
    result = finish(python("x = bytearray(600 * 1024 * 1024)"), Limits(memory_bytes=256 * MIB))
    assert result.reason == "OutOfMemory"
    assert result.message == "the job asked for more memory than the 0.25 GiB it may use"
    assert result.tail[-1].startswith("MemoryError")


def test_many_processes_share_one_limit(finish: Callable[..., Result]) -> None:
    code = """
        import subprocess, sys, time
        hold = "import time; x = bytearray(b'1') * (150 * 1024 * 1024); time.sleep(600)"
        held = [subprocess.Popen([sys.executable, '-c', hold]) for _ in range(3)]
        time.sleep(600)
    """
    result = finish(python(code), Limits(memory_bytes=256 * MIB))
    assert result.reason == "OutOfMemory"
    assert "it may use 0.25 GiB" in (result.message or "")
    assert result.max_rss_bytes > 256 * MIB


def test_files_written_into_memory_count(finish: Callable[..., Result]) -> None:
    code = """
        import time
        with open('/dev/shm/big', 'wb') as file:
            for _ in range(300):
                file.write(b'1' * 1024 * 1024)
        time.sleep(600)
    """
    assert finish(python(code), Limits(memory_bytes=256 * MIB)).reason == "OutOfMemory"


def test_below_the_limit_nothing_happens_and_the_peak_is_told(finish: Callable[..., Result]) -> None:
    result = finish(python("x = bytearray(b'1') * (100 * 1024 * 1024)"), Limits(memory_bytes=512 * MIB))
    assert result.succeeded
    assert 100 * MIB < result.max_rss_bytes < 512 * MIB
    assert result.cpu_seconds > 0


RESERVING = "import mmap; x = mmap.mmap(-1, 600 * 1024 * 1024, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)"


def test_what_a_program_reserves_counts_as_its_memory(finish: Callable[..., Result]) -> None:
    assert finish(python(RESERVING), Limits(memory_bytes=256 * MIB)).reason == "OutOfMemory"


def test_unless_it_may_reserve_more_than_it_uses(finish: Callable[..., Result]) -> None:
    assert finish(python(RESERVING), Limits(memory_bytes=256 * MIB, reserved_bytes=1024 * MIB)).succeeded
