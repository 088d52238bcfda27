"""What endpoints serve, all of them at once: AWS's wire answers it only through their configurations and models.

    GET /studio/api/ormer/serving

Whoever asks must be allowed ListEndpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.aws.identities import Identity
from ormer.stores import model_activity, resources
from ormer.stores.database import Tx
from ormer.stores.port import Port
from ormer.stores.resources import Row
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tables import tags

JsonDict = dict[str, Any]
PATH = "/studio/api/ormer/serving"
KIND = "Endpoint"
ENDPOINTS_MAX = 2000


class EndpointViews:
    """Answers which versions endpoints serve."""

    def __init__(self, stores: Stores, port: Port) -> None:
        self._stores = stores
        self._port = port
        self.reads: Mapping[str, Callable[[Identity, str, Mapping[str, str]], JsonDict]] = {PATH: self._serving}

    def _serving(self, identity: Identity, region: str, _asked: Mapping[str, str]) -> JsonDict:
        """{"endpoints": newest first}. Raises what ListEndpoints raises."""
        self._port.call(identity, region, "sagemaker", "ListEndpoints", {"MaxResults": 1})
        with self._stores.database.read() as tx:
            return {"endpoints": serving(tx, identity.account, region)}


def serving(tx: Tx, account: str, region: str) -> list[JsonDict]:
    """[{"name", "arn", "status", "created", "changed", "stage", "packages"}], newest first."""
    c, t = table.c, tags.c
    where = (c.account == account, c.region == region, c.service == "sagemaker", c.kind == KIND)
    rows = resources.select(tx, *where, order=c.created.desc(), limit=ENDPOINTS_MAX)
    own = sa.select(c.arn).where(*where)
    staged = tx.all(sa.select(t.arn, t.value).where(t.key == model_activity.STAGE_TAG, t.arn.in_(own)))
    stages = {pair["arn"]: pair["value"] for pair in staged}
    return [_shown(row, stages.get(row.arn, "")) for row in rows]


def _shown(row: Row, stage: str) -> JsonDict:
    configuration = row.document.get("EndpointConfigName", "")
    return {
        "name": row.name,
        "arn": row.arn,
        "status": row.status,
        "created": iso(row.created),
        "changed": iso(row.modified),
        "stage": stage,
        "packages": list(row.facts.get(model_activity.PACKAGES, {}).get(configuration, ())),
    }
