"""Interpreters under hidden prefixes, and a runtime that a job may change for itself alone."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from ormer.engines.jobs.sandbox import SandboxUnavailable
from ormer.engines.jobs.sandbox.interpreters import program_mounts, runtime_mounts

from .conftest import ORDINARY_UID, Person


def tiny_wheel(folder: Path) -> Path:
    path = folder / "tinypkg-1.0-py3-none-any.whl"
    info = "tinypkg-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tinypkg.py", "WORD = 'installed'\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinypkg\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def runtime(person: Person) -> Path:
    """An environment with pip that belongs to the person."""
    folder = person.ormer_home / "runtimes" / "one"
    make = [find_uv_bin(), "venv", "-q", "--seed", "--no-project", "--python", person.python, str(folder)]
    subprocess.run(make, check=True, capture_output=True)
    if person.prefix:
        subprocess.run(["chown", "-R", "12345:12345", str(folder.parent)], check=True)
    return folder


def test_pip_install_in_a_job_hits_only_this_job(person: Person, runtime: Path) -> None:
    (person.job / "ml").mkdir()
    wheel = tiny_wheel(person.job / "ml")
    if person.prefix:
        shutil.chown(person.job / "ml", ORDINARY_UID, ORDINARY_UID)
    script = (
        f"python -m pip install -q --no-index /opt/ml/{wheel.name} && python -c 'import tinypkg; print(tinypkg.WORD)'"
    )
    result, output = person.run(script, runtime=str(runtime), writable_runtime=True)
    assert result["exit_code"] == 0, output
    assert output[-1] == "installed"
    result, output = person.run("python -c 'import tinypkg'", runtime=str(runtime), writable_runtime=True)
    assert output[-1] == "ModuleNotFoundError: No module named 'tinypkg'"
    assert not list(runtime.rglob("tinypkg*"))


def test_a_runtime_is_read_only_unless_the_job_may_install(person: Person, runtime: Path) -> None:
    _, output = person.run(
        f"touch {runtime}/x && echo WROTE; python -c 'import sys; print(sys.prefix)'", runtime=str(runtime)
    )
    assert "WROTE" not in output
    assert output[-1] == str(runtime)


def test_only_the_prefixes_of_an_interpreter_are_shown(tmp_path: Path) -> None:
    real = tmp_path / "store" / "cpython-3.11.9"
    (real / "bin").mkdir(parents=True)
    (real / "bin" / "python3.11").touch()
    (tmp_path / "store" / "cpython-3.11").symlink_to("cpython-3.11.9")
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "store" / "cpython-3.11" / "bin" / "python3.11")
    shown = {mount.target: mount.source for mount in runtime_mounts(venv)}
    assert shown == {str(venv): venv, str(tmp_path / "store" / "cpython-3.11"): real, str(real): real}


def test_an_interpreter_that_lies_bare_in_a_home_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").touch()
    with pytest.raises(SandboxUnavailable, match="without showing everything else"):
        program_mounts(str(tmp_path / "bin" / "python3"))


def test_programs_of_the_system_need_no_mounts() -> None:
    assert program_mounts("/usr/bin/python3") == []
    assert program_mounts("/bin/sh") == []
