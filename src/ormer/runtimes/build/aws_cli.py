"""The AWS CLI of builds that bring none: made when it is first asked for, behind everything else on PATH."""

from __future__ import annotations

from pathlib import Path

WANTED = "awscli>=1.44,<2"
SCRIPT = """#!/bin/sh
set -e
exec 9> "{folder}.lock"
flock 9 2> /dev/null || true
if [ ! -x "{folder}/bin/aws" ]; then
  "{uv}" venv --quiet --clear --no-project --python "{python}" "{folder}" 1>&2
  "{uv}" pip install --quiet --python "{folder}/bin/python" "{wanted}" 1>&2
fi
exec 9>&-
exec "{folder}/bin/aws" "$@"
"""


def lay(bin_folder: Path, folder: Path, python: str, uv: str) -> None:
    """Write `aws` into `bin_folder`; its environment will be at `folder`."""
    bin_folder.mkdir(parents=True, exist_ok=True)
    file = bin_folder / "aws"
    file.write_text(SCRIPT.format(folder=folder, uv=uv, python=python, wanted=WANTED))
    file.chmod(0o755)
