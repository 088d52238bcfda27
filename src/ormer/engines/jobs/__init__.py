"""Jobs: a program under the container contract, staged, supervised in a sandbox, and collected."""

from pathlib import Path

from ormer import runtimes


def programs_folder() -> Path:
    """The folder of the programs that run inside sandboxes; they import nothing of ormer."""
    return Path(runtimes.__file__).parent
