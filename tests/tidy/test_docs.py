"""The documents are current: the coverage page, every setting and every command."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from ormer.cli.main import main
from ormer.config import Config

ROOT = Path(__file__).parents[2]


def documents() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text() for page in pages if page.name != "coverage.md")


def commands(group: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*words, name))


def coverage_page() -> Any:
    spec = importlib.util.spec_from_file_location("coverage_page", ROOT / "scripts" / "coverage_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_coverage_page_is_current():
    written = (ROOT / "docs" / "coverage.md").read_text()
    assert written == coverage_page().page(), "run `python scripts/coverage_page.py`"


def test_the_coverage_page_proves_what_it_says(tmp_path, monkeypatch):
    """A call under pytest.raises, or in a test that asserts nothing, is no proof."""
    module = coverage_page()
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "conftest.py").write_text("def keys(server):\n    return server.client('kms')\n")
    (folder / "test_one.py").write_text(
        "import pytest\n"
        "def test_effect(keys):\n    assert keys.describe_key(KeyId='x')\n"
        "def test_error(keys):\n    with pytest.raises(ValueError):\n        keys.encrypt()\n    assert True\n"
        "def test_nothing(keys):\n    keys.decrypt()\n"
        "def test_by_name(api):\n    assert api('logs', 'GetLogEvents', {})\n"
        "def made(keys):\n    return keys.create_key()\n"
        "def test_through_a_function(keys):\n    assert made(keys)\n"
    )
    monkeypatch.setattr(module, "ROOT", tmp_path)
    seen = {(one.service, one.method) for one in module._calls(folder / "test_one.py")}
    assert {("kms", "describe_key"), ("logs", "get_log_events"), ("kms", "create_key")} <= seen
    assert not {("kms", "encrypt"), ("kms", "decrypt")} & seen


def test_every_setting_is_documented():
    text = documents()
    wanted = [f"ORMER_{field.name.upper()}" for field in fields(Config)]
    assert [name for name in wanted if name not in text] == []


def test_every_command_is_documented():
    text = documents()
    wanted = [" ".join(("ormer", *words)) for words in commands(main, ()) if words]
    assert [name for name in wanted if name not in text] == []
