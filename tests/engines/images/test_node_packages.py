"""Packages of JavaScript come by the npm of the environment; a registry that is not there is told with what to do."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.ports import free_port

from ormer.engines.images import BuildFailed, Catalogue, Runtimes, node_packages


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, runtimes: Path) -> Path:
    home = tmp_path_factory.mktemp("home")
    os.symlink(runtimes, home / "runtimes")
    return Runtimes(home, Catalogue.load(home)).ensure("node-22")


def test_an_environment_of_node_has_the_node_of_its_wheel_and_the_sdk(built: Path) -> None:
    said = subprocess.check_output([built / "bin" / "node", "--version"], text=True)
    assert said.startswith("v22.")
    npm = subprocess.run(
        [built / "bin" / "npm", "--version"], env={"PATH": str(built / "bin")}, capture_output=True, text=True
    )
    assert npm.returncode == 0, npm.stderr
    assert (built / "node" / "node_modules" / "@aws-sdk" / "client-s3" / "package.json").exists()
    assert (built / "node" / "var" / "node_modules").readlink() == Path("/opt/nodejs/node_modules")


def test_a_registry_that_cannot_be_reached_is_told_with_what_to_do(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").symlink_to(built / "lib")
    package = {"name": "wanted", "private": True, "dependencies": {"left": "1.0.0"}}
    lock = {
        "name": "wanted",
        "lockfileVersion": 3,
        "requires": True,
        "packages": {"": package, "node_modules/left": {"version": "1.0.0"}},
    }
    texts = {"package.json": json.dumps(package), "package-lock.json": json.dumps(lock)}
    with pytest.raises(BuildFailed, match=r"`ormer images prefetch node-22` when it can be reached") as caught:
        node_packages.install(folder, texts, "node-22", lambda line: None)
    assert "ECONNREFUSED" in str(caught.value)


def test_locks_of_packages_name_versions_and_checksums_and_no_address(tmp_path: Path) -> None:
    recipes = [recipe for recipe in Catalogue.load(tmp_path).recipes.values() if recipe.packages]
    assert {recipe.name for recipe in recipes} == {"node-20", "node-22", "node-24"}
    for recipe in recipes:
        packages = json.loads(recipe.package_texts()["package-lock.json"])["packages"]
        locked = [each for name, each in packages.items() if name]
        assert all(each["integrity"] and "resolved" not in each for each in locked)
