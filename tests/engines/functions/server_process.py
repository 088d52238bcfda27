"""A house as a process of its own, for tests that kill it: `python server_process.py HOME`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ormer.app import build
from ormer.config import Config


def main() -> None:
    build(Config(home=Path(sys.argv[1])), strict=True).start()
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
