"""Compiles the C sources of src/ormer while a wheel or an editable installation is made.

They are plain C for ctypes, so neither Python's headers nor its version matter. The compiler is $CC, cc, gcc or
clang; where none works, ziglang comes from the package index for the time of the build. Without any of them ormer is
installed all the same: built-in models are then answered by their sandboxed servers alone. ORMER_WITHOUT_COMPILER=1
asks for that.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = "src/ormer/engines/hosting"
ZIGLANG = "ziglang>=0.13,<1; platform_machine in 'x86_64 aarch64 arm64' and sys_platform != 'win32'"
# Contraction of multiply and add, or fast-math, would change the last bit of predictions.
FLAGS = ("-std=c99", "-O2", "-fPIC", "-shared", "-ffp-contract=off", "-fno-fast-math")
# What a library needs of Python is there when Python loads it; Darwin's linker wants to hear so.
LINK_FLAGS = ("-Wl,-undefined,dynamic_lookup",) if sys.platform == "darwin" else ()
# Left to itself, zig compiles for this very processor and adds checks that trap.
ZIG_FLAGS = ("-mcpu=baseline", "-fno-sanitize=undefined")
PROBE = "#include <math.h>\n#include <stdlib.h>\nfloat ormer_probe(float x) { return expf(x); }\n"


class CustomBuildHook(BuildHookInterface):
    """hatchling's name for the hook of a project's own."""

    def dependencies(self) -> list[str]:
        """What the build needs from the package index."""
        return [] if unwanted() or compiler() else [ZIGLANG]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile beside the source; a wheel carries the result and is then one for this platform, not for any."""
        words = None if unwanted() else compiler() or zig()
        made = [binary for source in self.sources() if (binary := built(words, source)) is not None]
        if len(made) < len(self.sources()):
            self.app.display_warning("No C compiler: built-in models will be answered by their servers alone")
        if made and version != "editable":
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
            build_data["artifacts"] += [f"/{binary.relative_to(self.root)}" for binary in made]

    def sources(self) -> list[Path]:
        """Every C source of the package."""
        return sorted((Path(self.root) / SOURCES).rglob("*.c"))


def unwanted() -> bool:
    return os.environ.get("ORMER_WITHOUT_COMPILER", "") not in ("", "0")


def compiler() -> list[str] | None:
    """The words that start a compiler of this machine that compiles and links."""
    named = os.environ.get("CC")
    for words in [shlex.split(named)] if named else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(words[0]) and works(words):
            return words
    return None


def zig() -> list[str] | None:
    if importlib.util.find_spec("ziglang") is None:
        return None
    return [sys.executable, "-m", "ziglang", "cc", *ZIG_FLAGS]


def works(words: list[str]) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "probe.c"
        source.write_text(PROBE)
        return compiled(words, source, Path(scratch) / "probe.so", quiet=True)


def built(words: list[str] | None, source: Path) -> Path | None:
    """The library beside the source, made anew; None, and nothing there, where it cannot be."""
    binary = source.with_suffix(".so")
    binary.unlink(missing_ok=True)
    return binary if words is not None and compiled(words, source, binary) else None


def compiled(words: list[str], source: Path, binary: Path, quiet: bool = False) -> bool:
    """Whether source became binary. The binary says which source it was built from."""
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    scratch = binary.with_name(f".{os.getpid()}-{binary.name}")
    command = [*words, *FLAGS, *LINK_FLAGS, f'-DORMER_SOURCE="{digest}"', "-o", str(scratch), str(source), "-lm"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        if not quiet:
            print(ran.stderr, file=sys.stderr)
        scratch.unlink(missing_ok=True)
        return False
    os.replace(scratch, binary)
    return True
