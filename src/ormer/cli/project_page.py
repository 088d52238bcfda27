"""What `ormer project show` prints: all that belongs to a project, in one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ormer.cli.client import opened
from ormer.stores import model_activity, projects, resources
from ormer.stores.database import Tx
from ormer.stores.deliveries import executions
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]
EXECUTIONS_SHOWN = 5
MARKS: Mapping[str, str] = {"Succeeded": "green", "InService": "green", "Failed": "red", "InProgress": "cyan"}


def collect(home: Path, arn: str) -> JsonDict:
    """{section: [row, …]} of a project that is there."""
    with opened(home) as stores, stores.database.read() as tx:
        project = resources.get(tx, arn)
        assert project is not None, "it was described a moment ago"
        return _sections(stores, tx, project)


def _sections(stores: Stores, tx: Tx, project: Row) -> JsonDict:
    own = projects.belongings(tx, project)
    return {
        "repositories": [
            {"name": row.name, "clone": f"git clone {stores.repositories.address}/v1/repos/{row.name}"}
            for row in own.repositories
        ],
        "deliveries": [_delivery(tx, row) for row in own.delivery_pipelines],
        "rules": [{"name": row.name, "state": row.document.get("State", "")} for row in own.rules],
        "pipelines": [{"name": row.name} for row in own.pipelines],
        "executions": [
            {"name": row.arn.rpartition("/")[2], "pipeline": row.parent.rpartition("/")[2], "status": row.status}
            for row in own.executions[:EXECUTIONS_SHOWN]
        ],
        "experiments": [{"name": row.name} for row in own.experiments],
        "models": [_group(tx, row) for row in own.model_groups],
        "endpoints": [{"name": row.name, "status": row.status} for row in own.endpoints],
        "monitors": [{"name": row.name, "status": row.status} for row in own.monitoring_schedules],
        "stacks": [{"name": row.document["StackName"], "status": row.status} for row in own.stacks],
        "buckets": [{"name": one.physical_id} for one in own.resources if one.type == "AWS::S3::Bucket"],
    }


def _delivery(tx: Tx, pipeline: Row) -> JsonDict:
    newest = next(iter(executions.all_of(tx, pipeline.arn)), None)
    started_by = newest.document["trigger"]["triggerType"] if newest else ""
    return {"name": pipeline.name, "status": newest.status if newest else "never ran", "started by": started_by}


def _group(tx: Tx, group: Row) -> JsonDict:
    version = int(group.facts.get("last_version", 0))
    arn = group.arn.replace(":model-package-group/", ":model-package/") + f"/{version}"
    package = resources.get(tx, arn)
    status = package.document.get("ModelApprovalStatus", "") if package else "no version yet"
    stage = model_activity.last_stage(model_activity.activity(tx, arn))
    return {"name": group.name, "versions": version, "newest": status, "last stage": stage}


def render(console: Console, described: JsonDict, sections: JsonDict) -> None:
    """Print a project and all that is of it; sections that are empty are left out."""
    console.print(f"[bold]{described['ProjectName']}[/] ({described['ProjectId']}) {described['ProjectStatus']}")
    if described.get("ProjectDescription"):
        console.print(described["ProjectDescription"], markup=False)
    for title, rows in sections.items():
        if rows:
            console.print(f"\n[bold]{title}[/]")
            console.print(_table(rows))


def render_left(console: Console, sections: JsonDict) -> None:
    """Print what a deleted project's pipelines have made and what is there still."""
    left = {
        title: rows
        for title, rows in sections.items()
        if rows and title in ("endpoints", "models", "pipelines", "stacks")
    }
    for title, rows in left.items():
        console.print(f"  left of it, {title}: {', '.join(str(row['name']) for row in rows)}", soft_wrap=True)


def _table(rows: list[JsonDict]) -> Table:
    table = Table(*rows[0], box=None, pad_edge=False, show_header=len(rows[0]) > 1, header_style="dim")
    for row in rows:
        table.add_row(*(_cell(name, value) for name, value in row.items()))
    return table


def _cell(name: str, value: Any) -> str:
    colour = MARKS.get(str(value)) if name == "status" else None
    return f"[{colour}]{value}[/]" if colour else str(value)
