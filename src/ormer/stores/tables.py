"""The core tables. Rooms that keep rows of their own declare them beside their code, on this metadata."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Document(TypeDecorator[Any]):
    """A JSON value kept as text: the same in both dialects, and read by msgspec."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else _decode(value)


resources = sa.Table(
    "resources",
    metadata,
    sa.Column("arn", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent", sa.Text, nullable=False, default=""),
    sa.Column("status", sa.Text, nullable=False, default=""),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("modified", sa.Float, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, default=1),
    # AWS's words only, in AWS's case: what Describe answers.
    sa.Column("document", Document, nullable=False),
    # What only ormer knows of it.
    sa.Column("facts", Document, nullable=False),
    sa.UniqueConstraint("account", "region", "service", "kind", "parent", "name"),
    sa.Index("ix_resources_listing", "account", "region", "service", "kind", "parent", "created"),
    sa.Index("ix_resources_kind_status", "kind", "status"),
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("arn", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Index("ix_tags_key_value", "key", "value"),
)

# The outbox: every change of state, in order. Event rules, triggers, the browser and the audit read it.
events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("uuid", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("detail_type", sa.Text, nullable=False),
    sa.Column("resources", Document, nullable=False),
    sa.Column("detail", Document, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, default=""),
    # The event bus it was sent to.
    sa.Column("bus", sa.Text, nullable=False, default="default", server_default="default"),
    sqlite_autoincrement=True,
)

# Which resource an event is about, for "what happened to this".
event_subjects = sa.Table(
    "event_subjects",
    metadata,
    sa.Column("arn", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Integer, primary_key=True),
)

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    # Earliest time to run: `due` on the machine's clock (retries, polling), `due_calendar` on the injected calendar.
    sa.Column("due", sa.Float, nullable=False),
    sa.Column("due_calendar", sa.Float),
    # Counts wake-ups; one that arrives while the task is running makes it run again.
    sa.Column("wakes", sa.Integer, nullable=False, default=0),
    sa.Column("owner", sa.Text),
    sa.Column("lease_until", sa.Float),
    # Grows with every claim: a write that carries an older number is refused.
    sa.Column("fence", sa.Integer, nullable=False, default=0),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("last_error", sa.Text),
    sa.Column("payload", Document, nullable=False),
    sa.UniqueConstraint("kind", "subject"),
    sa.Index("ix_tasks_due", "due"),
)

# When `subject` changes its status, the task (task_kind, task_subject) runs again.
watches = sa.Table(
    "watches",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("task_kind", sa.Text, primary_key=True),
    sa.Column("task_subject", sa.Text, primary_key=True),
    sa.Index("ix_watches_task", "task_kind", "task_subject"),
)

# Flattened documents, for Search: one row a leaf, written with the document.
properties = sa.Table(
    "properties",
    metadata,
    sa.Column("arn", sa.Text, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("text", sa.Text),
    sa.Column("number", sa.Float),
    sa.Index("ix_properties_text", "path", "text"),
    sa.Index("ix_properties_number", "path", "number"),
)

# Lineage: edges between artifacts, actions, contexts, trial components.
associations = sa.Table(
    "associations",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False, default=""),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("actor", Document),
    sa.Index("ix_associations_destination", "destination"),
)

# What a ClientRequestToken made, so that a repeated request answers the same.
request_tokens = sa.Table(
    "request_tokens",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("response", Document, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)

access_keys = sa.Table(
    "access_keys",
    metadata,
    sa.Column("access_key_id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),
    # Encrypted under the key file: a signature needs the secret itself, so it cannot be hashed.
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("session_token", sa.LargeBinary),
    sa.Column("identity", Document, nullable=False),
    sa.Column("status", sa.Text, nullable=False, default="Active"),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float),
)

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", Document, nullable=False),
)

log_streams = sa.Table(
    "log_streams",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("group", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("first_event", sa.Integer),
    sa.Column("last_event", sa.Integer),
    sa.Column("last_ingestion", sa.Integer),
    # How far a job's log file has been read into this stream, in bytes.
    sa.Column("position", sa.Integer, nullable=False, default=0),
    sa.UniqueConstraint("account", "region", "group", "stream"),
)

log_events = sa.Table(
    "log_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("stream_id", sa.Integer, nullable=False),
    sa.Column("timestamp", sa.Integer, nullable=False),
    sa.Column("ingestion", sa.Integer, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Index("ix_log_events_stream", "stream_id", "timestamp", "id"),
)

metric_points = sa.Table(
    "metric_points",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("namespace", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # "A=1,B=2" sorted by name: the identity of a metric beside its name.
    sa.Column("dimensions", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("count", sa.Float, nullable=False),
    sa.Column("sum", sa.Float, nullable=False),
    sa.Column("minimum", sa.Float, nullable=False),
    sa.Column("maximum", sa.Float, nullable=False),
    sa.Column("unit", sa.Text, nullable=False, default="None"),
    sa.Index("ix_metric_points_series", "account", "region", "namespace", "name", "dimensions", "time"),
)

# Metrics of runs (trial components): BatchPutMetrics and the metrics matched in job logs.
run_metrics = sa.Table(
    "run_metrics",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("arn", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("step", sa.Integer),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Index("ix_run_metrics_series", "arn", "name", "step"),
)
