"""AWS::SageMaker::MonitoringSchedule: its configuration changes in place."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Made, Site, pick
from ormer.engines.stacks.resources.sagemaker_nouns import creating, noun, updating

JsonDict = dict[str, Any]
NAME, CONFIG = "MonitoringScheduleName", "MonitoringScheduleConfig"
CREATE = creating("MonitoringSchedule", NAME, "MonitoringScheduleArn", ("CreationTime", "LastModifiedTime"))


def _create(site: Site, properties: JsonDict) -> Made:
    # What else is listed among the properties only describes the schedule.
    return CREATE(site, pick(properties, (NAME, CONFIG)))


TYPE = noun(
    "MonitoringSchedule",
    NAME,
    f"EndpointName FailureReason LastMonitoringExecutionSummary {CONFIG} MonitoringScheduleStatus",
    attributes="CreationTime LastModifiedTime",
    create=_create,
    update=updating("MonitoringSchedule", NAME, frozenset({CONFIG})),
    required=f"{NAME} {CONFIG}",
)
