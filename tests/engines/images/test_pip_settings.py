"""An index, a mirror or a certificate that pip is told of holds for uv as well."""

from __future__ import annotations

from pathlib import Path

from ormer.engines.images.pip_settings import said, uv_environment


def test_pips_settings_are_said_in_uvs_words_and_uvs_own_win(tmp_path: Path) -> None:
    environ = {"PIP_INDEX_URL": "https://pip.test", "PIP_CERT": "/ca.pem", "VIRTUAL_ENV": "/mine"}
    assert uv_environment(environ, tmp_path, tmp_path) == {
        "PIP_INDEX_URL": "https://pip.test",
        "PIP_CERT": "/ca.pem",
        "UV_DEFAULT_INDEX": "https://pip.test",
        "SSL_CERT_FILE": "/ca.pem",
    }
    both = {"PIP_INDEX_URL": "a", "UV_DEFAULT_INDEX": "b"}
    assert uv_environment(both, tmp_path, tmp_path)["UV_DEFAULT_INDEX"] == "b"


def test_variables_win_over_the_users_file_and_that_over_the_systems(tmp_path: Path) -> None:
    system, home = tmp_path / "etc", tmp_path / "home"
    (home / ".config" / "pip").mkdir(parents=True)
    system.mkdir()
    (system / "pip.conf").write_text("[global]\nindex-url = https://system.test\ncert = /system.pem\n")
    (home / ".config" / "pip" / "pip.conf").write_text("[install]\nindex-url = https://mine.test\nfind-links = a\n b\n")
    assert said({}, home, system) == {
        "PIP_INDEX_URL": "https://mine.test",
        "PIP_CERT": "/system.pem",
        "PIP_FIND_LINKS": "a b",
    }
    assert uv_environment({"PIP_CERT": "/own.pem"}, home, system) == {
        "PIP_CERT": "/own.pem",
        "UV_DEFAULT_INDEX": "https://mine.test",
        "UV_FIND_LINKS": "a,b",
        "SSL_CERT_FILE": "/own.pem",
    }


def test_further_indexes_are_searched_as_pip_does(tmp_path: Path) -> None:
    environ = {"PIP_EXTRA_INDEX_URL": "https://more.test"}
    found = uv_environment(environ, tmp_path, tmp_path)
    assert (found["UV_INDEX"], found["UV_INDEX_STRATEGY"]) == ("https://more.test", "unsafe-best-match")


def test_a_file_that_is_no_configuration_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("\x00 not a configuration [")
    assert said({}, tmp_path, tmp_path) == {}
