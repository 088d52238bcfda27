"""Asking a model server whether it is ready: GET /ping over a unix socket or a loopback port."""

import os
from typing import Any

PING_SECONDS = 2.0  # what SageMaker gives a container to answer a ping
HEAD_BYTES = 4096
# Our own servers stay up when their model cannot be loaded, and say so with this header: nobody need wait any longer.
LOAD_FAILED = b"x-ormer-load-failed:"
READY, HOPELESS, NOT_YET = "ready", "hopeless", "not yet"


def ping(ready: dict[str, Any]) -> str:
    """READY when the server answers 200 now, HOPELESS when it says that it never will, else NOT_YET.

    Nobody listening, or no answer in two seconds, is NOT_YET."""
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
            head = _head(connection)
        except OSError:
            return NOT_YET
    if head.split(b" ", 2)[1:2] == [b"200"]:
        return READY
    return HOPELESS if LOAD_FAILED in head.lower() else NOT_YET


def _head(connection: Any) -> bytes:
    """The answer up to the end of its headers, as far as the server gets in two seconds a piece."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < HEAD_BYTES:
        piece = connection.recv(HEAD_BYTES)
        if not piece:
            break
        received += piece
    return bytes(received)


def _connect(connection: Any, path: str) -> None:
    """Connect through the folder's descriptor, since a socket address holds only 107 bytes of path."""
    folder = os.open(os.path.dirname(path), os.O_PATH | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    finally:
        os.close(folder)
