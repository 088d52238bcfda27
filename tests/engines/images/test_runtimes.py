"""Building runtimes for real, with packages made here so that no network is needed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from ormer.engines.images import BuildFailed, Catalogue, Runtimes
from ormer.engines.images.catalogue import add
from ormer.engines.images.recipes import Recipe
from ormer.engines.images.runtimes import MARKER

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def wheel(folder: Path, name: str, version: str = "1.0") -> None:
    info = f"{name}-{version}.dist-info"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"VERSION = {version!r}\n\ndef say():\n    print(VERSION)\n")
        archive.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name}-says = {name}:say\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that is all that uv may see."""
    folder = tmp_path / "wheels"
    for name in ("tinypkg", "pip"):
        wheel(folder, name)
    for variable in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return folder


def own(home: Path, requirements: str) -> tuple[Runtimes, str]:
    image = add(home, "me/mine:1", requirements, python=PYTHON)
    return Runtimes(home, Catalogue.load(home)), image.runtime_key


def test_a_runtime_is_built_once_and_runs(tmp_path: Path, wheels: Path) -> None:
    runtimes, key = own(tmp_path / "home", "tinypkg\n")
    assert runtimes.path(key) is None and runtimes.identity(key) is None
    lines: list[str] = []
    folder = runtimes.ensure(key, lines.append)
    assert any("tinypkg==1.0" in line for line in lines)
    said = subprocess.check_output(
        [folder / "bin" / "python", "-c", "import tinypkg; print(tinypkg.VERSION)"], text=True
    )
    assert said == "1.0\n"
    assert list(folder.rglob("__pycache__/tinypkg.*.pyc"))
    assert next(folder.rglob("tinypkg.py")).stat().st_nlink > 1, "packages are hard links into uv's cache"
    assert runtimes.path(key) == folder and runtimes.identity(key) == folder.name
    before = (folder / MARKER).stat().st_mtime_ns
    assert runtimes.ensure(key) == folder
    assert (folder / MARKER).stat().st_mtime_ns == before


def test_a_runtimes_commands_run_after_its_home_was_moved(tmp_path: Path, wheels: Path) -> None:
    """A job that says `pip install` means the runtime's own pip."""
    runtimes, key = own(tmp_path / "home", "tinypkg\n")
    name = runtimes.ensure(key).relative_to(tmp_path / "home")
    (tmp_path / "home").rename(tmp_path / "elsewhere")
    command = tmp_path / "elsewhere" / name / "bin" / "tinypkg-says"
    assert subprocess.check_output([command], text=True) == "1.0\n"


def test_many_who_ask_at_once_get_one_build(tmp_path: Path, wheels: Path) -> None:
    home = tmp_path / "home"
    _, key = own(home, "tinypkg\n")
    lines: list[str] = []
    folders = []

    def ensure() -> None:
        folders.append(Runtimes(home, Catalogue.load(home)).ensure(key, lines.append))

    threads = [threading.Thread(target=ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(folders)) == 1 and len(folders) == 4
    assert len([line for line in lines if line.startswith("building the runtime")]) == 1


def test_an_interrupted_build_is_done_again_with_the_versions_of_the_first(tmp_path: Path, wheels: Path) -> None:
    runtimes, key = own(tmp_path / "home", "tinypkg\n")
    folder = runtimes.ensure(key)
    wheel(wheels, "tinypkg", "2.0")
    (folder / MARKER).unlink()
    next(folder.rglob("tinypkg.py")).unlink()
    assert runtimes.path(key) is None
    assert next(runtimes.ensure(key).rglob("tinypkg.py")).exists()
    assert "tinypkg==1.0" in (runtimes.requirements(key) or "")
    assert "--hash=sha256:" in (runtimes.requirements(key) or "")


def test_what_cannot_be_resolved_fails_with_uvs_own_words(tmp_path: Path, wheels: Path) -> None:
    runtimes, key = own(tmp_path / "home", "no-such-package==9\n")
    with pytest.raises(BuildFailed, match="no-such-package"):
        runtimes.ensure(key)
    assert runtimes.path(key) is None


def test_a_runtime_whose_python_was_removed_is_built_again(tmp_path: Path, wheels: Path) -> None:
    runtimes, key = own(tmp_path / "home", "tinypkg\n")
    python = runtimes.ensure(key) / "bin" / "python"
    python.unlink()
    python.symlink_to(tmp_path / "gone")
    assert runtimes.path(key) is None
    assert (runtimes.ensure(key) / "bin" / "python").exists()


def simple_index(folder: Path, *names: str) -> str:
    """A package index in a folder; returns its address."""
    folder.mkdir()
    for name in names:
        wheel(folder / name, name)
        (file,) = (folder / name).glob("*.whl")
        (folder / name / "index.html").write_text(f'<a href="{file.name}">{file.name}</a>')
    return folder.as_uri()


def test_a_further_index_is_asked_for_what_this_machines_indexes_have_not(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.setenv("UV_DEFAULT_INDEX", simple_index(tmp_path / "usual", "other"))
    wanted = tmp_path / "wanted.in"
    wanted.write_text("tinypkg\nrarepkg\nother\n")
    recipe = Recipe("rare", "", (PYTHON,), str(wanted), locked=False, index=simple_index(tmp_path / "rare", "rarepkg"))
    runtimes, lines = Runtimes(tmp_path / "home", Catalogue([], [recipe])), list[str]()
    folder = runtimes.ensure("rare", lines.append)
    assert all(next(folder.rglob(f"{name}.py")).exists() for name in ("tinypkg", "rarepkg", "other"))
    assert any("asking file://" in line for line in lines)
    wanted.write_text("tinypkg\n# where they can be had:\nrarepkg\n")
    lines.clear()
    folder = runtimes.ensure("rare", lines.append)
    assert not list(folder.rglob("rarepkg.py"))
    assert not any("asking" in line for line in lines), "nobody else is asked for what one can do without"
