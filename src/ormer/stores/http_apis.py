"""HTTP APIs as rows: an API, its routes, integrations, deployments and stages.

A deployment's facts hold what was deployed: `routes` and `integrations` as their documents were, and the API's `cors`.
A stage that deploys by itself names a new deployment after every change.
"""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.stores import resources, rest_apis
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.rest_apis import Deployed
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SERVICE = rest_apis.SERVICE
API, ROUTE, INTEGRATION = "HttpApi", "HttpApiRoute", "HttpApiIntegration"
DEPLOYMENT, STAGE = "HttpApiDeployment", "HttpApiStage"
DEFAULT = "$default"
# Where each kind of part lies below its API.
PLACES = {ROUTE: "routes", INTEGRATION: "integrations", DEPLOYMENT: "deployments", STAGE: "stages"}
# Parts of either kind of API are rows below it.
part, parts = rest_apis.part, rest_apis.parts


def api_arn(region: str, account: str, api_id: str) -> str:
    return arns.arn(SERVICE, region, account, f"/apis/{api_id}")


def find_api(tx: Tx, account: str, region: str, api_id: str) -> Row | None:
    """An account's API, or None."""
    row = resources.get(tx, api_arn(region, account, api_id))
    return row if row is not None and row.kind == API else None


def make(tx: Tx, api: Row, kind: str, name: str, document: JsonDict, now: float, facts: JsonDict | None = None) -> Row:
    """A new part of an API, whose name is nobody's."""
    row = resources.create(
        tx,
        arn=f"{api.arn}/{PLACES[kind]}/{name}",
        kind=kind,
        name=name,
        parent=api.arn,
        document=document,
        facts=facts,
        now=now,
        event=False,
    )
    assert row is not None, f"{kind} {name} is there already"
    return row


def deploy(tx: Tx, api: Row, now: float, description: str | None = None, by_itself: bool = False) -> Row:
    """Freeze what an API answers now."""
    facts = {
        "routes": [row.document for row in parts(tx, api, ROUTE)],
        "integrations": {row.name: row.document for row in parts(tx, api, INTEGRATION)},
        "cors": api.document.get("CorsConfiguration"),
    }
    name = rest_apis.new_id()
    document = {"DeploymentId": name, "AutoDeployed": by_itself, "DeploymentStatus": "DEPLOYED", "CreatedDate": now}
    document |= {"Description": description} if description else {}
    return make(tx, api, DEPLOYMENT, name, document, now, facts)


def deploy_changes(tx: Tx, api: Row, now: float) -> None:
    """Let the stages that deploy by themselves answer with the API as it is now; what no stage names any more goes."""
    stages = parts(tx, api, STAGE)
    following = [stage for stage in stages if stage.document.get("AutoDeploy")]
    if not following:
        return
    made = deploy(tx, api, now, by_itself=True)
    for stage in following:
        resources.save(tx, stage, {"DeploymentId": made.name, "LastUpdatedDate": now}, now=now)
    named = {made.name, *(stage.document.get("DeploymentId") for stage in stages if stage not in following)}
    for row in parts(tx, api, DEPLOYMENT):
        if row.name not in named and row.document["AutoDeployed"]:
            resources.delete(tx, row.arn)


def deployed(tx: Tx, api_id: str, stage: str, region: str = "") -> Deployed | None:
    """What answers at a stage of an HTTP API, whoever's it is; None when there is no such thing."""
    c = table.c
    api = next(iter(resources.select(tx, c.kind == API, c.name == api_id)), None)
    if api is None or (region and api.region != region):
        return None
    found = part(tx, api, STAGE, stage)
    named = found.document.get("DeploymentId") if found is not None else None
    deployment = part(tx, api, DEPLOYMENT, named) if named else None
    return None if found is None or deployment is None else Deployed(api, found, deployment)


def exists(tx: Tx, api_id: str) -> bool:
    """Whether an id is an HTTP API's."""
    c = table.c
    return bool(resources.select(tx, c.kind == API, c.name == api_id, limit=1))
