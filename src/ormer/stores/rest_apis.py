"""REST APIs as rows: an API, its resources with their methods, its deployments and its stages.

A resource's document holds its methods in AWS's words. A deployment's facts hold what was deployed: `resources`, the
documents as they were then, and `api`, what of the API itself matters to requests. A stage names its deployment.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Any

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SERVICE = "apigateway"
API, RESOURCE, DEPLOYMENT, STAGE = "RestApi", "RestApiResource", "RestApiDeployment", "RestApiStage"
CHARACTERS = string.ascii_lowercase + string.digits
API_ID_LENGTH, PART_ID_LENGTH = 10, 6


@dataclass(frozen=True)
class Deployed:
    """What a stage of an API answers with: their rows."""

    api: Row
    stage: Row
    deployment: Row

    @property
    def variables(self) -> dict[str, str]:
        """The stage's variables."""
        document = self.stage.document
        found: dict[str, str] = document.get("variables") or document.get("StageVariables") or {}
        return found


def new_id(length: int = PART_ID_LENGTH) -> str:
    """An id as API Gateway makes them."""
    return "".join(secrets.choice(CHARACTERS) for _ in range(length))


def api_arn(region: str, account: str, api_id: str) -> str:
    """By which an API is kept; AWS's own ARN of it says no account."""
    return arns.arn(SERVICE, region, account, f"/restapis/{api_id}")


def find_api(tx: Tx, account: str, region: str, api_id: str) -> Row | None:
    """An account's API, or None."""
    row = resources.get(tx, api_arn(region, account, api_id))
    return row if row is not None and row.kind == API else None


def parts(tx: Tx, api: Row, kind: str) -> list[Row]:
    """All resources, deployments or stages of an API, the oldest first."""
    c = table.c
    here = (c.account == api.account, c.region == api.region, c.service == SERVICE)
    return resources.select(tx, *here, c.kind == kind, c.parent == api.arn)


def part(tx: Tx, api: Row, kind: str, name: str) -> Row | None:
    """One resource, deployment or stage of an API, or None."""
    return resources.find(tx, api.account, api.region, SERVICE, kind, name, api.arn)


def deployed(tx: Tx, api_id: str, stage: str, region: str = "") -> Deployed | None:
    """What answers at a stage of an API, whoever's it is; None when there is no such thing."""
    c = table.c
    api = next(iter(resources.select(tx, c.kind == API, c.name == api_id)), None)
    if api is None or (region and api.region != region):
        return None
    found = part(tx, api, STAGE, stage)
    deployment = part(tx, api, DEPLOYMENT, found.document["deploymentId"]) if found is not None else None
    return None if found is None or deployment is None else Deployed(api, found, deployment)
