"""One input object under way: its requests out, its answers in, and the file with its output."""

from __future__ import annotations

import io
import os
import tempfile
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Callable, Iterable, Iterator, Optional

from ..toolkit.failures import UserError
from .asking import Model, TransformFailed
from .batches import CHUNK_BYTES, Batch, read_batches, read_stream
from .processing import Processing
from .records import open_input, read_records
from .settings import Settings


@dataclass(frozen=True)
class Input:
    """An object of the job: its key (for people), where its content lies, and where its output goes."""

    key: str
    path: Path
    output: Path


@dataclass(frozen=True)
class Asked:
    """A request under way. write: takes its answer into the output, waiting for it."""

    future: "Future[object]"
    write: Callable[[], None]


class ObjectTransform:
    """An object's transform, driven from outside: take every request of `requests`, `write` each in order, `finish`.

    The output appears under its name only when it is whole. `failure` says why there is none, after AWS's word.
    """

    def __init__(self, one: Input, settings: Settings, processing: Processing, model: Model) -> None:
        self.failure: Optional[TransformFailed] = None
        self._input = one
        self._settings = settings
        self._processing = processing
        self._model = model
        self._partial = one.output.with_name(one.output.name + ".partial")
        self._files = ExitStack()
        self._out: Optional[BinaryIO] = None

    def requests(self, pool: Executor) -> Iterator[Asked]:
        """Yields the requests, each submitted to the pool when it is taken; none any more after a failure."""
        try:
            if self._settings.streams:
                yield from self._request_whole(pool)
                return
            with self._open() as source:
                for batch in read_batches(source, self._settings, self._processing):
                    future = pool.submit(self._model.ask, self._input.key, batch.sent)
                    yield Asked(future, self._writer(batch, future))
                    if self.failure is not None:
                        return
        except UserError as error:
            self._fail(error)

    def write(self, asked: Asked) -> None:
        """Write the answer to a request; the object fails when there is none or it does not fit."""
        if self.failure is not None:
            asked.future.cancel()
            return
        try:
            asked.write()
        except (TransformFailed, UserError) as error:
            self._fail(error)

    def finish(self) -> None:
        """Give the output its name, or remove what there is of a failed one."""
        if self.failure is None:
            self._output()
        self._files.close()
        if self.failure is None:
            os.replace(str(self._partial), str(self._input.output))
        elif self._partial.exists():
            self._partial.unlink()

    def _request_whole(self, pool: Executor) -> Iterator[Asked]:
        with self._open() as source:
            if not source.read(1):
                return
        folder = str(self._input.output.parent)
        answer = self._files.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - `finish` closes it
        future = pool.submit(self._model.ask_streaming, self._input.key, self._pieces, answer)

        def write() -> None:
            future.result()
            answer.seek(0)
            self._write_answer(self._originals(), answer)

        yield Asked(future, write)

    def _writer(self, batch: Batch, future: "Future[bytes]") -> Callable[[], None]:
        return lambda: self._write_answer(batch.records(), io.BytesIO(future.result()))

    def _write_answer(self, records: Iterable[bytes], answer: BinaryIO) -> None:
        out, last = self._output(), b""
        if self._processing.touches_output:
            parts = self._processing.finish(records, answer)
        else:
            parts = iter(lambda: answer.read(CHUNK_BYTES), b"")
        for last in parts:
            out.write(last)
        if self._settings.assembles_lines and last and not last.endswith(b"\n"):
            out.write(b"\n")

    def _pieces(self) -> Iterator[bytes]:
        with self._open() as source:
            yield from read_stream(source, self._settings, self._processing)

    def _originals(self) -> Iterator[bytes]:
        """The object's records once more, for the join with an answer that came in one piece."""
        with self._open() as source:
            if self._processing.by_line:
                yield from read_records(source, self._settings.split_type)
            else:
                yield source.read()

    def _open(self) -> "AbstractContextManager[BinaryIO]":
        return open_input(self._input.path, self._settings.compression)

    def _output(self) -> BinaryIO:
        if self._out is None:
            self._out = self._files.enter_context(self._partial.open("wb"))
        return self._out

    def _fail(self, error: Exception) -> None:
        if isinstance(error, TransformFailed):
            self.failure = error
        else:
            self.failure = TransformFailed("ClientError: {}: {}".format(self._input.key, error))
