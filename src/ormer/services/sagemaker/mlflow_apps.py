"""MLflow apps: tracking servers that are never stopped, named by an ARN that AWS makes.

https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow.html
"""

from __future__ import annotations

import secrets
import string
from typing import Any

from ormer.aws import mlflow_releases
from ormer.services.sagemaker import mlflow_requests
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table
from ormer.stores.tracking import servers

JsonDict = dict[str, Any]

MLFLOW_APP = Noun(
    servers.APP,
    name="Arn",
    arn="mlflow-app/{name}",
    arn_member="Arn",
    missing=("ResourceNotFound", "The MLflow app {arn} does not exist."),
)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowApp.html
DEFAULTS = {"ModelRegistrationMode": "AutoModelRegistrationDisabled", "AccountDefaultStatus": "DISABLED"}
KEYS = {
    "Name": lambda row: row.document["Name"],
    "CreationTime": lambda row: row.created,
    "Status": lambda row: row.status,
}
LETTERS = string.ascii_uppercase + string.digits
ID_CHARACTERS = 12


def create_mlflow_app(call: Call, request: JsonDict) -> JsonDict:
    """Begin to make an MLflow app. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowApp.html

    Differs: it is a process of this machine like a tracking server, and there is no maintenance.
    Errors: ValidationException for an artifact store outside S3.
    """
    mlflow_requests.check_store(request["ArtifactStoreUri"])
    name = "app-" + "".join(secrets.choice(LETTERS) for _ in range(ID_CHARACTERS))
    version = mlflow_requests.release_of(mlflow_releases.APP)
    with call.write():
        row = MLFLOW_APP.create(
            call,
            {**DEFAULTS, **request},
            name=name,
            document={"MlflowVersion": version},
            status="Creating",
            facts=servers.new_facts(request["RoleArn"]),
        )
        _only_default(call, row, request)
    return {"Arn": row.arn}


def describe_mlflow_app(call: Call, request: JsonDict) -> JsonDict:
    """Answer an MLflow app. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeMlflowApp.html

    Errors: ResourceNotFound.
    """
    return MLFLOW_APP.get(call, request["Arn"]).document


def list_mlflow_apps(call: Call, request: JsonDict) -> JsonDict:
    """Page through the MLflow apps. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMlflowApps.html"""

    def wanted(row: Row) -> bool:
        document = row.document
        domain = request.get("DefaultForDomainId")
        return (
            request.get("Status") in (None, row.status)
            and request.get("AccountDefaultStatus") in (None, document["AccountDefaultStatus"])
            and (domain is None or domain in document.get("DefaultDomainIdList", ()))
            and mlflow_requests.same_release(request, row)
        )

    rows, more = mlflow_requests.page(call, MLFLOW_APP, request, KEYS, wanted)
    return {"Summaries": [row.document for row in rows], **more}


def update_mlflow_app(call: Call, request: JsonDict) -> JsonDict:
    """Change an MLflow app. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateMlflowApp.html

    Errors: ResourceNotFound; ConflictException for one that does not stand; ValidationException for an artifact store
    outside S3.
    """
    if "ArtifactStoreUri" in request:
        mlflow_requests.check_store(request["ArtifactStoreUri"])
    with call.write():
        row = MLFLOW_APP.get(call, request["Arn"])
        mlflow_requests.move(call, row, "Updating", servers.UP, {**request, "Arn": row.arn})
        _only_default(call, row, request)
    return {"Arn": row.arn}


def delete_mlflow_app(call: Call, request: JsonDict) -> JsonDict:
    """Delete an MLflow app with its database; artifacts stay in S3.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteMlflowApp.html

    Differs: it may be deleted while it is being made or changed.
    Errors: ResourceNotFound.
    """
    row = MLFLOW_APP.get(call, request["Arn"])
    mlflow_requests.delete(call, row)
    return {"Arn": row.arn}


def create_presigned_mlflow_app_url(call: Call, request: JsonDict) -> JsonDict:
    """A URL that opens MLflow's own pages in a browser, once, as the caller.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePresignedMlflowAppUrl.html

    Differs: the pages have a name below localhost, so the browser runs on this machine, or reaches its port as its own.
    Errors: ResourceNotFound; ValidationException for one that does not stand.
    """
    row = MLFLOW_APP.get(call, request["Arn"])
    return {"AuthorizedUrl": mlflow_requests.presigned(call, row, request)}


def _only_default(call: Call, row: Row, request: JsonDict) -> None:
    """An account has one default app, a domain too: what this one becomes, others are no longer."""
    takes_account = request.get("AccountDefaultStatus") == "ENABLED"
    domains = set(request.get("DefaultDomainIdList") or ())
    if not takes_account and not domains:
        return
    c = table.c
    with call.write() as tx:
        for other in resources.select(tx, c.account == row.account, c.region == row.region, c.kind == servers.APP):
            kept = [each for each in other.document.get("DefaultDomainIdList", ()) if each not in domains]
            change: JsonDict = {"AccountDefaultStatus": "DISABLED"} if takes_account else {}
            change |= {"DefaultDomainIdList": kept} if "DefaultDomainIdList" in other.document else {}
            if other.arn != row.arn and any(other.document.get(name) != value for name, value in change.items()):
                resources.save(tx, other, change, now=call.now, touch=False)
