"""Which sandbox is chosen, and what is said when none works."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ormer.engines.jobs.sandbox import Mount, Program, SandboxUnavailable, bubblewrap, choose, survey


def fake_bwrap(folder: Path, script: str) -> Path:
    """A program in bubblewrap's place: what people have on their PATH differs."""
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_bubblewrap_is_chosen_after_it_really_ran_a_program() -> None:
    sandbox = choose()
    assert sandbox.name == "bubblewrap"
    assert sandbox.capabilities.paths and sandbox.capabilities.net_isolation and sandbox.capabilities.pid


def test_the_survey_names_every_back_end_with_a_reason() -> None:
    reports = survey()
    assert [report.name for report in reports] == ["bubblewrap", "landlock", "none"]
    assert all(report.reason for report in reports)
    assert reports[0].works


def test_an_old_bubblewrap_on_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = fake_bwrap(tmp_path, "echo bubblewrap 0.8.0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert bubblewrap.find() not in (None, old)


def test_a_new_bubblewrap_on_path_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = fake_bwrap(tmp_path, "echo bubblewrap 0.12.1")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert bubblewrap.find() == new


def test_a_kernel_that_refuses_is_reported_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = (
        '[ "$1" = --version ] && echo bubblewrap 0.11.0 && exit; echo "bwrap: setting up uid map: denied" >&2; exit 1'
    )
    binary = fake_bwrap(tmp_path, refusing)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxUnavailable) as caught:
        choose()
    text = str(caught.value)
    assert "bwrap: setting up uid map: denied" in text
    assert f"profile ormer-bwrap {binary} flags=(unconfined) {{ userns, }}" in text


def test_an_unknown_setting_names_the_known_ones() -> None:
    with pytest.raises(SandboxUnavailable, match="auto, bubblewrap, none"):
        choose("firejail")


def test_without_a_sandbox_what_it_cannot_give_is_refused(tmp_path: Path) -> None:
    nothing = choose("none")
    mount = Mount(tmp_path, "/opt/ml-of-this-test")
    with pytest.raises(SandboxUnavailable, match="ormer doctor"):
        nothing.launch(Program("algo-1", ("/bin/true",), mounts=(mount,)), tmp_path, "host")
    with pytest.raises(SandboxUnavailable, match="EnableNetworkIsolation"):
        nothing.launch(Program("algo-1", ("/bin/true",)), tmp_path, "none")


def test_without_a_sandbox_a_bare_program_runs_and_is_stopped(tmp_path: Path) -> None:
    from ormer.engines.jobs.supervision import Job, Limits, Spawner

    spawner = Spawner(choose("none"))
    main = Program("algo-1", ("/bin/sh", "-c", "echo hi; sleep 600"))
    with spawner.start(
        Job("job", main, limits=Limits(max_runtime_seconds=0.5, stop_grace_seconds=5)), tmp_path / "run"
    ) as run:
        assert run.wait(60)
        result = run.result()
    spawner.close()
    assert result is not None
    assert (result.reason, result.tail) == ("MaxRuntimeExceeded", ("hi",))
