"""pip inside a job: it asks the index this machine is set to, and what it installs is gone with the job."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.engines.jobs.conftest import PYTHON_IMAGE, REGISTRY, Shop

from ormer.engines.jobs.indexes import indexes

INSTALL = """
import importlib, subprocess, sys
try:
    import tinypkg
    print("left behind")
except ModuleNotFoundError:
    print("not there yet")
subprocess.run([sys.executable, "-m", "pip", "install", "-q", "tinypkg"], check=True)
importlib.invalidate_caches()
import tinypkg
print(tinypkg.WORD)
"""


def wheel(folder: Path, name: str = "tinypkg", version: str = "1.0", word: str = "installed") -> Path:
    """The smallest package there is."""
    folder.mkdir(parents=True, exist_ok=True)
    path, info = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(f"{name}.py", f"WORD = {word!r}\n")
        packed.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        packed.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{info}/RECORD", "")
    return path


@contextmanager
def package_index(folder: Path) -> Iterator[str]:
    """An index of one package on a port of its own; its address."""
    wheel(folder / "simple" / "tinypkg")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}/simple"
        httpd.shutdown()


@pytest.fixture
def bare(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No settings of the machine the tests run on, once the job's environment has been built with them."""
    assert shop.process("print()", name="builds-the-environment")["ProcessingJobStatus"] == "Completed"
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return monkeypatch


def said(shop: Shop, name: str) -> list[str]:
    job = shop.process(INSTALL, name=name)
    assert job["ProcessingJobStatus"] == "Completed", job
    return [line for _, line in shop.log("ProcessingJob", name)]


def test_pip_asks_the_index_of_this_machine_and_nothing_stays(
    shop: Shop, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with package_index(tmp_path / "index") as address:
        bare.setenv("PIP_INDEX_URL", address)
        for name in ("first", "second"):
            lines = said(shop, name)
            assert "not there yet" in lines
            assert "installed" in lines


def test_pip_finds_wheels_in_a_folder_of_this_machine(shop: Shop, bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = wheel(tmp_path / "wheels").parent
    bare.setenv("PIP_FIND_LINKS", str(folder))
    bare.setenv("PIP_NO_INDEX", "1")
    assert "installed" in said(shop, "from-a-folder")


def test_a_job_of_an_old_image_gets_the_last_sdk_that_its_python_had(
    shop: Shop, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version in ("2.257", "3.1"):
        wheel(tmp_path / "wheels", "sagemaker", version, f"SDK {version}")
    bare.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    bare.setenv("PIP_NO_INDEX", "1")
    script = INSTALL.replace("tinypkg", "sagemaker")
    for image, word in ((f"{REGISTRY}/sagemaker-scikit-learn:1.0-1-cpu-py3", "SDK 2.257"), (PYTHON_IMAGE, "SDK 3.1")):
        name = f"sdk-{word[4]}"
        own = {"ImageUri": image, "ContainerEntrypoint": ["python3", f"/opt/ml/processing/script/{name}.py"]}
        job = shop.process(script, name=name, AppSpecification=own)
        assert job["ProcessingJobStatus"] == "Completed", job
        assert word in [line for _, line in shop.log("ProcessingJob", name)]


def test_settings_of_pips_files_are_understood_and_variables_win(tmp_path: Path) -> None:
    home, system = tmp_path / "home", tmp_path / "etc"
    (home / ".config" / "pip").mkdir(parents=True)
    links = wheel(tmp_path / "links").parent
    (home / ".config" / "pip" / "pip.conf").write_text(
        f"[global]\nindex-url = https://mine/simple\nfind-links =\n  {links}\n"
    )
    (system / "xdg" / "pip").mkdir(parents=True)
    (system / "pip.conf").write_text("[global]\nindex-url = https://theirs/simple\ntrusted-host = theirs\n")
    found = indexes({}, home, system)
    assert found.variables["PIP_INDEX_URL"] == found.variables["UV_DEFAULT_INDEX"] == "https://mine/simple"
    assert found.variables["PIP_TRUSTED_HOST"] == "theirs"
    assert [(mount.source, mount.target, mount.read_only) for mount in found.mounts] == [(links, str(links), True)]
    assert (
        indexes({"PIP_INDEX_URL": "https://now/simple"}, home, system).variables["PIP_INDEX_URL"]
        == "https://now/simple"
    )
    assert indexes({"PIP_CONFIG_FILE": "/dev/null"}, home, system).variables == {}


def test_a_folder_that_holds_the_persons_home_is_not_shown(tmp_path: Path) -> None:
    home = tmp_path / "people" / "ada"
    home.mkdir(parents=True)
    for folder in (home, home.parent, Path("/")):
        assert indexes({"PIP_FIND_LINKS": str(folder)}, home, tmp_path / "none").mounts == ()
