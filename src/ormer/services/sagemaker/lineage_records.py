"""The lineage SageMaker draws by itself: artifacts for model packages, contexts for groups, actions for approvals.

https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking-entities.html
"""

from __future__ import annotations

import hashlib
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import lineage, resources
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def artifact_for(tx: Tx, call: Call, uri: str, kind: str, name: str = "", properties: JsonDict | None = None) -> str:
    """The ARN of the artifact of this source URI and type; makes it when it is not there."""
    number = hashlib.md5(f"{call.account}|{call.region}|{kind}|{uri}".encode(), usedforsecurity=False).hexdigest()
    arn = arns.arn("sagemaker", call.region, call.account, f"artifact/{number}")
    if resources.get(tx, arn) is None:
        resources.create(
            tx,
            arn=arn,
            kind="Artifact",
            name=number,
            document={
                "ArtifactArn": arn,
                "ArtifactName": name or None,
                "ArtifactType": kind,
                "Source": {"SourceUri": uri, "SourceTypes": []},
                "Properties": properties or {},
                "CreatedBy": call.actor,
            },
            now=call.now,
            event=False,
        )
    return arn


def record_model_package(tx: Tx, call: Call, row: Row) -> None:
    """A version as an artifact, derived from its model data, in its group's context; an approval as an action."""
    document = row.document
    approval = document.get("ModelApprovalStatus")
    version = artifact_for(tx, call, row.arn, "ModelPackage", properties={"ApprovalStatus": approval or ""})
    containers = document.get("InferenceSpecification", {}).get("Containers", ())
    for container in containers:
        if container.get("ModelDataUrl"):
            model = artifact_for(tx, call, container["ModelDataUrl"], "Model")
            lineage.connect(tx, model, version, "ContributedTo", call.now, call.actor)
        if container.get("Image"):
            image = artifact_for(tx, call, container["Image"], "Image")
            lineage.connect(tx, image, version, "ContributedTo", call.now, call.actor)
    if row.parent:
        group = _context(tx, call, row.parent, "ModelGroup", arns.parse(row.parent).name)
        lineage.connect(tx, version, group, "AssociatedWith", call.now, call.actor)
    if approval in ("Approved", "Rejected"):
        action = _approval(tx, call, row, approval)
        lineage.connect(tx, version, action, "ContributedTo", call.now, call.actor)


def record_model_data(tx: Tx, call: Call, row: Row) -> None:
    """The very objects that a version's containers name, by ETag, as they are when it is registered."""
    version = artifact_for(tx, call, row.arn, "ModelPackage")
    for container in row.document.get("InferenceSpecification", {}).get("Containers", ()):
        uri = container.get("ModelDataUrl") or ""
        try:
            found = call.stores.objects.get(*call.stores.objects.parse_uri(uri))
        except (AwsError, ValueError):
            continue  # a version may name data that is elsewhere, or still to come
        etag = {"Objects": "1", found.key: found.etag}
        snapshot = artifact_for(tx, call, f"{uri}#{found.etag}", "DataSnapshot", properties=etag)
        lineage.connect(tx, snapshot, version, "ContributedTo", call.now, call.actor)


def _context(tx: Tx, call: Call, uri: str, kind: str, name: str) -> str:
    own = f"{name}-aws-model-group"
    arn = arns.arn("sagemaker", call.region, call.account, f"context/{own}")
    if resources.get(tx, arn) is None:
        resources.create(
            tx,
            arn=arn,
            kind="Context",
            name=own,
            document={
                "ContextArn": arn,
                "ContextName": own,
                "ContextType": kind,
                "Source": {"SourceUri": uri},
                "CreatedBy": call.actor,
            },
            now=call.now,
            event=False,
        )
    return arn


def _approval(tx: Tx, call: Call, row: Row, approval: str) -> str:
    group, _, version = row.name.partition("/")
    # The time of the decision, so that a request that is repeated records it once.
    own = f"{group}-{version}-{approval}-{int(row.modified * 1000)}"
    arn = arns.arn("sagemaker", call.region, call.account, f"action/{own}")
    resources.create(
        tx,
        arn=arn,
        kind="Action",
        name=own,
        document={
            "ActionArn": arn,
            "ActionName": own,
            "ActionType": "Approval",
            "Status": "Completed",
            "Source": {"SourceUri": row.arn, "SourceType": "ModelPackage"},
            "Description": row.document.get("ApprovalDescription"),
            "Properties": {"ApprovalStatus": approval, "By": call.identity.arn},
            "CreatedBy": call.actor,
        },
        now=call.now,
        event=False,
    )
    return arn
