"""Make `.venv` and install ormer into it, on any machine that has Python 3.11 or newer: `python3 scripts/bootstrap.py`.

Uses uv or pip where they are. Debian splits ensurepip off into python3-venv and may come without pip: then pip itself
is taken from the package index as a wheel, checked against the index's own digest, and run from the file.
Standard library only, since nothing is installed yet; what pip is told on this machine (index, certificate) holds.
Does nothing when the environment is as pyproject.toml says.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP_SETTINGS = ROOT / "src" / "ormer" / "engines" / "images" / "pip_settings.py"
BUILT_FROM = ("pyproject.toml", "hatch_build.py", "src/ormer/engines/hosting/**/*.c")
OLDEST = (3, 11)
INDEX = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--group", action="append", default=[], help="a dependency group of pyproject.toml as well")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST:
        print(
            f"ormer needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.", file=sys.stderr
        )
        print("Say which to use: make PYTHON=python3.12 demo", file=sys.stderr)
        return 1
    wanted = stamp(arguments.group)
    mark = VENV / "ormer-installed"
    if PYTHON.exists() and mark.exists() and mark.read_text() == wanted:
        return 0
    if not PYTHON.exists():
        print("Making .venv", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], check=True)
    uv = find_uv()
    print(f"Installing ormer{' with ' + ', '.join(arguments.group) if arguments.group else ''}", flush=True)
    groups = [word for name in arguments.group for word in ("--group", f"{ROOT / 'pyproject.toml'}:{name}")]
    words = ["-q", "--compile-bytecode", "--python", str(PYTHON), "--reinstall-package", "ormer", "-e", str(ROOT)]
    install([uv, "pip", "install", *words, *groups])
    mark.write_text(wanted)
    return 0


def install(command: list[str]) -> None:
    """Run the installation; where no C compiler can be had, neither here nor from the index, without what needs one."""
    ran = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=uv_environment())
    print(ran.stderr, end="", file=sys.stderr)
    if ran.returncode and "ziglang" in ran.stderr:
        print("Trying again without a C compiler: models will be answered by their servers alone", flush=True)
        ran = subprocess.run(command, env={**uv_environment(), "ORMER_WITHOUT_COMPILER": "1"})
    if ran.returncode:
        raise SystemExit(ran.returncode)


def compiler() -> str | None:
    """The C compiler of this machine, as hatch_build.py looks for it."""
    return next(filter(None, map(shutil.which, (os.environ.get("CC") or "cc", "gcc", "clang"))), None)


def stamp(groups: list[str]) -> str:
    """What the environment was made from: what is built, this Python, and every group ever asked for."""
    mark = VENV / "ormer-installed"
    earlier = set(mark.read_text().split("\n")[2].split()) if mark.exists() else set()
    groups[:] = sorted({*groups, *earlier})
    sources = [path for names in BUILT_FROM for path in sorted(ROOT.glob(names))]
    digest = hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in sources))
    digest.update(str(compiler()).encode())
    return f"{digest.hexdigest()}\n{sys.version}\n{' '.join(groups)}"


def find_uv() -> str:
    """uv from PATH or from the environment; installed there first where it is not."""
    for found in (shutil.which("uv"), str(VENV / "bin" / "uv")):
        if found and os.access(found, os.X_OK):
            return found
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*pip(Path(folder)), "install", "-q", "uv>=0.9,<1"], check=True)
    return str(VENV / "bin" / "uv")


def uv_environment() -> dict[str, str]:
    """The variables uv runs with: an index, mirror or certificate that pip is told of holds for uv as well."""
    found: dict[str, str] = runpy.run_path(str(PIP_SETTINGS))["uv_environment"](os.environ, Path.home())
    return found


def pip(folder: Path) -> list[str]:
    """The words that run pip for the new environment."""
    bundled = [sys.executable, "-m", "pip"]
    if subprocess.run([*bundled, "--version"], capture_output=True).returncode == 0:
        return [*bundled, "--python", str(PYTHON)]
    if subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True).returncode == 0:
        subprocess.run([str(PYTHON), "-m", "ensurepip", "-q"], check=True)
        return [str(PYTHON), "-m", "pip"]
    return [str(PYTHON), f"{download_pip(folder)}/pip"]


def download_pip(folder: Path) -> Path:
    """pip's newest wheel from the package index, checked against the index's digest."""
    print("No pip and no ensurepip here: taking pip from the package index", flush=True)
    page = f"{INDEX.rstrip('/')}/pip/"
    request = urllib.request.Request(page, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        files = json.load(answer)["files"]
    wheels = [file for file in files if file["filename"].endswith("-py3-none-any.whl") and not file.get("yanked")]
    stable = [file for file in wheels if file["filename"].split("-")[1].replace(".", "").isdigit()]
    newest = max(stable, key=lambda file: tuple(int(part) for part in file["filename"].split("-")[1].split(".")))
    with urllib.request.urlopen(urllib.parse.urljoin(page, newest["url"]), timeout=120) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != newest["hashes"]["sha256"]:
        raise SystemExit(f"{newest['filename']} does not have the digest the index names; nothing was installed.")
    wheel = folder / newest["filename"]
    wheel.write_bytes(content)
    return wheel


if __name__ == "__main__":
    raise SystemExit(main())
