"""Ports for servers that are started, killed and started again where they were."""

from __future__ import annotations

import random
import socket

# Below what systems hand out by themselves: a port from there may be another test's, or a connection's, a moment later.
LOWEST, HIGHEST = 15_000, 30_000


def free_port() -> int:
    """A port of the loopback that nobody listens at, and that the system gives to nobody who asks for any."""
    choice = random.SystemRandom()
    while True:
        port = choice.randint(LOWEST, HIGHEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
