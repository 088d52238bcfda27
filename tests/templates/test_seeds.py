"""The repositories that projects begin with: their own tests, and what every one of them must be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ormer import templates
from ormer.engines.builds import buildspecs

SEEDS = Path(templates.__path__[0]) / "seeds"
NAMES = sorted(folder.name for folder in SEEDS.iterdir() if folder.is_dir())
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html: files in one commit.
FILES_MAX = 100


def files(name: str) -> list[Path]:
    return [file for file in (SEEDS / name).rglob("*") if file.is_file() and "__pycache__" not in file.parts]


@pytest.mark.parametrize("name", NAMES)
def test_its_own_tests_pass_in_a_clone(name: str, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(SEEDS / name, clone, ignore=shutil.ignore_patterns("__pycache__"))
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    ended = subprocess.run(words, cwd=clone, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ended.returncode == 0, ended.stdout[-4000:]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_one_commit_of_text(name: str) -> None:
    found = files(name)
    assert 0 < len(found) <= FILES_MAX
    for file in found:
        assert file.read_text(encoding="utf-8"), f"{file} is empty"


@pytest.mark.parametrize("name", NAMES)
def test_its_buildspecs_can_be_read(name: str) -> None:
    found = [file for file in files(name) if file.name.endswith("buildspec.yml")]
    assert found
    for file in found:
        assert buildspecs.parse(file.read_text()).python == "3.11"


def test_the_notebook_holds_no_outputs() -> None:
    book = json.loads((SEEDS / "model-building-workflow" / "sagemaker-pipelines-project.ipynb").read_text())
    assert book["nbformat"] == 4
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


def test_a_setup_of_ones_own_takes_the_place_of_the_seeds_and_finds_what_the_package_says_of_itself() -> None:
    """Workshops of the provider move the seed's setup.py away; theirs reads pipelines/__version__.py."""
    seed = SEEDS / "model-building-workflow"
    assert (seed / "setup.py").exists()
    # What stood in [project] would hold for any setup.py.
    assert "[project]" not in (seed / "pyproject.toml").read_text()
    about: dict[str, str] = {}
    exec((seed / "pipelines" / "__version__.py").read_text(), about)
    assert {f"__{name}__" for name in ("title", "description", "version", "author", "license", "url")} <= set(about)
