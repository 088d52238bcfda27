"""How a job ends, and what is written down about it."""

from __future__ import annotations

import json
import selectors
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ormer.engines.jobs.sandbox import Program
from ormer.engines.jobs.supervision import Handle, Limits, Result

from .conftest import ended, messages, python, shared


def await_line(run_dir: Path, text: str) -> None:
    for _ in range(3000):
        if (run_dir / "log").exists() and text in messages(run_dir):
            return
        time.sleep(0.01)
    raise AssertionError(f"{text!r} never appeared in the log")


def test_exit_code_output_and_start_line_are_kept(finish: Callable[..., Result], run_dir: Path) -> None:
    result = finish(python("import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"), fence=7)
    assert (result.reason, result.exit_code, result.signal, result.fence) == ("Exited", 3, None, 7)
    assert result.tail == ("one", "two")
    assert messages(run_dir) == ["one", "two"]
    assert result.started is not None and result.ended is not None and result.started <= result.ended
    starts = [json.loads(line) for line in (run_dir / "starts").read_text().splitlines()]
    assert [(line["job"], line["fence"]) for line in starts] == [("job", 7)]


def test_a_program_that_dies_of_a_signal_tells_which(finish: Callable[..., Result]) -> None:
    result = finish(python("import os; os.kill(os.getpid(), 11)"))
    assert (result.reason, result.exit_code, result.signal) == ("Exited", 139, signal.SIGSEGV)


def test_the_plan_with_its_credentials_is_gone_once_the_job_runs(begin: Callable[..., Handle], run_dir: Path) -> None:
    ended(begin(python("print(1)", env={"AWS_SECRET_ACCESS_KEY": "s3cret-in-env"})))
    files = [path for path in run_dir.rglob("*") if path.is_file()]
    assert files and not [path for path in files if b"s3cret-in-env" in path.read_bytes()]


def test_a_program_that_is_not_there_is_a_failed_start_that_names_it(finish: Callable[..., Result]) -> None:
    result = finish(Program("algo-1", ("/usr/bin/no-such-program",)))
    assert result.reason == "StartFailed"
    assert "/usr/bin/no-such-program" in (result.message or "")


def test_a_stopped_program_gets_sigterm_and_time_to_save(begin: Callable[..., Handle], run_dir: Path) -> None:
    code = """
        import signal, sys, time
        def save(*_):
            print('saving'); open('/opt/ml/model', 'w').write('saved'); sys.exit(0)
        signal.signal(signal.SIGTERM, save); print('ready')
        time.sleep(600)
    """
    handle = begin(python(code, mounts=(shared(run_dir / "ml"),)), Limits(stop_grace_seconds=60))
    await_line(run_dir, "ready")
    handle.stop()
    result = ended(handle)
    assert (result.reason, result.exit_code) == ("Stopped", 0)
    assert (run_dir / "ml" / "model").read_text() == "saved"


def test_a_program_that_ignores_sigterm_is_killed_after_its_grace(begin: Callable[..., Handle], run_dir: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: print('no')); print('ready'); time.sleep(600)"
    handle = begin(python(code + "\nwhile True: time.sleep(600)"), Limits(stop_grace_seconds=0.3))
    await_line(run_dir, "ready")
    handle.stop()
    result = ended(handle)
    assert (result.reason, result.signal) == ("Stopped", signal.SIGKILL)
    assert "no" in messages(run_dir)


def test_a_stop_file_is_enough_to_stop(begin: Callable[..., Handle], run_dir: Path) -> None:
    handle = begin(python("import time; print('ready'); time.sleep(600)"))
    await_line(run_dir, "ready")
    (run_dir / "stop").touch()
    assert ended(handle).reason == "Stopped"


def test_kill_does_not_wait_for_the_grace(begin: Callable[..., Handle], run_dir: Path) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"
    handle = begin(python(code), Limits(stop_grace_seconds=600))
    await_line(run_dir, "ready")
    handle.stop()
    handle.kill()
    assert ended(handle).signal == signal.SIGKILL


def test_a_job_that_runs_too_long_is_stopped_and_says_so(finish: Callable[..., Result]) -> None:
    result = finish(python("import time; time.sleep(600)"), Limits(max_runtime_seconds=0.5))
    assert result.reason == "MaxRuntimeExceeded"
    assert result.message == "the job ran longer than the 0.5 seconds it may run"


def test_whatever_the_program_left_running_ends_with_it(finish: Callable[..., Result], run_dir: Path) -> None:
    code = """
        import subprocess, sys
        subprocess.Popen(['/bin/sh', '-c', 'sleep 1; echo late > /opt/ml/late; sleep 600'], start_new_session=True)
    """
    assert finish(python(code, mounts=(shared(run_dir / "ml"),))).succeeded
    time.sleep(1.5)
    assert list((run_dir / "ml").iterdir()) == []


def test_long_lines_are_split_and_a_last_line_without_newline_is_kept(
    finish: Callable[..., Result], run_dir: Path
) -> None:
    finish(python("import sys; sys.stdout.write('x' * 300_000 + '\\n' + '\\ttab \\u00e9 \"q\" \\\\ \\r\\n\\nend')"))
    long, rest, tab, empty, end = messages(run_dir)
    assert (len(long), len(rest)) == (256 * 1024, 300_000 - 256 * 1024)
    assert (tab, empty, end) == ('\ttab é "q" \\ ', "", "end")


def test_bytes_that_are_not_text_do_not_stop_the_log(finish: Callable[..., Result], run_dir: Path) -> None:
    finish(python("import sys; sys.stdout.buffer.write(b'\\xff\\x00\\x1b ok\\n')"))
    assert messages(run_dir) == ["\ufffd\x00\x1b ok"]


def test_the_tail_holds_the_last_thirty_lines_and_at_most_8_kb(finish: Callable[..., Result]) -> None:
    assert finish(python("for n in range(100): print(n)")).tail == tuple(str(n) for n in range(70, 100))


def test_a_full_disk_loses_log_lines_but_not_the_ending(finish: Callable[..., Result]) -> None:
    result = finish(python("print('lost')"), log=Path("/dev/full"))
    assert result.succeeded
    assert "No space left on device" in (result.message or "")


def test_a_handle_can_be_waited_for_with_a_selector(begin: Callable[..., Handle]) -> None:
    handle = begin(python("print(1)"))
    with selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        assert [key.fileobj for key, _ in selector.select(60)] == [handle]
    assert not handle.alive()


def test_numeric_libraries_are_told_the_share_of_cores(finish: Callable[..., Result], run_dir: Path) -> None:
    code = (
        "import os; e = os.environ; print(e['OMP_NUM_THREADS'], len(os.sched_getaffinity(0)), e['POLARS_MAX_THREADS'])"
    )
    finish(python(code), Limits(cpus=1))
    assert messages(run_dir) == ["1 1 1"]
