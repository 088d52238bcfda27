"""Housekeeping finds what fell through and throws away what is over."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from ormer.aws.clock import ManualClock
from ormer.aws.identities import session_identity
from ormer.engines import housekeeping
from ormer.stores import resources
from ormer.stores.features.tables import online_records
from ormer.stores.state_machines import executions
from ormer.stores.stores import Stores, open_stores
from ormer.stores.tables import tasks

ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/lost"


def stores_with_job(tmp_path: Path, status: str) -> Stores:
    stores = open_stores(tmp_path / "home", tmp_path / "home" / "ormer.db", ManualClock())
    with stores.database.write() as tx:
        resources.create(tx, arn=ARN, kind="TrainingJob", name="lost", document={}, now=1.0, status=status)
        tx.execute(sa.delete(tasks))
    return stores


def subjects(stores: Stores) -> list[str]:
    with stores.database.read() as tx:
        return [row["subject"] for row in tx.all(sa.select(tasks.c.subject))]


def test_a_job_that_is_not_final_and_has_no_task_is_given_one(tmp_path: Path) -> None:
    stores = stores_with_job(tmp_path, "InProgress")
    assert housekeeping.scan(stores) == 1
    assert subjects(stores) == [ARN]
    assert housekeeping.scan(stores) == 0


def test_a_final_job_is_left_in_peace(tmp_path: Path) -> None:
    stores = stores_with_job(tmp_path, "Completed")
    assert housekeeping.scan(stores) == 0
    assert subjects(stores) == []


def test_keys_of_sessions_that_are_over_are_thrown_away(tmp_path: Path) -> None:
    clock = ManualClock()
    stores = open_stores(tmp_path / "home", tmp_path / "home" / "ormer.db", clock)
    identity = session_identity("arn:aws:iam::123456789012:role/r", "s")
    with stores.database.write() as tx:
        over = stores.keys.make(tx, identity, 60)
        kept = stores.keys.make(tx, identity, 86_400)
    clock.advance(7200)
    housekeeping.sweep(stores)
    assert stores.keys.lookup(over.access_key_id) is None
    assert stores.keys.lookup(kept.access_key_id) is not None


def test_records_of_feature_store_whose_time_is_over_are_thrown_away(tmp_path: Path) -> None:
    clock = ManualClock()
    stores = open_stores(tmp_path / "home", tmp_path / "home" / "ormer.db", clock)
    row = {"group": ARN, "event_time": 0.0, "deleted": False, "record": []}
    ends = {"over": clock.now() + 60, "kept": clock.now() + 86_400, "forever": None}
    with stores.database.write() as tx:
        for identifier, expires in ends.items():
            tx.execute(sa.insert(online_records), {**row, "identifier": identifier, "expires": expires})
    clock.advance(7200)
    housekeeping.sweep(stores)
    with stores.database.read() as tx:
        assert {one["identifier"] for one in tx.all(sa.select(online_records))} == {"kept", "forever"}


def test_express_executions_that_ended_long_ago_are_thrown_away(tmp_path: Path) -> None:
    clock = ManualClock()
    stores = open_stores(tmp_path / "home", tmp_path / "home" / "ormer.db", clock)
    place = "arn:aws:states:us-east-1:123456789012"
    over, runs, standard = f"{place}:express:m:a:1", f"{place}:express:m:b:2", f"{place}:execution:m:c"
    with stores.database.write() as tx:
        for arn, status in ((over, "SUCCEEDED"), (runs, "RUNNING"), (standard, "SUCCEEDED")):
            resources.create(
                tx, arn=arn, kind=executions.KIND, name=arn[-1], document={}, now=clock.now(), status=status
            )
    clock.advance(7200)
    housekeeping.sweep(stores)
    with stores.database.read() as tx:
        assert [resources.get(tx, arn) is None for arn in (over, runs, standard)] == [True, False, False]
