"""Tables of pipeline steps, their cache, and the versions of pipeline definitions."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# A definition may have a megabyte, so it rests beside the pipeline's document and is never rewritten.
definitions = sa.Table(
    "pipeline_definitions",
    metadata,
    sa.Column("pipeline_arn", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)

# One row a step of an execution, written when the execution starts.
#   ""         waits for other steps, for a free place, or (with `due`) for its next attempt
#   Starting   -> Executing -> Succeeded | Failed | Stopping -> Stopped
#   Skipped    will not run: its branch was not taken; never shown
steps = sa.Table(
    "pipeline_steps",
    metadata,
    sa.Column("execution_arn", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("pipeline_arn", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False, default=""),
    sa.Column("attempt", sa.Integer, nullable=False, default=0),
    # The order in which steps began, for lists: several may begin in one instant.
    sa.Column("began", sa.Integer),
    sa.Column("started", sa.Float),
    sa.Column("ended", sa.Float),
    # When the calendar reaches it the next attempt may start.
    sa.Column("due", sa.Float),
    sa.Column("failure_reason", sa.Text),
    # ListPipelineExecutionSteps' Metadata.
    sa.Column("metadata", Document, nullable=False),
    # What `Steps.NAME.…` refers to.
    sa.Column("properties", Document, nullable=False),
    # {property file: {"document": …} or {"fault": text}}
    sa.Column("property_files", Document, nullable=False),
    # The job, model or model package that the step made.
    sa.Column("made_arn", sa.Text, nullable=False, default=""),
    sa.Column("token", sa.Text),
    sa.Column("cache_key", sa.Text),
    # The execution whose outputs were used again: by the cache, or by a selective execution.
    sa.Column("cache_source", sa.Text),
    sa.Column("selective_source", sa.Text),
    # What only ormer knows: digests behind the cache key, the reason of a miss, when the first attempt began.
    sa.Column("facts", Document, nullable=False),
    sa.Index("ix_pipeline_steps_cache", "pipeline_arn", "name", "cache_key"),
    sa.Index("ix_pipeline_steps_token", "token"),
    sa.Index("ix_pipeline_steps_made_arn", "made_arn"),
)
