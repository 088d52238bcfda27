"""Tables of state machines: definitions as they were, the flows of executions, their history, activities' tasks."""

from __future__ import annotations

import sqlalchemy as sa

from ormer.stores.tables import Document, metadata

# What a state machine was at one moment. Executions and published versions name theirs, so an update changes neither.
revisions = sa.Table(
    "state_machine_revisions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("machine_arn", sa.Text, nullable=False),
    sa.Column("definition", sa.Text, nullable=False),
    sa.Column("role_arn", sa.Text, nullable=False),
    # loggingConfiguration and tracingConfiguration.
    sa.Column("settings", Document, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Index("ix_state_machine_revisions_machine", "machine_arn", "created"),
)

# One row a sequence of states that runs: the execution itself (number 0), each branch, each item of a map.
#   phase  ready    its state is to be entered
#          again    its state's attempt is to begin (anew, once `due` has come)
#          waiting  for `due`, for what it watches, for its token, or for the flows below it
#          calling  its state calls what cannot be called within a transaction
#          ended    its output waits for the state above
flows = sa.Table(
    "state_machine_flows",
    metadata,
    sa.Column("execution_arn", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("parent", sa.Integer),
    # Which branch, or which item, it is of the state above.
    sa.Column("position", sa.Integer, nullable=False),
    # The way to its states in the definition: [state's name, branch] for each level.
    sa.Column("scope", Document, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("due", sa.Float),
    # The job, invocation or execution whose end is waited for.
    sa.Column("watched", sa.Text),
    sa.Column("token", sa.Text),
    # The number of its last event.
    sa.Column("event", sa.Integer, nullable=False),
    # The state's input, counters of its retriers, its attempt's outcome and the like: engines/state_machines.
    sa.Column("data", Document, nullable=False),
    sa.Index("ix_state_machine_flows_token", "token"),
)

history = sa.Table(
    "state_machine_events",
    metadata,
    sa.Column("execution_arn", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("previous", sa.Integer, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("details", Document, nullable=False),
)

# Tasks of activities that nobody has taken yet, in their order.
activity_tasks = sa.Table(
    "state_machine_activity_tasks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("activity_arn", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Index("ix_state_machine_activity_tasks_activity", "activity_arn", "id"),
    sqlite_autoincrement=True,
)
