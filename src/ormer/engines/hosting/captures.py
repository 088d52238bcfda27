"""Data capture: what is asked and answered is kept for Model Monitor, off the path of the request.

A request only puts a record into memory, and each thousand of them become lines (`gathering`). A thread appends them
to a spool on the disk half a second later at the latest; durable from then on. A spool becomes an object when it is ten
seconds old, sixteen megabytes big, when traffic pauses, when its hour ends, or when somebody asks (`flush`). After a
kill the next server publishes what the last one left. So a crash loses half a second of captures at most, and never
doubles one.

When lines cannot be kept (a full disk, objects that cannot be written for long), capture stops and says so in the
endpoint's log and in metrics; invocations go on.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.hosting import exchanges, spools
from ormer.engines.hosting.gathering import Gathering, Group, Piece
from ormer.engines.hosting.routes import Route
from ormer.engines.hosting.spools import Label, Spool
from ormer.engines.hosting.tallies import OWN_NAMESPACE
from ormer.stores import logs, metrics
from ormer.stores.access import PolicyGate
from ormer.stores.database import Tx
from ormer.stores.stores import Stores

WRITE_SECONDS = 0.4
AGE_SECONDS_MAX = 10.0
PAUSE_SECONDS = 1.0
SPOOL_BYTES_MAX = 16_000_000
# What may wait in memory for the disk, and on the disk for S3.
WAITING_BYTES_MAX = 64 << 20
SPOOLED_BYTES_MAX = 512 << 20
RETRY_SECONDS, RECOVERY_SECONDS = 15.0, 1.0
SESSION_NAME = "SageMaker"
LOG_STREAM = "{}/data-capture"
DROPPED = "dropped"

log = structlog.get_logger("ormer.capture")


class Captures:
    """Takes records from the invoke lane and brings them to S3. chance: a random number below 1."""

    def __init__(self, stores: Stores, chance: Callable[[], float] = random.random) -> None:
        self._stores = stores
        self._folder = stores.home / "captures"
        self._gathering = Gathering(stores.clock, chance, WAITING_BYTES_MAX, self._lost)
        # What capture an invocation, in the lane's loop, without a step between: `offer` takes what `write` leaves.
        self.write, self.offer = self._gathering.write, self._gathering.add
        self._news, self._stopping = self._gathering.news, threading.Event()
        self._turn = threading.Lock()
        self._open: dict[Group, Spool] = {}
        self._closed: list[Spool] = []
        self._retry_at: dict[str, float] = {}
        self._drop_lock = threading.Lock()
        self._dropped: dict[tuple[str, str], tuple[Route, int, str]] = {}
        self._said: set[tuple[str, str]] = set()
        self._thread = threading.Thread(target=self._loop, name="capture", daemon=True)

    def start(self) -> None:
        """Take up what the last server left, and begin."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._closed = spools.left_in(self._folder)
        self._news.set()
        self._thread.start()

    def stop(self) -> None:
        """Publish what there is. What cannot be published now stays for the next server."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(30)

    def flush(self, arn: str) -> None:
        """Return when everything captured of this endpoint so far is in S3 (or cannot be written there)."""
        with self._turn:
            self._write()
            self._close(lambda spool: spool.label.arn == arn)
            self._publish(lambda spool: spool.label.arn == arn)

    # The thread.

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._sleep()
            # Several invocations share a write and a flush of the disk.
            self._stopping.wait(WRITE_SECONDS)
            self._pass(self._due)
        self._pass(lambda _: True)

    def _sleep(self) -> None:
        """Sleep while there is nothing to do. Who adds a record after the look finds the thread idle, and wakes it."""
        self._gathering.idle = True
        if not (self._open or self._closed or self._dropped or len(self._gathering)):
            self._news.wait()
        self._news.clear()
        self._gathering.idle = False

    def _pass(self, due: Callable[[Spool], bool]) -> None:
        try:
            with self._turn:
                self._write()
                self._close(due)
                self._publish(lambda spool: time.monotonic() >= self._retry_at.get(spool.label.arn, 0.0))
        except Exception:
            # A fault with one endpoint's captures must not end those of the others.
            log.exception("captures could not be brought to S3; they are tried again")
            self._stopping.wait(RECOVERY_SECONDS)

    def _write(self) -> None:
        """Bring what is in memory to the spools."""
        groups: dict[Group, list[Piece]] = {}
        for piece in self._gathering.take():
            groups.setdefault(piece.group, []).append(piece)
        for group, pieces in groups.items():
            try:
                self._append(group, pieces)
            except OSError as error:
                first, count = pieces[0].first, sum(piece.records for piece in pieces)
                self._drop(first.route, first.variant, count, f"Data capture stopped: {error.strerror}")
        self._tell_drops()

    def _append(self, group: Group, pieces: list[Piece]) -> None:
        first, now = pieces[0].first, time.monotonic()
        spool = self._open.get(group)
        if spool is None:
            if self._spooled_bytes() > SPOOLED_BYTES_MAX:
                raise OSError(0, f"more than {SPOOLED_BYTES_MAX >> 20} MB wait for S3")
            label = spools.label_of(first.route, first.variant, first.capture.destination_uri, first.moment)
            spool = self._open[group] = Spool.begin(self._folder, label, now)
        try:
            spool.append([piece.lines for piece in pieces], now)
        except OSError:
            if not spool.size:
                self._open.pop(group).remove()
            raise

    def _close(self, due: Callable[[Spool], bool]) -> None:
        for group in [group for group, spool in self._open.items() if due(spool)]:
            spool = self._open.pop(group)
            spool.close()
            self._closed.append(spool)

    def _due(self, spool: Spool) -> bool:
        now = time.monotonic()
        return (
            now - spool.opened >= AGE_SECONDS_MAX
            or now - spool.written >= PAUSE_SECONDS
            or spool.size >= SPOOL_BYTES_MAX
        )

    def _publish(self, wanted: Callable[[Spool], bool]) -> None:
        """Make objects of closed spools."""
        for spool in [spool for spool in self._closed if wanted(spool)]:
            try:
                self._put(spool)
            except (AwsError, OSError, ValueError, SQLAlchemyError) as error:
                # Kept and tried again later; the captures of other endpoints go on.
                self._retry_at[spool.label.arn] = time.monotonic() + RETRY_SECONDS
                self._fail(spool.label, error)
                continue
            self._closed.remove(spool)
            spool.remove()
            self._said = {(arn, kind) for arn, kind in self._said if arn != spool.label.arn}

    def _put(self, spool: Spool) -> None:
        """Write a spool's object, once. Raises AwsError when it may not or cannot be written."""
        label, objects = spool.label, self._stores.objects
        bucket, key = objects.parse_uri(label.uri)
        if label.role_arn:
            role = session_identity(label.role_arn, SESSION_NAME)
            PolicyGate(self._stores).permit(role, label.region, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")
        if spool.size and objects.find(bucket, key) is None:
            with spool.shared() as lines:
                objects.put_hashed(bucket, key, lines, spool.digest(), "application/jsonlines")

    def _spooled_bytes(self) -> int:
        return sum(spool.size for spool in (*self._closed, *self._open.values()))

    # Telling people.

    def _lost(self, route: Route, variant: str) -> None:
        self._drop(route, variant, 1, "Data capture stopped: the disk is slower than the traffic")
        self._news.set()

    def _drop(self, route: Route, variant: str, count: int, reason: str) -> None:
        with self._drop_lock:
            _, before, _ = self._dropped.get((route.arn, variant), (route, 0, ""))
            self._dropped[route.arn, variant] = (route, before + count, reason)

    def _tell_drops(self) -> None:
        with self._drop_lock:
            dropped, self._dropped = self._dropped, {}
        for (_, variant), (route, count, reason) in dropped.items():
            log.warning("captures were dropped", endpoint=route.name, variant=variant, count=count, reason=reason)
            label = spools.label_of(route, variant, "", 0.0)
            try:
                with self._stores.database.write() as tx:
                    self._count(tx, label, "CapturesDropped", count)
                self._say(label, DROPPED, reason)
            except SQLAlchemyError as error:  # the same full disk, most likely: it is told when there is room
                log.error("dropped captures cannot be counted yet", exc_info=error)
                self._drop(route, variant, count, reason)

    def _fail(self, label: Label, error: Exception) -> None:
        """Count a failed publication, and say why in the endpoint's log the first time."""
        kind = error.code if isinstance(error, AwsError) else type(error).__name__
        reason = f"{kind}: {error.message}" if isinstance(error, AwsError) else str(error)
        try:
            with self._stores.database.write() as tx:
                self._count(tx, label, "CaptureFailures", 1)
            self._say(label, kind, f"Data capture cannot write {label.uri}: {reason}")
        except SQLAlchemyError as failure:  # the same trouble, most likely: the next failure is told when it is over
            log.error("a failed capture cannot be counted yet", reason=reason, exc_info=failure)

    def _say(self, label: Label, kind: str, text: str) -> None:
        """One line in the endpoint's log; the same kind of trouble is not told again until it is over."""
        if (label.arn, kind) in self._said:
            return
        self._said.add((label.arn, kind))
        log.warning(text, endpoint=label.endpoint, variant=label.variant)
        now = self._stores.clock.now()
        with self._stores.database.write() as tx:
            group, name = exchanges.log_group(label.endpoint), LOG_STREAM.format(label.variant)
            stream = logs.stream(tx, label.account, label.region, group, name, now)
            logs.append(tx, stream["id"], [(int(now * 1000), text)], now)

    def _count(self, tx: Tx, label: Label, name: str, count: int) -> None:
        pairs = [
            {"Name": "EndpointName", "Value": label.endpoint},
            {"Name": "VariantName", "Value": label.variant},
        ]
        statistics = (count, count, 1.0, 1.0)
        now = self._stores.clock.now()
        metrics.put_statistics(
            tx, label.account, label.region, OWN_NAMESPACE, name, statistics, now, pairs, unit="Count"
        )
