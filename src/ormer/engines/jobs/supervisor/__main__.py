"""The program the server starts: `python -I -S -E supervisor` forks one supervisor per line it reads.

It is put on the path by its own folder's parent, because importing the whole package would cost each server start more
than it needs, and because the interpreter is started without site packages.
"""

import importlib
import os
import sys

if __name__ == "__main__":
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.dirname(folder))
    spawning = importlib.import_module(os.path.basename(folder) + ".spawning")
    sys.exit(spawning.main(sys.argv[1:]))
