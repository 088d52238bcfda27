"""AWS::SageMaker::MlflowTrackingServer: made and changed while the stack waits until it stands. Ref gives its name."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, Refused, Site, pick
from ormer.engines.stacks.resources.sagemaker_nouns import SERVICE, creating, noun

JsonDict = dict[str, Any]
CHANGEABLE = ("ArtifactStoreUri", "TrackingServerSize", "AutomaticModelRegistration", "WeeklyMaintenanceWindowStart")
CREATE = creating("MlflowTrackingServer", "TrackingServerName", "TrackingServerArn")


def _create(site: Site, properties: JsonDict) -> Made:
    made = CREATE(site, properties)
    return Made(str(made.attributes["TrackingServerName"]), made.attributes, made.arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    change = {**pick(properties, CHANGEABLE), "TrackingServerName": held.attributes["TrackingServerName"]}
    site.make(SERVICE, "UpdateMlflowTrackingServer", change)
    return Made(held.physical_id, held.attributes, held.arn)


def _settled(site: Site, held: Held, properties: JsonDict) -> Made:
    """An update that failed leaves the server standing as it was."""
    name = held.attributes["TrackingServerName"]
    now = site.call(SERVICE, "DescribeMlflowTrackingServer", {"TrackingServerName": name})
    if now["TrackingServerStatus"] == "UpdateFailed":
        raise Refused(f"The tracking server {name} could not be changed; its log says why.")
    return Made(held.physical_id, held.attributes, held.arn)


TYPE = noun(
    "MlflowTrackingServer",
    "TrackingServerName",
    "ArtifactStoreUri AutomaticModelRegistration MlflowVersion RoleArn TrackingServerSize WeeklyMaintenanceWindowStart",
    arn="TrackingServerArn",
    create=_create,
    update=_update,
    replaces="MlflowVersion RoleArn",
    required="ArtifactStoreUri RoleArn TrackingServerName",
    failed=frozenset({"CreateFailed", "StartFailed"}),
    settled=_settled,
    waits=True,
)
