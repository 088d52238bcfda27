"""What has happened in a project, newest first: the events of all that belongs to it, as far as people care."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.stores.database import Tx
from ormer.stores.projects import Belongings
from ormer.stores.tables import event_subjects, events

JsonDict = dict[str, Any]
SHOWN_MAX = 200
VERSIONS_MAX = 30
# The member that says how it stands, by the type of event; what is not here is not shown (stages, actions, steps).
STATUS_MEMBERS: Mapping[str, str] = {
    "CodeCommit Repository State Change": "event",
    "CodePipeline Pipeline Execution State Change": "state",
    "SageMaker Model Building Pipeline Execution Status Change": "currentPipelineExecutionStatus",
    "SageMaker Model Package State Change": "ModelApprovalStatus",
    "SageMaker Endpoint State Change": "EndpointStatus",
    "Monitoring Execution Status Change": "MonitoringExecutionStatus",
    "Project Status Change": "ProjectStatus",
}
# Of an event's detail, what its sentence needs.
WORDS = (
    "referenceName",
    "commitId",
    "pipeline",
    "execution-id",
    "pipelineExecutionArn",
    "pipelineExecutionDisplayName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ApprovalDescription",
    "EndpointName",
    "MonitoringScheduleName",
    "FailureReason",
    "failureReason",
    "ViolationCount",
)


def of(tx: Tx, project_arn: str, own: Belongings) -> list[JsonDict]:
    """[{"id", "time", "type", "status", "subject", "actor", "words"}], newest first."""
    arns = [project_arn, *_subjects(own), *_versions(own)]
    c, s = events.c, event_subjects.c
    numbers = sa.select(s.event_id).where(s.arn.in_(arns)).distinct()
    wanted = sa.select(events).where(c.id.in_(numbers), c.detail_type.in_(sorted(STATUS_MEMBERS)))
    found = tx.all(wanted.order_by(c.id.desc()).limit(SHOWN_MAX))
    return [_shown(row, set(arns)) for row in found]


def _subjects(own: Belongings) -> Iterable[str]:
    rows = (*own.repositories, *own.delivery_pipelines, *own.pipelines, *own.executions)
    return [row.arn for row in (*rows, *own.endpoints, *own.monitoring_schedules)]


def _versions(own: Belongings) -> Iterable[str]:
    """The newest versions of the project's groups: their events bear the version's ARN only."""
    for group in own.model_groups:
        last = int(group.facts.get("last_version", 0))
        place = group.arn.replace(":model-package-group/", ":model-package/")
        yield from (f"{place}/{number}" for number in range(last, max(0, last - VERSIONS_MAX), -1))


def _shown(row: Mapping[str, Any], arns: set[str]) -> JsonDict:
    detail = row["detail"]
    subjects = row["resources"]
    return {
        "id": row["id"],
        "time": iso(row["time"]),
        "type": row["detail_type"],
        "status": str(detail.get(STATUS_MEMBERS[row["detail_type"]], "")),
        "subject": next((arn for arn in subjects if arn in arns), subjects[0] if subjects else ""),
        "actor": row["actor"],
        "words": {word: detail[word] for word in WORDS if detail.get(word) not in (None, "")},
    }
