"""The nursery: a warm, tiny process that forks supervisors, so that a job's start does not wait for an interpreter."""

import ctypes
import os
import signal

from .records import Claimed, claim, forget_spec, read_spec
from .watching import supervise

REQUESTS_FD = 0
READ_BYTES = 65536
MAX_REPLY_CHARACTERS = 500
PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> int:
    """Without arguments serve requests on standard input; with a run directory supervise just that one here."""
    if arguments:
        return _supervise(arguments[0], announce=False)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps supervisors; nobody here waits for them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _adopt_orphans()  # what a supervisor leaves behind is reaped here, where no first process of a container does it
    pending = b""
    while True:
        chunk = os.read(REQUESTS_FD, READ_BYTES)
        if not chunk:  # the server is gone: running supervisors go on, the nursery is no longer needed
            return 0
        *requests, pending = (pending + chunk).split(b"\n")
        for request in requests:
            if os.fork() == 0:
                os._exit(_born(os.fsdecode(request)))


def _born(run_dir: str) -> int:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return _supervise(run_dir, announce=True)


def _supervise(run_dir: str, announce: bool) -> int:
    """0 when the job was supervised to its end, 1 when it was not ours to start or its plan is unreadable."""
    try:
        spec = read_spec(run_dir)
        claim(run_dir)
    except Claimed:
        forget_spec(run_dir)
        _answer("held", announce)
        return 1
    except (OSError, ValueError) as error:
        _answer(f"failed {error}", announce)
        return 1
    _answer("started", announce)
    _adopt_orphans()
    supervise(run_dir, spec)
    return 0


def _adopt_orphans() -> None:
    """The sandbox's first process outlives bubblewrap by a moment; only who buries it learns what the job used."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _answer(text: str, announce: bool) -> None:
    """Tell the server, then let go of its channel, so that no supervisor keeps it open."""
    if not announce:
        return
    line = text.replace("\n", " ")[:MAX_REPLY_CHARACTERS] + "\n"
    try:
        os.write(REQUESTS_FD, line.encode())
    except OSError:
        return  # the server died between asking and hearing; the claim stands and the next server attaches
    finally:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)
