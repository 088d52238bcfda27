"""Run a script that was written for a container: `scripted.py ROOT SCRIPT [ARGS]`, with ROOT for its /opt/ml."""

import os
import sys


def main(root: str, script: str) -> None:
    with open(script) as file:
        source = file.read().replace('"/opt/ml', f'"{root}')
    sys.argv[:] = sys.argv[2:]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    exec(compile(source, script, "exec"), {"__name__": "__main__", "__file__": script})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
