"""The offline store: records that were acknowledged become Parquet objects of S3, each in exactly one of them.

A pass takes the oldest records of a group, has a program in the sandbox write a file for each hour of events, makes the
files' bytes durable, and gives them their keys in the transaction that takes the records off the queue. A pass that is
cut off is done again and leaves nothing twice.
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
"""

from __future__ import annotations

import json
import secrets
import string
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.engine import RowMapping

from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.jobs import data
from ormer.engines.jobs.data import DataError, Written
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.programs import CannotRun, ProgramFolder, Programs
from ormer.engines.tables.programs import SETTINGS, why
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.access import PolicyGate
from ormer.stores.features import records
from ormer.stores.features.groups import Group

JsonDict = dict[str, Any]
BATCH_RECORDS = 20_000
WRITE_SECONDS_MAX = 300.0
RETRY_SECONDS = 30.0
SESSION_NAME = "SageMaker"
RANDOM_CHARACTERS = 16
ACTIVE, BLOCKED = "Active", "Blocked"

log = structlog.get_logger("ormer.features")


class CannotWrite(Exception):
    """The offline store takes no objects now; the text is the group's BlockedReason."""


class _Taken(Exception):
    """The group's other task, which empties it, was quicker: nothing of this pass may stay."""


class OfflineStores:
    """`run` is the function of task kind "feature_offline_store"; its subject is a group's ARN."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def run(self, work: Work) -> Again | None:
        """Write what waits. A group that cannot be written says why, and is tried again."""
        with work.read() as tx:
            row = resources.get(tx, work.subject)
            waiting = bool(records.queued(tx, work.subject, 1))
        if row is None:
            with work.write() as tx:
                records.give_up_queued(tx, work.subject)
            return None
        if not waiting:
            return Again()
        try:
            self.flush(work, Group(row))
        except CannotWrite as error:
            self._tell(work, BLOCKED, str(error))
            return Again(seconds=RETRY_SECONDS)
        self._tell(work, ACTIVE, "")
        with work.read() as tx:
            more = bool(records.queued(tx, work.subject, 1))
        return Again(seconds=records.FLUSH_SECONDS if more else None)

    def flush(self, work: Work, group: Group) -> None:
        """Write one batch of a group's records. Raises CannotWrite."""
        with work.read() as tx:
            rows = records.queued(tx, group.row.arn, BATCH_RECORDS)
        if not rows or not group.offline:
            return
        self.check(work, group)
        folder = self._programs.folder(uuid.uuid4().hex)
        try:
            files = self._written(work, group, rows, folder)
            with work.write() as tx:
                data.publish(work.stores.objects, files)
                if records.forget_queued(tx, [row["id"] for row in rows]) < len(rows):
                    raise _Taken
        except _Taken:
            log.info("another task wrote the same records", group=group.row.name)
        except DataError as error:
            raise CannotWrite(str(error)) from error
        finally:
            remove(folder.path)

    def _written(self, work: Work, group: Group, rows: Sequence[RowMapping], folder: ProgramFolder) -> list[Written]:
        """The batch's files, durable, with the keys they will have."""
        hours = _by_hour(rows)
        folder.work.mkdir(parents=True, exist_ok=True, mode=0o700)
        parts = []
        for number, (hour, mine) in enumerate(sorted(hours.items())):
            _write_lines(folder.work / f"{number}.jsonl", group, mine, work.now)
            parts.append((number, _key(hour, max(row["event_time"] for row in mine))))
        columns = [
            {"name": name, "type": one["FeatureType"], "many": bool(one.get("CollectionType"))}
            for name, one in group.features.items()
        ]
        request = {"columns": columns, "parts": [number for number, _ in parts]}
        self._run(work, folder, request)
        found = []
        for number, key in parts:
            found.append(
                data.write_file(work.stores.objects, folder.work / f"{number}.parquet", f"{group.data_uri}/{key}")
            )
        return found

    def _run(self, work: Work, folder: ProgramFolder, request: JsonDict) -> None:
        try:
            handle = self._programs.start("write", folder, {**request, **SETTINGS}, work.task.fence, WRITE_SECONDS_MAX)
        except CannotRun as error:
            raise CannotWrite(f"Parquet cannot be written here: {error}") from error
        with handle:
            handle.wait()
            result = handle.result()
        assert result is not None, "a program that was waited for is over"
        if not result.succeeded:
            raise CannotWrite(why(result))

    def check(self, work: Work, group: Group) -> None:
        """Raise CannotWrite unless the bucket is there and the group's role may write into it."""
        bucket, key = work.stores.objects.parse_uri(group.data_uri)
        if work.stores.objects.find_bucket(bucket) is None:
            raise CannotWrite(f"The bucket {bucket} of the offline store does not exist; create it again.")
        role = session_identity(group.document["RoleArn"], SESSION_NAME)
        try:
            PolicyGate(work.stores).permit(role, group.row.region, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}/x")
        except AwsError as error:
            raise CannotWrite(f"{error.code}: {error.message}") from error

    def _tell(self, work: Work, status: str, reason: str) -> None:
        """Keep the offline store's status, where it changed."""
        told: JsonDict = {"Status": status, **({"BlockedReason": reason[:1024]} if reason else {})}
        with work.write() as tx:
            row = resources.get(tx, work.subject)
            if row is not None and row.document.get("OfflineStoreStatus") not in (None, told):
                if reason:
                    log.warning("an offline store cannot be written", group=row.name, reason=reason)
                resources.save(tx, row, {"OfflineStoreStatus": told}, now=work.now, touch=False, event=True)


def _by_hour(rows: Sequence[RowMapping]) -> dict[int, list[RowMapping]]:
    """Records by the hour of their events (hours since the epoch)."""
    found: dict[int, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(int(row["event_time"] // 3600), []).append(row)
    return found


def _key(hour: int, latest: float) -> str:
    """The key of an hour's file below the store's address: the time in it is that of its latest event."""
    begin, last = datetime.fromtimestamp(hour * 3600, UTC), datetime.fromtimestamp(latest, UTC)
    alphabet = string.ascii_letters + string.digits
    tail = "".join(secrets.choice(alphabet) for _ in range(RANDOM_CHARACTERS))
    folder = f"year={begin:%Y}/month={begin:%m}/day={begin:%d}/hour={begin:%H}"
    return f"{folder}/{last:%Y%m%dT%H%M%SZ}_{tail}.parquet"


def _write_lines(path: Path, group: Group, rows: Sequence[RowMapping], now: float) -> None:
    """One JSON object a record: the features by name, as texts or lists of texts, and the store's own columns."""
    with path.open("w") as file:
        for row in rows:
            told: JsonDict = {
                one["FeatureName"]: one.get("ValueAsStringList", one.get("ValueAsString")) for one in row["record"]
            }
            told |= {
                "write_time": _microseconds(now),
                "api_invocation_time": _microseconds(row["invoked"]),
                "is_deleted": bool(row["deleted"]),
            }
            file.write(json.dumps(told))
            file.write("\n")


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)
