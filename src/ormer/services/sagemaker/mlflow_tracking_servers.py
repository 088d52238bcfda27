"""MLflow tracking servers: each is MLflow's own server, in a sandbox of its own, with its database in the home.

https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import mlflow_releases
from ormer.services.sagemaker import mlflow_requests
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tracking import servers

JsonDict = dict[str, Any]

MLFLOW_TRACKING_SERVER = Noun(
    servers.SERVER,
    name="TrackingServerName",
    arn="mlflow-tracking-server/{name}",
    arn_member="TrackingServerArn",
    missing=("ResourceNotFound", "The MLflow tracking server {name} does not exist."),
)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowTrackingServer.html
DEFAULTS = {"TrackingServerSize": "Small", "AutomaticModelRegistration": False}
KEYS = {"Name": lambda row: row.name, "CreationTime": lambda row: row.created, "Status": lambda row: row.status}
STARTS_FROM = frozenset({"Stopped", "StopFailed", "StartFailed"})
STOPS_FROM = servers.UP | {"StartFailed", "StopFailed"}


def create_mlflow_tracking_server(call: Call, request: JsonDict) -> JsonDict:
    """Begin to make a tracking server.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowTrackingServer.html

    Differs: MlflowVersion chooses the minor version, and Describe tells the release of it that runs. The size says
    nothing of how much of the machine it may use, and there is no maintenance.
    Errors: ValidationException for a taken name, a version that is not there, and an artifact store outside S3.
    """
    mlflow_requests.check_store(request["ArtifactStoreUri"])
    version = mlflow_requests.release_of(request.get("MlflowVersion") or mlflow_releases.TRACKING_SERVER)
    row = MLFLOW_TRACKING_SERVER.create(
        call,
        {**DEFAULTS, **request},
        document={"MlflowVersion": version, "IsActive": "Inactive"},
        status="Creating",
        facts=servers.new_facts(request["RoleArn"]),
    )
    return {"TrackingServerArn": row.arn}


def describe_mlflow_tracking_server(call: Call, request: JsonDict) -> JsonDict:
    """Answer a tracking server, with the address of its pages.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeMlflowTrackingServer.html

    Errors: ResourceNotFound.
    """
    row = MLFLOW_TRACKING_SERVER.get(call, request["TrackingServerName"])
    return {**row.document, "TrackingServerUrl": mlflow_requests.address(call, row)}


def list_mlflow_tracking_servers(call: Call, request: JsonDict) -> JsonDict:
    """Page through the tracking servers.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMlflowTrackingServers.html
    """

    def wanted(row: Row) -> bool:
        status = request.get("TrackingServerStatus")
        return status in (None, row.status) and mlflow_requests.same_release(request, row)

    rows, more = mlflow_requests.page(call, MLFLOW_TRACKING_SERVER, request, KEYS, wanted)
    return {"TrackingServerSummaries": [row.document for row in rows], **more}


def update_mlflow_tracking_server(call: Call, request: JsonDict) -> JsonDict:
    """Change a tracking server that stands. Another artifact store holds for experiments that are made from then on.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateMlflowTrackingServer.html

    Errors: ResourceNotFound; ConflictException for one that does not stand; ValidationException for an artifact store
    outside S3.
    """
    if "ArtifactStoreUri" in request:
        mlflow_requests.check_store(request["ArtifactStoreUri"])
    row = MLFLOW_TRACKING_SERVER.get(call, request["TrackingServerName"])
    mlflow_requests.move(call, row, "Updating", servers.UP, request)
    return {"TrackingServerArn": row.arn}


def start_mlflow_tracking_server(call: Call, request: JsonDict) -> JsonDict:
    """Start a tracking server that was stopped.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartMlflowTrackingServer.html

    Errors: ResourceNotFound; ConflictException for one that is not stopped.
    """
    row = MLFLOW_TRACKING_SERVER.get(call, request["TrackingServerName"])
    mlflow_requests.move(call, row, "Starting", STARTS_FROM)
    return {"TrackingServerArn": row.arn}


def stop_mlflow_tracking_server(call: Call, request: JsonDict) -> JsonDict:
    """Stop a tracking server; what it holds stays.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopMlflowTrackingServer.html

    Errors: ResourceNotFound; ConflictException for one that does not stand.
    """
    row = MLFLOW_TRACKING_SERVER.get(call, request["TrackingServerName"])
    mlflow_requests.move(call, row, "Stopping", STOPS_FROM)
    return {"TrackingServerArn": row.arn}


def delete_mlflow_tracking_server(call: Call, request: JsonDict) -> JsonDict:
    """Delete a tracking server with its database; artifacts stay in S3.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteMlflowTrackingServer.html

    Differs: it may be deleted while it is being made or changed.
    Errors: ResourceNotFound.
    """
    row = MLFLOW_TRACKING_SERVER.get(call, request["TrackingServerName"])
    mlflow_requests.delete(call, row)
    return {"TrackingServerArn": row.arn}


def create_presigned_mlflow_tracking_server_url(call: Call, request: JsonDict) -> JsonDict:
    """A URL that opens MLflow's own pages in a browser, once, as the caller.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePresignedMlflowTrackingServerUrl.html

    Differs: the pages have a name below localhost, so the browser runs on this machine, or reaches its port as its own.
    Errors: ResourceNotFound; ValidationException for one that does not stand.
    """
    row = MLFLOW_TRACKING_SERVER.get(call, request["TrackingServerName"])
    return {"AuthorizedUrl": mlflow_requests.presigned(call, row, request)}
