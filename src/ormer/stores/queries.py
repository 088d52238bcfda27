"""Queries of Athena and the work groups they run in.

A query is a resource whose document is a flat QueryExecution; `told` makes AWS's form of it. Its facts hold who asked,
the id of its folder, and what its result looks like.
https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.identities import Identity
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SERVICE, KIND, WORK_GROUP = "athena", "QueryExecution", "WorkGroup"
TASK = "query_execution"
QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"
PRIMARY = "primary"
CATALOG = "AwsDataCatalog"
ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
# https://docs.aws.amazon.com/athena/latest/ug/querying-viewing-history.html
KEPT_SECONDS = 45 * 86_400.0
DDL = re.compile(r"(?is)[\s(]*(?:--[^\n]*\n\s*)*(create|alter|drop|msck|truncate)\b")
UTILITY = re.compile(r"(?is)[\s(]*(?:--[^\n]*\n\s*)*(show|describe|desc|explain)\b")
CTAS = re.compile(r"(?is)\s*create\s+table\b.*\bas\b\s*\(?\s*(select|with)\b")
FIRST_WORD = re.compile(r"(?is)(?:\s|\(|--[^\n]*\n)*(\w+)(?:\s+(?:external\s+)?(\w+))?")


def work_group_arn(account: str, region: str, name: str) -> str:
    return arns.arn(SERVICE, region, account, f"workgroup/{name}")


def find_work_group(tx: Tx, account: str, region: str, name: str) -> Row | None:
    """A work group; `primary` is always there."""
    arn = work_group_arn(account, region, name)
    row = resources.get(tx, arn)
    if row is None and name == PRIMARY:
        document = {
            "Name": PRIMARY,
            "State": "ENABLED",
            "Description": "",
            "CreationTime": 0.0,
            "Configuration": {
                "ResultConfiguration": {},
                "EnforceWorkGroupConfiguration": False,
                "PublishCloudWatchMetricsEnabled": False,
                "RequesterPaysEnabled": False,
                "EngineVersion": ENGINE,
            },
        }
        return Row(arn, account, region, SERVICE, WORK_GROUP, PRIMARY, "", "", 0.0, 0.0, 0, document)
    return row


def create(tx: Tx, caller: Identity, region: str, document: JsonDict, now: float) -> Row:
    """A query that waits for its turn, as who asks."""
    query_id = str(uuid.uuid4())
    group = work_group_arn(caller.account, region, document["WorkGroup"])
    row = resources.create(
        tx,
        arn=arns.arn(SERVICE, region, caller.account, f"queryexecution/{query_id}"),
        kind=KIND,
        name=query_id,
        parent=group,
        document={**document, "QueryExecutionId": query_id, "SubmissionDateTime": now},
        now=now,
        status=QUEUED,
        facts={"id": uuid.uuid4().hex, "caller": asdict(caller)},
    )
    assert row is not None, "nobody else has this id"
    return row


def find(tx: Tx, account: str, region: str, query_id: str) -> Row | None:
    return resources.get(tx, arns.arn(SERVICE, region, account, f"queryexecution/{query_id}"))


def caller_of(row: Row) -> Identity:
    """Who asked."""
    kept = row.facts["caller"]
    tags = tuple((key, value) for key, value in kept["tags"])
    return Identity(**{**kept, "tags": tags, "session_policies": tuple(kept["session_policies"])})


def told(row: Row) -> JsonDict:
    """A query as Athena answers it."""
    document = row.document
    times: JsonDict = {
        name: document[name] for name in ("SubmissionDateTime", "CompletionDateTime") if name in document
    }
    status: JsonDict = {"State": row.status, **times}
    if "StateChangeReason" in document:
        status["StateChangeReason"] = document["StateChangeReason"]
    if row.status == FAILED:
        text = document.get("StateChangeReason", "")
        status["AthenaError"] = {"ErrorCategory": 2, "ErrorType": 1006, "Retryable": False, "ErrorMessage": text}
    return {**document, "Status": status, "EngineVersion": ENGINE}


def kind_of(sql: str) -> tuple[str, str]:
    """(statement type, substatement type) of a statement, by its first words."""
    words = FIRST_WORD.match(sql)
    first, second = ((words[1] or "").upper(), (words[2] or "").upper()) if words else ("", "")
    if CTAS.match(sql):
        return "DDL", "CREATE_TABLE_AS_SELECT"
    if DDL.match(sql):
        return "DDL", f"{first}_{second}" if second else first
    if UTILITY.match(sql):
        return "UTILITY", f"{first}_{second}" if first == "SHOW" else first
    return "DML", "SELECT" if first in ("WITH", "SELECT", "") else first


def suffix_of(statement_type: str) -> str:
    """How the result's key ends: rows are CSV, what definitions and SHOW say is text."""
    return ".csv" if statement_type == "DML" else ".txt"


def forget_old(tx: Tx, now: float) -> None:
    """Remove queries whose time in the history is over."""
    c = table.c
    old = (c.kind == KIND, c.status.in_((SUCCEEDED, FAILED, CANCELLED)), c.modified < now - KEPT_SECONDS)
    for row in tx.all(sa.select(c.arn).where(*old).limit(500)):
        resources.delete(tx, row["arn"])


def output_of(configuration: Mapping[str, Any], query_id: str, suffix: str) -> str:
    """The address of a query's result."""
    return f"{configuration['OutputLocation'].rstrip('/')}/{query_id}{suffix}"
