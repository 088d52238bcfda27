"""What a home holds when its story is over, without what differs by chance: times, ids and random ends of names."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

JsonDict = dict[str, Any]

CHANCE = (
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b1[6-9]\d{8}(\d{3})?(\.\d+)?(e[+-]?\d+)?\b"), "0"),
    (re.compile(r"\[\d\d:\d\d:\d\d\]"), "[TIME]"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b(pipelines-EXECUTION-[A-Za-z0-9-]+?)-[A-Za-z0-9]{10}\b"), r"\1-RANDOM"),
    # Ids of lineage entities, and tokens that the engine makes of an execution's ARN.
    (re.compile(r"\b[0-9a-f]{32,}\b"), "ID"),
    (re.compile(r'"(TrainingTimeInSeconds|BillableTimeInSeconds)":\d+'), r'"\1":0'),
    (re.compile(r'"(ETag|VersionId|ClientToken)":"[^"]*"'), r'"\1":""'),
    # Two images share a runtime; its artifact is made for the job that comes first.
    (re.compile(r'"Image":"[^"]*","LockSha256"'), '"Image":"","LockSha256"'),
)


def documents(home: Path, execution: str) -> JsonDict:
    """{what: sorted list of texts} of a home whose server has ended; `execution` is the ARN of its execution."""
    connection = sqlite3.connect(f"file:{home / 'ormer.db'}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        plain = Plain(execution)
        return {name: sorted(plain(row) for row in connection.execute(query)) for name, query in QUERIES.items()} | {
            "logs": _logs(connection, plain)
        }
    finally:
        connection.close()


QUERIES = {
    "resources": "SELECT kind, parent, name, status, document FROM resources",
    "tags": "SELECT arn, key, value FROM tags",
    "steps": "SELECT name, type, status, attempt, failure_reason, metadata, properties, property_files"
    " FROM pipeline_steps",
    "events": "SELECT source, detail_type, resources, detail FROM events",
    "lineage": "SELECT s.kind, s.name, d.kind, d.name, a.type FROM associations a"
    " JOIN resources s ON s.arn = a.source JOIN resources d ON d.arn = a.destination",
    # An archive holds its files' times, which its compressed size depends on.
    "objects": "SELECT bucket, CAST(key AS TEXT), CASE WHEN CAST(key AS TEXT) LIKE '%.tar.gz' THEN 0 ELSE size END,"
    " latest FROM s3_objects",
    "metrics": "SELECT r.name, m.name, m.step, m.value FROM run_metrics m JOIN resources r ON r.arn = m.arn",
    # Work that nobody will ever do again would wait here.
    "tasks": "SELECT kind, failures FROM tasks",
    "watches": "SELECT task_kind, COUNT(*) FROM watches GROUP BY task_kind",
    "definitions": "SELECT version, text FROM pipeline_definitions",
}


class Plain:
    """Turns a row into a text that two runs share."""

    def __init__(self, execution: str) -> None:
        self._execution = execution.rsplit("/", 1)[-1]

    def __call__(self, row: tuple[Any, ...]) -> str:
        text = json.dumps([self._value(each) for each in row], sort_keys=True, separators=(",", ":"))
        return self._without_chance(text)

    def _value(self, value: Any) -> Any:
        """A document as what it says, anything else as it is.

        Chance is taken out before members are put in order: ids are part of some members' names.
        """
        if not isinstance(value, str):
            return value
        text = self._without_chance(value)
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _without_chance(self, text: str) -> str:
        text = text.replace(self._execution, "EXECUTION")
        for pattern, instead in CHANCE:
            text = pattern.sub(instead, text)
        return text


def differences(wanted: JsonDict, found: JsonDict) -> str:
    """The lines that only one of two homes has, or ""."""
    lines: list[str] = []
    for name in wanted:
        missing, extra = Counter(wanted[name]) - Counter(found[name]), Counter(found[name]) - Counter(wanted[name])
        lines += [f"{name}: missing {count}x {text}" for text, count in missing.items()]
        lines += [f"{name}: extra {count}x {text}" for text, count in extra.items()]
    return "\n".join(lines)


def starts(home: Path) -> Counter[str]:
    """{job: how often one of its attempts was started} over the home's whole life."""
    lines = [json.loads(line) for line in (home / "jobs" / "starts").read_text().splitlines()]
    return Counter(line["job"] for line in lines)


def jobs(home: Path) -> set[str]:
    """The names of all jobs the home knows."""
    with sqlite3.connect(f"file:{home / 'ormer.db'}?mode=ro", uri=True) as connection:
        query = "SELECT name FROM resources WHERE kind IN ('ProcessingJob', 'TrainingJob', 'TransformJob')"
        return {name for (name,) in connection.execute(query)}


def busy(home: Path) -> bool:
    """Whether the home still has work to do: a task of a job or an execution."""
    with sqlite3.connect(f"file:{home / 'ormer.db'}?mode=ro", uri=True) as connection:
        query = "SELECT 1 FROM tasks WHERE kind IN ('job', 'pipeline_execution')"
        return connection.execute(query).fetchone() is not None


def digest(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _logs(connection: sqlite3.Connection, plain: Plain) -> list[str]:
    """Every stream's lines in their order: a line that was lost, doubled or swapped makes another text."""
    query = (
        'SELECT s."group", s.stream, e.message FROM log_events e JOIN log_streams s ON s.id = e.stream_id'
        " ORDER BY s.stream, e.id"
    )
    streams: dict[tuple[str, str], list[str]] = {}
    for group, stream, message in connection.execute(query):
        streams.setdefault((group, re.sub(r"-\d{10,}$", "", stream)), []).append(message)
    return sorted(plain((*names, *lines)) for names, lines in streams.items())
