"""What happened to a version of a model, as its page tells: registered, decided about, deployed, let into production.

    GET /studio/api/ormer/version?arn=ARN

Whoever asks must be allowed DescribeModelPackage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.aws.identities import Identity
from ormer.stores import model_activity, projects, resources
from ormer.stores.database import Tx
from ormer.stores.deliveries import actions
from ormer.stores.deliveries import executions as deliveries
from ormer.stores.deliveries.actions import ActionRow
from ormer.stores.model_activity import Happening
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import event_subjects, events
from ormer.stores.tables import resources as table
from ormer.studio import stories

JsonDict = dict[str, Any]
PATH = "/studio/api/ormer/version"
ACTIONS_MAX = 200
# How many later decisions in a group are looked through for the approval of another version.
DECISIONS_MAX = 100


class VersionViews:
    """Answers what the page of a version asks beside DescribeModelPackage."""

    def __init__(self, stores: Stores, port: Port) -> None:
        self._stores = stores
        self._port = port
        self.reads: Mapping[str, Callable[[Identity, str, Mapping[str, str]], JsonDict]] = {PATH: self._version}

    def _version(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        """{"lastStage", "happenings": newest first, "source"}. Raises what DescribeModelPackage raises."""
        named = {"ModelPackageName": asked.get("arn", "")}
        arn = self._port.call(identity, region, "sagemaker", "DescribeModelPackage", named)["ModelPackageArn"]
        with self._stores.database.read() as tx:
            return of(tx, str(arn))


def of(tx: Tx, arn: str) -> JsonDict:
    """All that happened to a version, with what people said in its deliveries."""
    happenings = model_activity.activity(tx, arn)
    package = resources.get(tx, arn)
    told = [_shown(one) for one in happenings]
    source: JsonDict = {}
    if package is not None:
        flows = _flows(tx, package)
        told += _reviews(tx, package, happenings, flows.get(stories.DEPLOY))
        source = _source(tx, package, flows.get(stories.BUILD))
    told.sort(key=lambda one: float(one["at"]), reverse=True)
    for one in told:
        one["time"] = iso(one.pop("at"))
    return {"lastStage": model_activity.last_stage(happenings), "happenings": told, "source": source}


def _shown(one: Happening) -> JsonDict:
    words = {"what": one.what, "who": one.who, "text": one.text, "stage": one.stage, "endpoint": one.endpoint}
    return {"at": one.time, **words}


def _reviews(tx: Tx, package: Row, happenings: Sequence[Happening], flow: Row | None) -> Iterable[JsonDict]:
    """What people answered in the deliveries that brought the version out."""
    approved = next((one.time for one in reversed(happenings) if one.what == "approved"), None)
    if approved is None or flow is None:
        return
    until = _replaced(tx, package, approved)
    for execution in deliveries.all_of(tx, flow.arn):
        if approved <= execution.created and (until is None or execution.created < until):
            rows = actions.listed(tx, flow.arn, execution.arn, 0, ACTIONS_MAX)
            yield from (_review(flow, execution, row) for row in rows if row.facts.get("answer"))


def _review(flow: Row, execution: Row, row: ActionRow) -> JsonDict:
    said = row.facts["answer"]
    return {
        "at": said["at"],
        "what": "released" if said["status"] == "Approved" else "held back",
        "who": said["by"],
        "text": said.get("summary", ""),
        "stage": row.stage,
        "action": row.action,
        "delivery": flow.name,
        "execution": execution.name,
    }


def _source(tx: Tx, package: Row, flow: Row | None) -> JsonDict:
    """{"commit", "message", "delivery", "execution"} of the delivery whose build started the version's execution, {}
    where none did."""
    made = package.document.get("MetadataProperties", {}).get("GeneratedBy", "")
    run = resources.get(tx, made) if made else None
    if run is None or flow is None:
        return {}
    build = next((one for one in deliveries.all_of(tx, flow.arn) if stories.ran_in(run, one)), None)
    revision = next(iter(build.document.get("artifactRevisions") or ()), None) if build is not None else None
    if build is None or revision is None:
        return {}
    message = str(revision.get("revisionSummary", "")).partition("\n")[0]
    return {"commit": revision["revisionId"], "message": message, "delivery": flow.name, "execution": build.name}


def _flows(tx: Tx, package: Row) -> dict[str, Row]:
    """{what for: delivery} of the project that the version's group belongs to, {} without one."""
    c = table.c
    where = (c.account == package.account, c.region == package.region, c.service == "sagemaker")
    for project in resources.select(tx, *where, c.kind == projects.KIND):
        own = projects.belongings(tx, project)
        if any(group.arn == package.parent for group in own.model_groups):
            return stories.flows_of(own)
    return {}


def _replaced(tx: Tx, package: Row, since: float) -> float | None:
    """When another version of the group was decided about next, None while none was: deliveries then carry that."""
    c, s = events.c, event_subjects.c
    place = package.arn.rpartition("/")[0] + "/"
    numbers = sa.select(s.event_id).where(s.arn.startswith(place, autoescape=True), s.arn != package.arn)
    wanted = sa.select(c.time, c.detail).where(
        c.id.in_(numbers), c.detail_type == model_activity.DECISION, c.time > since
    )
    for row in tx.all(wanted.order_by(c.id).limit(DECISIONS_MAX)):
        if row["detail"].get("ModelApprovalStatus") == "Approved":
            return float(row["time"])
    return None
