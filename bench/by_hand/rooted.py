"""Run one of the runtimes' programs with a folder of one's own for /opt/ml: `rooted.py RUNTIMES KIND[.VERB] ROOT`."""

import importlib
import os
import sys
from pathlib import Path


def main(runtimes: str, name: str, root: str) -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    folder = Path(runtimes)
    sys.path.insert(0, str(folder.parent))
    kind, _, verb = name.partition(".")
    package = importlib.import_module(folder.name)
    # Nothing else of that folder may shadow an installed package.
    sys.path.remove(str(folder.parent))
    module = importlib.import_module(f"{package.__name__}.{kind}.{verb or 'process'}")
    return int(module.main(Path(root)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
