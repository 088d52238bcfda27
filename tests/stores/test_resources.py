"""Documents beside their headers, and the one way a status changes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ormer.stores import events, resources, tasks
from ormer.stores.tables import properties, tags
from ormer.stores.tables import tasks as task_table

ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/one"


def make(tx, arn=ARN, status="InProgress", **more):
    name = arn.rpartition("/")[2]
    document = {"TrainingJobName": name, "TrainingJobArn": arn}
    return resources.create(
        tx, arn=arn, kind="TrainingJob", name=name, document=document, status=status, now=100.0, actor="me", **more
    )


def wakes(tx, kind, subject):
    row = tx.one(sa.select(task_table.c.wakes).where(task_table.c.kind == kind, task_table.c.subject == subject))
    return row["wakes"] if row else None


def test_a_taken_name_makes_nothing_and_the_transaction_goes_on(database):
    with database.write() as tx:
        assert make(tx, tag_list=[{"Key": "a", "Value": "b"}]) is not None
        assert make(tx) is None
        assert make(tx, ARN.replace("one", "two")) is not None
    with database.read() as tx:
        assert [row.name for row in resources.select(tx)] == ["one", "two"]


def test_a_new_resource_brings_its_event_its_properties_and_its_task(database):
    with database.write() as tx:
        make(tx, tag_list=[{"Key": "a", "Value": "b"}])
    with database.read() as tx:
        (event,) = events.about(tx, ARN)
        assert event["detail"]["TrainingJobStatus"] == "InProgress" and event["actor"] == "me"
        assert event["detail"]["Tags"] == {"a": "b"}
        paths = {row["path"] for row in tx.all(sa.select(properties.c.path))}
        assert {"TrainingJobName", "TrainingJobStatus"} <= paths
        assert wakes(tx, "job", ARN) is not None


def test_a_status_changes_only_from_where_it_is_expected(database):
    with database.write() as tx:
        make(tx)
        assert resources.advance(tx, ARN, "Stopping", now=101.0, expect=("Stopped",)) is None
        moved = resources.advance(tx, ARN, "Stopping", now=101.0, expect=("InProgress",), change={"FailureReason": "x"})
        assert moved is not None and moved.document["TrainingJobStatus"] == "Stopping" == moved.status
        assert resources.advance(tx, ARN, "Stopped", now=102.0) is not None
        assert resources.advance(tx, ARN, "InProgress", now=103.0) is None, "a final status stays"
        assert resources.advance(tx, ARN + "-no", "Stopped", now=103.0) is None
        told = [event["detail"]["TrainingJobStatus"] for event in events.about(tx, ARN)]
    assert told == ["Stopped", "Stopping", "InProgress"]


def test_a_change_that_is_rolled_back_has_no_event(database):
    with database.write() as tx:
        make(tx)

    def fail() -> None:
        with database.write() as tx:
            resources.advance(tx, ARN, "Stopped", now=101.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as tx:
        row = resources.get(tx, ARN)
        assert row is not None and row.status == "InProgress"
        assert len(events.about(tx, ARN)) == 1


def test_watchers_are_woken_at_every_change_and_let_go_at_the_last(database):
    with database.write() as tx:
        make(tx)
        resources.watch(tx, ARN, "pipeline_execution", "run")
        resources.watch(tx, ARN, "pipeline_execution", "run")
        assert wakes(tx, "pipeline_execution", "run") is None
        resources.advance(tx, ARN, "Stopping", now=101.0)
        assert wakes(tx, "pipeline_execution", "run") == 0
        resources.advance(tx, ARN, "Stopped", now=102.0)
        assert wakes(tx, "pipeline_execution", "run") == 1
        # One who comes too late is woken at once.
        resources.watch(tx, ARN, "pipeline_execution", "late")
        assert wakes(tx, "pipeline_execution", "late") == 0


def test_a_save_never_touches_a_status_nor_a_row_that_somebody_else_wrote(database):
    with database.write() as tx:
        row = make(tx)
        assert row is not None
        with pytest.raises(AssertionError, match="advance"):
            resources.save(tx, row, {"TrainingJobStatus": "Completed"}, now=101.0)
        resources.save(tx, row, {"FailureReason": "a"}, now=101.0)
        with pytest.raises(AssertionError, match="somebody else"):
            resources.save(tx, row, {"FailureReason": "b"}, now=102.0)


def test_a_deleted_resource_leaves_no_tags_nor_properties(database):
    with database.write() as tx:
        make(tx, tag_list=[{"Key": "a", "Value": "b"}])
        assert resources.delete(tx, ARN) and not resources.delete(tx, ARN)
        assert tx.all(sa.select(tags)) == [] and tx.all(sa.select(properties)) == []


def test_release_frees_what_a_dead_server_held(database):
    with database.write() as tx:
        tasks.wake(tx, "job", ARN)
        assert len(tasks.claim(tx, "dead", ["job"], 0.0, 5)) == 1
        assert tasks.claim(tx, "new", ["job"], 0.0, 5) == []
        assert tasks.release_all(tx) == 1
        assert len(tasks.claim(tx, "new", ["job"], 0.0, 5)) == 1
