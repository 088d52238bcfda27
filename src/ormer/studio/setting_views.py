"""What Studio's settings ask beside IAM's operations: this machine, its disk, its regions, and the people who look.

    GET  /studio/api/ormer/doctor                        what `ormer doctor` checks
    GET  /studio/api/ormer/storage                       bytes by area of the home
    GET  /studio/api/ormer/regions                       where there is something
    GET  /studio/api/ormer/people                        who was added, and their roles
    POST /studio/api/ormer/person {"name", "role"}       add a person or give one another role; a link for them
    POST /studio/api/ormer/person-link {"name"}          another link
    POST /studio/api/ormer/person-removal {"name"}       remove a person, and sign them out

Everything about people goes through IAM's operations as whoever asks, in one transaction. A link lets its bearer be
that person, so it needs IAM's permission to give somebody a way into the console. What tells of the machine itself
AWS has no action for: it takes `ormer:DescribeServer`, which only a policy with a star allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from ormer.aws.clock import iso
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.aws.studio_roles import ROLES
from ormer.config import Config
from ormer.machine import findings
from ormer.stores.access import PolicyGate
from ormer.stores.port import Port
from ormer.stores.stores import Stores
from ormer.stores.studio import links, sessions
from ormer.stores.tables import resources
from ormer.studio import storage
from ormer.studio.people import People

JsonDict = dict[str, Any]
PATH = "/studio/api/ormer/"
DESCRIBE = "ormer:DescribeServer"
LIST_REGIONS = "account:ListRegions"
# AWS's action for giving a user a password for the console.
LET_IN = "iam:CreateLoginProfile"


class SettingViews:
    """Answers what the settings ask, as whoever is signed in."""

    def __init__(self, stores: Stores, port: Port, config: Config) -> None:
        self._stores = stores
        self._port = port
        self._config = config
        self._gate = PolicyGate(stores)
        self.reads: Mapping[str, Callable[[Identity, str, Mapping[str, str]], JsonDict]] = {
            f"{PATH}doctor": self._doctor,
            f"{PATH}storage": self._storage,
            f"{PATH}regions": self._regions,
            f"{PATH}people": self._listed,
        }
        self.questions: Mapping[str, Callable[[Identity, str, JsonDict], JsonDict]] = {
            f"{PATH}person": self._add,
            f"{PATH}person-link": self._link,
            f"{PATH}person-removal": self._remove,
        }

    def _doctor(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        self._permit(identity, region)
        return {"findings": [asdict(one) for one in findings(self._config)]}

    def _storage(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        self._permit(identity, region)
        return {"home": str(self._config.home), "areas": storage.areas(self._config.home)}

    def _permit(self, identity: Identity, region: str) -> None:
        self._gate.permit(identity, region, DESCRIBE, f"arn:aws:ormer:{region}:{identity.account}:server")

    def _regions(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        """Regions that hold something of the account, with how many resources; the server's own stands first."""
        self._gate.permit(identity, region, LIST_REGIONS, f"arn:aws:account::{identity.account}:account")
        c = resources.c
        counted = sa.select(c.region, sa.func.count().label("count"))
        mine = counted.where(c.account == identity.account, c.region != "").group_by(c.region).order_by(c.region)
        with self._stores.database.read() as tx:
            found = {row["region"]: row["count"] for row in tx.all(mine)}
        own = self._config.region
        named = [own, *(name for name in found if name != own)]
        return {"own": own, "regions": [{"name": name, "resources": found.get(name, 0)} for name in named]}

    def _listed(self, identity: Identity, region: str, asked: Mapping[str, str]) -> JsonDict:
        found = self._people(identity, region).listed()
        return {"people": [{**one, "created": iso(one["created"])} for one in found], "roles": list(ROLES)}

    def _add(self, identity: Identity, region: str, asked: JsonDict) -> JsonDict:
        name, role = _text(asked, "name"), _text(asked, "role")
        if role not in ROLES:
            raise AwsError("ValidationException", f"There is no role {role!r}: take one of {', '.join(ROLES)}.")
        with self._stores.database.write():
            arn = self._people(identity, region).add(name, role)
            return {"arn": arn, "token": self._token(identity, region, arn)}

    def _link(self, identity: Identity, region: str, asked: JsonDict) -> JsonDict:
        named = {"UserName": _text(asked, "name")}
        arn = str(self._port.call(identity, region, "iam", "GetUser", named)["User"]["Arn"])
        return {"arn": arn, "token": self._token(identity, region, arn)}

    def _token(self, identity: Identity, region: str, arn: str) -> str:
        self._gate.permit(identity, region, LET_IN, arn)
        with self._stores.database.write() as tx:
            return links.make(tx, arn, self._stores.clock.now())

    def _remove(self, identity: Identity, region: str, asked: JsonDict) -> JsonDict:
        with self._stores.database.write() as tx:
            arn = self._people(identity, region).remove(_text(asked, "name"))
            sessions.end_all_of(tx, arn)
            links.forget_all_of(tx, arn)
        return {}

    def _people(self, identity: Identity, region: str) -> People:
        def iam(operation: str, request: JsonDict) -> JsonDict:
            answer: JsonDict = self._port.call(identity, region, "iam", operation, request)
            return answer

        return People(iam, identity.account)


def _text(asked: JsonDict, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise AwsError("ValidationException", f"Say the {name}.")
    return value
