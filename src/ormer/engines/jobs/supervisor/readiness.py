"""Asking a model server whether it is ready: GET /ping over a unix socket or a loopback port."""

import os
from typing import Any

PING_SECONDS = 2.0  # what SageMaker gives a container to answer a ping


def answers_ping(ready: dict[str, Any]) -> bool:
    """Whether the server answers 200 now. Nobody listening, or no answer in two seconds, is a no."""
    import socket  # only jobs with companion servers pay for this import

    family = socket.AF_UNIX if ready["socket"] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(PING_SECONDS)
        try:
            if ready["socket"]:
                _connect(connection, ready["socket"])
            else:
                connection.connect(("127.0.0.1", ready["port"]))
            connection.sendall(f"GET {ready['path']} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).split(b" ", 2)[1:2] == [b"200"]
        except OSError:
            return False


def _connect(connection: Any, path: str) -> None:
    """Connect through the folder's descriptor, since a socket address holds only 107 bytes of path."""
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    finally:
        os.close(folder)
