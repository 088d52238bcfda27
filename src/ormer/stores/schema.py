"""The whole schema: importing this module declares every table on `metadata`, each in the room that owns it."""

from __future__ import annotations

from ormer.stores import async_inferences, given_up, model_activity, parameter_versions, secret_versions
from ormer.stores import tables as core_tables
from ormer.stores.alarms import tables as alarm_tables
from ormer.stores.deliveries import tables as delivery_tables
from ormer.stores.features import tables as feature_tables
from ormer.stores.monitoring import tables as monitoring_tables
from ormer.stores.objects import tables as object_tables
from ormer.stores.queues import tables as queue_tables
from ormer.stores.repositories import tables as repository_tables
from ormer.stores.rules import tables as rule_tables
from ormer.stores.runs import tables as run_tables
from ormer.stores.scaling import tables as scaling_tables
from ormer.stores.stacks import tables as stack_tables
from ormer.stores.state_machines import tables as state_machine_tables
from ormer.stores.studio import tables as studio_tables
from ormer.stores.topics import tables as topic_tables
from ormer.stores.tracking import tables as tracking_tables

metadata = core_tables.metadata

__all__ = [
    "alarm_tables",
    "async_inferences",
    "core_tables",
    "delivery_tables",
    "feature_tables",
    "given_up",
    "metadata",
    "model_activity",
    "monitoring_tables",
    "object_tables",
    "parameter_versions",
    "queue_tables",
    "repository_tables",
    "rule_tables",
    "run_tables",
    "scaling_tables",
    "secret_versions",
    "stack_tables",
    "state_machine_tables",
    "studio_tables",
    "topic_tables",
    "tracking_tables",
]
