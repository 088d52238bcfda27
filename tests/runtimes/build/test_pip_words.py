"""pip's words in uv's."""

from __future__ import annotations

import pytest

from ormer.runtimes.build.pip_words import settled, translated

STOCK = ["install", "--upgrade", "--force-reinstall", ".", "awscli>1.20.30"]


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("install a", "install a"),
        ("install -q --no-cache-dir a==1", "install --quiet a==1"),
        ("install -r requirements.txt -c limits.txt", "install -r requirements.txt -c limits.txt"),
        ("install -rrequirements.txt", "install -r requirements.txt"),
        ("install -e .[dev]", "install -e .[dev]"),
        ("install --target out a", "install --target out a"),
        ("install -t out a", "install --target out a"),
        (
            "install --index-url=https://a --extra-index-url https://b x",
            "install --default-index https://a --index https://b x --index-strategy=unsafe-best-match",
        ),
        ("install --find-links /w --trusted-host h x", "install --find-links /w --allow-insecure-host h x"),
        ("uninstall -y a b", "uninstall a b"),
    ],
)
def test_words_that_uv_knows(words, made):
    assert translated(words.split(), fresh=True) == made.split()


@pytest.mark.parametrize(
    "words", ["install", "install --report - a", "install --config-settings x a", "list", "download a", "--version", ""]
)
def test_everything_else_goes_to_pip(words):
    assert translated(words.split(), fresh=True) is None


def test_upgrades_are_asked_for_where_there_is_something_to_upgrade():
    assert translated(STOCK, fresh=True) == ["install", ".", "awscli>1.20.30"]
    assert translated(STOCK, fresh=False) == ["install", "--upgrade", "--reinstall", ".", "awscli>1.20.30"]
    assert translated(["install", "-U", "pip"], fresh=True) == ["install", "--upgrade", "pip"]


def test_a_build_that_limits_versions_by_pips_variable_limits_uvs_too():
    told = {"PIP_CONSTRAINT": "limits.txt more.txt", "PATH": "/bin"}
    assert settled(told) == told | {"UV_CONSTRAINT": "limits.txt more.txt"}
    assert settled(told | {"UV_CONSTRAINT": "own.txt"})["UV_CONSTRAINT"] == "own.txt"
    assert settled({"PIP_CONSTRAINT": ""}) == {"PIP_CONSTRAINT": ""}
