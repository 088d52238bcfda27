"""The server dies, the machine forgets, two start at once: a job runs exactly once and its ending is found."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from ormer.engines.jobs import supervisor
from ormer.engines.jobs.sandbox import choose
from ormer.engines.jobs.supervision import Handle, Job, Spawner, StartFailed, attach

from .conftest import ended, messages, python, shared
from .test_endings import await_line

SERVER = """
    import sys, time
    from pathlib import Path
    from ormer.engines.jobs.sandbox import Mount, Program, choose
    from ormer.engines.jobs.supervision import Job, Spawner
    run_dir = Path(sys.argv[1])
    code = '''
    import os, time
    print("ready", flush=True)
    while not os.path.exists("/opt/ml/go"):
        time.sleep(0.02)
    print("went on")
    '''
    import textwrap
    mounts = (Mount(run_dir / "ml", "/opt/ml", read_only=False),)
    main = Program("algo-1", (sys.executable, "-c", textwrap.dedent(code)), mounts=mounts)
    Spawner(choose()).start(Job("job", main), run_dir)
    print("started", flush=True)
    time.sleep(600)
"""


def test_a_job_goes_on_when_its_server_is_killed_and_is_found_again(run_dir: Path) -> None:
    (run_dir / "ml").mkdir()
    code = dedent(SERVER).replace("'''\n    ", "'''\n")
    with subprocess.Popen([sys.executable, "-c", code, run_dir], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stdout.readline() == "started\n"
        await_line(run_dir, "ready")
        server.kill()
    handle = attach(run_dir)
    assert handle is not None and handle.alive() and handle.result() is None
    (run_dir / "ml" / "go").touch()
    assert ended(handle).succeeded
    assert messages(run_dir) == ["ready", "went on"]


def test_attaching_to_a_directory_nobody_started_finds_nothing(run_dir: Path) -> None:
    assert attach(run_dir) is None


def test_starting_twice_runs_it_once(spawner: Spawner, run_dir: Path) -> None:
    job = Job("job", python("print('once')"))
    first = spawner.start(job, run_dir)
    second = spawner.start(job, run_dir)
    assert ended(first) == ended(second)
    assert messages(run_dir) == ["once"]


def test_many_servers_that_start_the_same_attempt_run_it_once(run_dir: Path) -> None:
    spawners = [Spawner(choose()) for _ in range(4)]
    barrier = threading.Barrier(len(spawners))
    handles: list[Handle] = []

    def start(spawner: Spawner) -> None:
        barrier.wait()
        handles.append(spawner.start(Job("job", python("import time; time.sleep(0.2); print('once')")), run_dir))

    threads = [threading.Thread(target=start, args=(spawner,)) for spawner in spawners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({handle.pid for handle in handles}) == 1
    assert ended(handles[0]).succeeded
    assert messages(run_dir) == ["once"]
    assert len((run_dir / "starts").read_text().splitlines()) == 1
    for spawner in spawners:
        spawner.close()


def test_a_killed_supervisor_takes_its_program_along_and_the_attempt_is_lost(
    begin: Callable[..., Handle], run_dir: Path
) -> None:
    code = "import time; print('ready')\nwhile True: open('/opt/ml/beat', 'a').write('x'); time.sleep(0.05)"
    handle = begin(python(code, mounts=(shared(run_dir / "ml"),)))
    await_line(run_dir, "ready")
    os.kill(handle.pid, signal.SIGKILL)
    assert ended(handle).reason == "Lost"
    time.sleep(0.3)
    beats = (run_dir / "ml" / "beat").stat().st_size
    time.sleep(0.5)
    assert (run_dir / "ml" / "beat").stat().st_size == beats


@pytest.mark.parametrize("change", [{"start_time": 1}, {"boot_id": "another-boot"}])
def test_a_process_number_that_went_to_another_process_is_not_mistaken(
    begin: Callable[..., Handle], run_dir: Path, change: dict[str, object]
) -> None:
    begin(python("import time; time.sleep(600)"))
    claim = json.loads((run_dir / "pid").read_text())
    (run_dir / "pid").write_text(json.dumps(claim | change))
    stranger = attach(run_dir)
    assert stranger is not None and not stranger.alive()
    (run_dir / "pid").write_text(json.dumps(claim))


def test_the_nursery_is_started_again_when_it_was_killed(tmp_path: Path) -> None:
    spawner = Spawner(choose())
    for attempt in range(2):
        run_dir = tmp_path / str(attempt)
        run_dir.mkdir()
        assert ended(spawner.start(Job("job", python("print(1)")), run_dir)).succeeded
        assert spawner._nursery is not None
        spawner._nursery.kill()
        spawner._nursery.wait()
    spawner.close()


def test_a_python_that_does_not_run_is_a_failed_start(run_dir: Path) -> None:
    with pytest.raises(StartFailed, match="could not run the supervisor"):
        Spawner(choose(), python="/bin/false").start(Job("job", python("print(1)")), run_dir)


def test_a_run_directory_that_cannot_be_written_is_an_error_not_a_hang(spawner: Spawner, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        spawner.start(Job("job", python("print(1)")), tmp_path / "file" / "run")


def test_a_supervisor_starts_without_site_packages_and_heavy_modules() -> None:
    folder = Path(supervisor.__file__).parent
    code = f"import sys; sys.path.insert(0, {str(folder.parent)!r}); import supervisor.spawning; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-I", "-S", "-E", "-c", code], capture_output=True, text=True, check=True)
    modules = set(said.stdout.split())
    assert "supervisor.watching" in modules
    assert not modules & {"subprocess", "socket", "threading", "logging", "msgspec", "psutil", "asyncio", "ormer"}
