"""A server as a process of its own, for tests that kill it: `python server_process.py HOME`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ormer.config import Config
from ormer.server import Server


def main() -> None:
    Server(Config(home=Path(sys.argv[1]), port=0, tls_port=0), strict=True).start()
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
