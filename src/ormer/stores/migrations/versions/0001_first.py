"""The first schema: every table as it was when ormer began. Later changes are migrations of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "access_keys",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("session_token", sa.LargeBinary(), nullable=True),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_access_keys")),
    )
    op.create_table(
        "associations",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source", "destination", name=op.f("pk_associations")),
    )
    op.create_index("ix_associations_destination", "associations", ["destination"], unique=False)
    op.create_table(
        "event_subjects",
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("arn", "event_id", name=op.f("pk_event_subjects")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("detail_type", sa.Text(), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "log_events",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("stream_id", sa.Integer(), nullable=False),
        sa.Column("timestamp", sa.Integer(), nullable=False),
        sa.Column("ingestion", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_events")),
    )
    op.create_index("ix_log_events_stream", "log_events", ["stream_id", "timestamp", "id"], unique=False)
    op.create_table(
        "log_streams",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("first_event", sa.Integer(), nullable=True),
        sa.Column("last_event", sa.Integer(), nullable=True),
        sa.Column("last_ingestion", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_streams")),
        sa.UniqueConstraint(
            "account", "region", "group", "stream", name=op.f("uq_log_streams_account_region_group_stream")
        ),
    )
    op.create_table(
        "metric_points",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Text(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("count", sa.Float(), nullable=False),
        sa.Column("sum", sa.Float(), nullable=False),
        sa.Column("minimum", sa.Float(), nullable=False),
        sa.Column("maximum", sa.Float(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_points")),
    )
    op.create_index(
        "ix_metric_points_series",
        "metric_points",
        ["account", "region", "namespace", "name", "dimensions", "time"],
        unique=False,
    )
    op.create_table(
        "pipeline_definitions",
        sa.Column("pipeline_arn", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("pipeline_arn", "version", name=op.f("pk_pipeline_definitions")),
    )
    op.create_table(
        "pipeline_steps",
        sa.Column("execution_arn", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pipeline_arn", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("began", sa.Integer(), nullable=True),
        sa.Column("started", sa.Float(), nullable=True),
        sa.Column("ended", sa.Float(), nullable=True),
        sa.Column("due", sa.Float(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("property_files", sa.Text(), nullable=False),
        sa.Column("made_arn", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("cache_key", sa.Text(), nullable=True),
        sa.Column("cache_source", sa.Text(), nullable=True),
        sa.Column("selective_source", sa.Text(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("execution_arn", "name", name=op.f("pk_pipeline_steps")),
    )
    op.create_index("ix_pipeline_steps_cache", "pipeline_steps", ["pipeline_arn", "name", "cache_key"], unique=False)
    op.create_index("ix_pipeline_steps_made_arn", "pipeline_steps", ["made_arn"], unique=False)
    op.create_index("ix_pipeline_steps_token", "pipeline_steps", ["token"], unique=False)
    op.create_table(
        "properties",
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("number", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("arn", "path", name=op.f("pk_properties")),
    )
    op.create_index("ix_properties_number", "properties", ["path", "number"], unique=False)
    op.create_index("ix_properties_text", "properties", ["path", "text"], unique=False)
    op.create_table(
        "request_tokens",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "operation", "token", name=op.f("pk_request_tokens")),
    )
    op.create_table(
        "resources",
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("modified", sa.Float(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arn", name=op.f("pk_resources")),
        sa.UniqueConstraint(
            "account",
            "region",
            "service",
            "kind",
            "parent",
            "name",
            name=op.f("uq_resources_account_region_service_kind_parent_name"),
        ),
    )
    op.create_index("ix_resources_kind_status", "resources", ["kind", "status"], unique=False)
    op.create_index(
        "ix_resources_listing", "resources", ["account", "region", "service", "kind", "parent", "created"], unique=False
    )
    op.create_table(
        "run_metrics",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_metrics")),
    )
    op.create_index("ix_run_metrics_series", "run_metrics", ["arn", "name", "step"], unique=False)
    op.create_table(
        "s3_buckets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("versioning", sa.Text(), nullable=False),
        sa.Column("configurations", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_s3_buckets")),
    )
    op.create_index("ix_s3_buckets_account", "s3_buckets", ["account", "name"], unique=False)
    op.create_table(
        "s3_garbage",
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("blob", name=op.f("pk_s3_garbage")),
    )
    op.create_table(
        "s3_objects",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("marker", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.Float(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_s3_objects")),
        sa.UniqueConstraint("bucket", "key", "version", name=op.f("uq_s3_objects_bucket_key_version")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_s3_objects_blob", "s3_objects", ["blob"], unique=False)
    op.create_index("ix_s3_objects_latest", "s3_objects", ["bucket", "latest", "marker", "key"], unique=False)
    op.create_table(
        "s3_parts",
        sa.Column("upload", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.Float(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("checksums", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("upload", "number", name=op.f("pk_s3_parts")),
    )
    op.create_index("ix_s3_parts_blob", "s3_parts", ["blob"], unique=False)
    op.create_table(
        "s3_uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("completed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_s3_uploads")),
    )
    op.create_index("ix_s3_uploads_key", "s3_uploads", ["bucket", "key", "id"], unique=False)
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "tags",
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("arn", "key", name=op.f("pk_tags")),
    )
    op.create_index("ix_tags_key_value", "tags", ["key", "value"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("due", sa.Float(), nullable=False),
        sa.Column("due_calendar", sa.Float(), nullable=True),
        sa.Column("wakes", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_tasks_kind_subject")),
    )
    op.create_index("ix_tasks_due", "tasks", ["due"], unique=False)
    op.create_table(
        "watches",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("task_kind", sa.Text(), nullable=False),
        sa.Column("task_subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "task_kind", "task_subject", name=op.f("pk_watches")),
    )
    op.create_index("ix_watches_task", "watches", ["task_kind", "task_subject"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_watches_task", table_name="watches")
    op.drop_table("watches")
    op.drop_index("ix_tasks_due", table_name="tasks")
    op.drop_table("tasks")
    op.drop_index("ix_tags_key_value", table_name="tags")
    op.drop_table("tags")
    op.drop_table("settings")
    op.drop_index("ix_s3_uploads_key", table_name="s3_uploads")
    op.drop_table("s3_uploads")
    op.drop_index("ix_s3_parts_blob", table_name="s3_parts")
    op.drop_table("s3_parts")
    op.drop_index("ix_s3_objects_latest", table_name="s3_objects")
    op.drop_index("ix_s3_objects_blob", table_name="s3_objects")
    op.drop_table("s3_objects")
    op.drop_table("s3_garbage")
    op.drop_index("ix_s3_buckets_account", table_name="s3_buckets")
    op.drop_table("s3_buckets")
    op.drop_index("ix_run_metrics_series", table_name="run_metrics")
    op.drop_table("run_metrics")
    op.drop_index("ix_resources_listing", table_name="resources")
    op.drop_index("ix_resources_kind_status", table_name="resources")
    op.drop_table("resources")
    op.drop_table("request_tokens")
    op.drop_index("ix_properties_text", table_name="properties")
    op.drop_index("ix_properties_number", table_name="properties")
    op.drop_table("properties")
    op.drop_index("ix_pipeline_steps_token", table_name="pipeline_steps")
    op.drop_index("ix_pipeline_steps_made_arn", table_name="pipeline_steps")
    op.drop_index("ix_pipeline_steps_cache", table_name="pipeline_steps")
    op.drop_table("pipeline_steps")
    op.drop_table("pipeline_definitions")
    op.drop_index("ix_metric_points_series", table_name="metric_points")
    op.drop_table("metric_points")
    op.drop_table("log_streams")
    op.drop_index("ix_log_events_stream", table_name="log_events")
    op.drop_table("log_events")
    op.drop_table("events")
    op.drop_table("event_subjects")
    op.drop_index("ix_associations_destination", table_name="associations")
    op.drop_table("associations")
    op.drop_table("access_keys")
