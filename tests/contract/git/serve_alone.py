"""A server in a process of its own, to be killed: prints its ports and root key, then serves for ever."""

import sys
import threading
from pathlib import Path

from ormer.config import Config
from ormer.first_run import root_key
from ormer.server import Server

if __name__ == "__main__":
    server = Server(Config(home=Path(sys.argv[1]), port=int(sys.argv[2]), tls_port=0))
    server.start()
    key = root_key(server.house.stores)
    sys.stdout.write(f"{server.config.port} {server.config.tls_port} {key.access_key_id} {key.secret}\n")
    sys.stdout.flush()
    sys.stdout = sys.stderr
    threading.Event().wait()
