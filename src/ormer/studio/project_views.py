"""Questions about projects that AWS's wire has no operation for: what belongs to one, and how far its change has come.

    GET /studio/api/ormer/project?name=NAME     all that belongs to it
    GET /studio/api/ormer/story?project=NAME    its rail
    GET /studio/api/ormer/activity?project=NAME what happened in it
    GET /studio/api/ormer/templates             who switched the built-in templates on or off, and when

Whoever asks must be allowed DescribeProject, or GetSagemakerServicecatalogPortfolioStatus for the last. The first three
raise DescribeProject's errors: ValidationException for a project that is not there, AccessDenied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ormer.aws.clock import iso
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.stores import projects, resources
from ormer.stores.database import Tx
from ormer.stores.deliveries import executions as deliveries
from ormer.stores.port import Port
from ormer.stores.projects import Belongings
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.studio import project_activity, stories

JsonDict = dict[str, Any]
PATH = "/studio/api/ormer/"
# Of an execution's document, what a portal's table shows.
EXECUTION_WORDS = ("PipelineName", "PipelineExecutionDisplayName", "PipelineExecutionDescription", "FailureReason")


class ProjectViews:
    """Answers what the portal and the home page ask."""

    def __init__(self, stores: Stores, port: Port) -> None:
        self._stores = stores
        self._port = port
        self.reads: Mapping[str, Callable[[Identity, str, Mapping[str, str]], JsonDict]] = {
            f"{PATH}project": self._belongings,
            f"{PATH}story": self._story,
            f"{PATH}activity": self._activity,
            f"{PATH}templates": self._templates,
        }

    def _belongings(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        arn = self._permitted(identity, region, asked.get("name", ""))
        with self._stores.database.read() as tx:
            project = _existing(tx, arn)
            return {"arn": arn, "stack": project.facts.get("stack", ""), **_shown(tx, projects.belongings(tx, project))}

    def _story(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        arn = self._permitted(identity, region, asked.get("project", ""))
        with self._stores.database.read() as tx:
            return stories.of(tx, self._stores, _existing(tx, arn))

    def _activity(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        arn = self._permitted(identity, region, asked.get("project", ""))
        with self._stores.database.read() as tx:
            own = projects.belongings(tx, _existing(tx, arn))
            return {"happenings": project_activity.of(tx, arn, own)}

    def _templates(self, identity: Identity, region: str, _asked: Mapping[str, str]) -> JsonDict:
        found = self._port.call(identity, region, "sagemaker", "GetSagemakerServicecatalogPortfolioStatus", {})
        with self._stores.database.read() as tx:
            switched = projects.portfolio_switched(tx, identity.account, region)
        told = {"by": switched[0], "at": iso(switched[1])} if switched is not None else {}
        return {"status": found["Status"], **told}

    def _permitted(self, identity: Identity, region: str, name: str) -> str:
        described = self._port.call(identity, region, "sagemaker", "DescribeProject", {"ProjectName": name})
        return str(described["ProjectArn"])


def _existing(tx: Tx, arn: str) -> Row:
    project = resources.get(tx, arn)
    if project is None:
        raise AwsError("ValidationException", "The project has just been deleted.")
    return project


def _shown(tx: Tx, own: Belongings) -> JsonDict:
    return {
        "repositories": [_row(row) for row in own.repositories],
        "deliveries": [_delivery(tx, row) for row in own.delivery_pipelines],
        "pipelines": [_row(row) for row in own.pipelines],
        "executions": [_row(row, EXECUTION_WORDS) for row in own.executions],
        "experiments": [_row(row) for row in own.experiments],
        "modelGroups": [_row(row) | {"versions": int(row.facts.get("last_version", 0))} for row in own.model_groups],
        "endpoints": [_row(row) for row in own.endpoints],
        "schedules": [_row(row, ("EndpointName", "MonitoringType")) for row in own.monitoring_schedules],
        "rules": [_row(row, ("Description", "EventPattern", "ScheduleExpression", "State")) for row in own.rules],
        "buildProjects": [_row(row) for row in own.build_projects],
        "stacks": [_row(row, ("StackName",)) for row in own.stacks],
        "resources": [
            {"logicalId": one.logical_id, "type": one.type, "physicalId": one.physical_id, "arn": one.arn}
            for one in own.resources
        ],
    }


def _row(row: Row, words: tuple[str, ...] = ()) -> JsonDict:
    """A resource as tables show it: its header, and members of its document."""
    header = {"arn": row.arn, "name": row.name, "status": row.status}
    times = {"created": iso(row.created), "modified": iso(row.modified)}
    return header | times | {word: row.document[word] for word in words if row.document.get(word) is not None}


def _delivery(tx: Tx, pipeline: Row) -> JsonDict:
    newest = next(iter(deliveries.all_of(tx, pipeline.arn)), None)
    if newest is None:
        return _row(pipeline) | {"status": ""}
    revisions = newest.document.get("artifactRevisions") or [{}]
    trigger = newest.document["trigger"]
    return _row(pipeline) | {
        "status": newest.status,
        "execution": newest.name,
        "started": iso(newest.created),
        "trigger": trigger["triggerType"],
        "message": revisions[0].get("revisionSummary", ""),
    }
