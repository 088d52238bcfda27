"""A server whose home lies on a small disk of its own: `python small_disk_server.py HOME RUNTIMES`.

Run it in a mount namespace of its own. It prints how to reach it, then obeys: `fill` leaves no byte free, `free` gives
the space back; each is answered with `done`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ormer.config import Config
from ormer.first_run import root_key
from ormer.server import Server

DISK = "size=160m"
CHUNK_BYTES = 1 << 20


def fill(path: Path) -> None:
    """Write until nothing fits any more."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        size = CHUNK_BYTES
        while size:
            try:
                os.write(descriptor, bytes(size))
            except OSError:
                size //= 2
    finally:
        os.close(descriptor)


def main() -> None:
    home, runtimes = Path(sys.argv[1]), Path(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the server's own log goes another way
    subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "none", str(home)], check=True)
    (home / "runtimes").symlink_to(runtimes)
    server = Server(Config(home=home, port=0, tls_port=0), strict=True)
    server.start()
    key = root_key(server.house.stores)
    print(json.dumps([server.config.endpoint, key.access_key_id, key.secret]), file=answers, flush=True)
    for line in sys.stdin:
        if line.strip() == "fill":
            fill(home / "filler")
        elif line.strip() == "free":
            (home / "filler").unlink()
        print("done", file=answers, flush=True)
    server.stop()


if __name__ == "__main__":
    main()
