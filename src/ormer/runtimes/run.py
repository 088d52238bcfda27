"""The one program that a sandbox starts: `python run.py KIND VERB [ARGS]` runs `runtimes.KIND.VERB.main()`.

Its own folder leaves sys.path, so that `runtimes/xgboost` never shadows the real xgboost; the parent leaves it again
once the package is known, so that user code sees nothing of these programs.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import List

USAGE = "usage: run.py KIND VERB [ARGS], for example: run.py xgboost train"
USAGE_EXIT_CODE = 2


def main(argv: List[str]) -> int:
    """Returns the exit code of the program that KIND and VERB name."""
    if len(argv) < 2 or not all(word.isidentifier() for word in argv[:2]):
        print(USAGE, file=sys.stderr)
        return USAGE_EXIT_CODE
    kind, verb = argv[0], argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    package, parent = os.path.basename(here), os.path.dirname(here)
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.getcwd()) != here]
    sys.path.insert(0, parent)
    importlib.import_module(package)
    sys.path.remove(parent)
    name = "{}.{}.{}".format(package, kind, verb)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not name.startswith(error.name):
            raise
        print("there is no program {} {}; {}".format(kind, verb, USAGE), file=sys.stderr)
        return USAGE_EXIT_CODE
    sys.argv = [sys.argv[0], *argv[2:]]
    return int(module.main())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
