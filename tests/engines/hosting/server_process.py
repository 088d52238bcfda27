"""A server of endpoints as a process of its own, for tests that kill it: `python server_process.py HOME`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.engines.hosting.conftest import open_hotel


def main() -> None:
    open_hotel(Path(sys.argv[1]))
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
