"""One git process that serves one client: fed while the request comes, read while the answer goes, never held whole."""

from __future__ import annotations

import asyncio
import os
import signal
import zlib
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from ormer.aws.errors import AwsError
from ormer.gateway.chunks import Body
from ormer.gateway.messages import Request
from ormer.stores.repositories import processes

PIECE_BYTES = 64 * 1024
COMPLAINT_BYTES_MAX = 4096

log = structlog.get_logger("ormer.gateway.git")


class Transfer:
    """A running `git upload-pack` or `git receive-pack`."""

    def __init__(self, process: Process, words: Sequence[str]) -> None:
        self._process = process
        self._words = words
        self._complaint = bytearray()
        self._listening = asyncio.create_task(self._listen())
        self._alarm = asyncio.get_running_loop().call_later(processes.TRANSFER_SECONDS_MAX, self.kill)

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    @classmethod
    async def start(cls, folder: Path, words: Sequence[str], protocol: str, keep_open: Sequence[int] = ()) -> Transfer:
        """Start git in a repository's folder. protocol: the client's Git-Protocol header, "" without one."""
        process = await asyncio.create_subprocess_exec(
            *processes.command(*words),
            cwd=folder,
            env=processes.environment(GIT_PROTOCOL=protocol),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            pass_fds=tuple(keep_open),
            start_new_session=True,
        )
        return cls(process, words)

    async def feed(self, parts: AsyncIterator[bytes]) -> None:
        """Give git what the client sends, as fast as it takes it; what comes after git has ended is passed over."""
        stdin = self._process.stdin
        assert stdin is not None
        listens = True
        async for part in parts:
            if not listens:
                continue
            try:
                stdin.write(part)
                await stdin.drain()
            except (BrokenPipeError, ConnectionResetError, RuntimeError):
                listens = False
        with suppress(OSError, RuntimeError):
            stdin.close()

    async def parts(self) -> AsyncIterator[bytes]:
        """What git answers."""
        stdout = self._process.stdout
        assert stdout is not None
        while part := await stdout.read(PIECE_BYTES):
            yield part

    async def end(self) -> int:
        """Wait for git, which has said everything or is to be stopped. Returns its exit status."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            status = await self._process.wait()
        finally:
            self._alarm.cancel()
            self._listening.cancel()
        if status:
            said = self._complaint.decode(errors="replace").strip()
            log.info("git ended early", command=self._words[0], status=status, said=said)
        return status

    def kill(self) -> None:
        """Stop git and whatever it started."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _listen(self) -> None:
        """Keep the beginning of what git complains about, for the log."""
        stderr = self._process.stderr
        assert stderr is not None
        while part := await stderr.read(PIECE_BYTES):
            self._complaint += part[: COMPLAINT_BYTES_MAX - len(self._complaint)]


def contents(request: Request, body: Body) -> AsyncIterator[bytes]:
    """The request's body, unpacked where the client sent it gzipped."""
    if request.headers.get("content-encoding") in ("gzip", "x-gzip"):
        return _unpacked(body)
    return aiter(body)


async def _unpacked(body: Body) -> AsyncIterator[bytes]:
    reader = zlib.decompressobj(wbits=31)
    total = 0
    async for part in body:
        while part:
            try:
                piece = reader.decompress(part, PIECE_BYTES)
            except zlib.error as error:
                raise AwsError("InvalidRequest", f"The body is not gzip: {error}") from None
            part = reader.unconsumed_tail
            total += len(piece)
            if total > processes.PACK_BYTES_MAX:
                raise AwsError("RequestEntityTooLarge", f"A push has {processes.PACK_BYTES_MAX} bytes at most.", 413)
            if piece:
                yield piece
