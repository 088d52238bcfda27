"""What happened to a version of a model: registered, approved or rejected by whom, brought to which endpoint.

Decisions are in the outbox already. Deployments are written when an endpoint begins to serve a version, in the
transaction that says InService: models and configurations are often replaced by the next deployment, and what they
said is asked for long after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.stores import events, resources, tagging
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import metadata

JsonDict = dict[str, Any]
STAGE_TAG = "sagemaker:deployment-stage"
DECISION = "SageMaker Model Package State Change"
# The fact of an endpoint that says which versions each of its configurations serves: {configuration: [ARN, …]}.
PACKAGES = "packages"
EVENTS_MAX = 1000

deployments = sa.Table(
    "model_deployments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("package_arn", sa.Text, nullable=False),
    sa.Column("endpoint_arn", sa.Text, nullable=False),
    sa.Column("endpoint_name", sa.Text, nullable=False),
    sa.Column("configuration", sa.Text, nullable=False),
    # The endpoint's tag `sagemaker:deployment-stage`, "" without one.
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Index("ix_model_deployments_package", "package_arn", "id"),
    sa.Index("ix_model_deployments_endpoint", "endpoint_arn", "id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class Happening:
    """One thing that happened. what: registered, approved, rejected, reset or deployed. who: an ARN, "" unknown.

    text: the comment of a decision. stage, endpoint: where a version was deployed to.
    """

    time: float
    what: str
    who: str = ""
    text: str = ""
    stage: str = ""
    endpoint: str = ""


WORDS: Mapping[str, str] = {"Approved": "approved", "Rejected": "rejected", "PendingManualApproval": "reset"}


def packages_of(models: Iterable[Mapping[str, Any]]) -> list[str]:
    """The versions that models (their documents) are made of."""
    found = [
        container["ModelPackageName"]
        for model in models
        for container in [*model.get("Containers", ()), model.get("PrimaryContainer") or {}]
        if container.get("ModelPackageName")
    ]
    return list(dict.fromkeys(found))


def note_deployment(tx: Tx, endpoint: Row, now: float) -> None:
    """An endpoint serves: remember which versions it does, unless that is what was last remembered of it."""
    configuration = endpoint.document["EndpointConfigName"]
    packages = endpoint.facts.get(PACKAGES, {}).get(configuration, ())
    if not packages:
        return
    c = deployments.c
    last = tx.one(sa.select(c.configuration).where(c.endpoint_arn == endpoint.arn).order_by(c.id.desc()).limit(1))
    if last is not None and last["configuration"] == configuration:
        return
    stage = tagging.of(tx, endpoint.arn).get(STAGE_TAG, "")
    common = {"endpoint_arn": endpoint.arn, "endpoint_name": endpoint.name, "configuration": configuration}
    rows = [{**common, "package_arn": package, "stage": stage, "time": now} for package in packages]
    tx.execute(sa.insert(deployments), rows)


def activity(tx: Tx, package_arn: str) -> list[Happening]:
    """All that happened to a version, oldest first; [] when it is not there."""
    package = resources.get(tx, package_arn)
    if package is None:
        return []
    who = package.document.get("CreatedBy", {}).get("IamIdentity", {}).get("Arn", "")
    registered = Happening(package.created, "registered", who)
    found = [registered, *_decisions(tx, package), *_deployments(tx, package_arn)]
    return sorted(found, key=lambda happening: happening.time)


def last_stage(happenings: Iterable[Happening]) -> str:
    """The stage a version was last deployed to, "" when it was to none."""
    stages = [one.stage for one in happenings if one.what == "deployed" and one.stage]
    return stages[-1] if stages else ""


def _decisions(tx: Tx, package: Row) -> list[Happening]:
    """Changes of the approval status, from the events that told of them; the first event is the registration's."""
    told = [event for event in events.about(tx, package.arn, EVENTS_MAX) if event["detail_type"] == DECISION]
    found: list[Happening] = []
    before = None
    for event in reversed(told):
        status = event["detail"].get("ModelApprovalStatus")
        if before is not None and status != before:
            text = event["detail"].get("ApprovalDescription", "")
            found.append(Happening(event["time"], WORDS.get(status, status), event["actor"], text))
        before = status
    return found


def _deployments(tx: Tx, package_arn: str) -> list[Happening]:
    c = deployments.c
    rows = tx.all(sa.select(deployments).where(c.package_arn == package_arn).order_by(c.id))
    return [Happening(row["time"], "deployed", stage=row["stage"], endpoint=row["endpoint_name"]) for row in rows]
