"""What a home is given: the root key, and the roles that SageMaker's own set-up makes. Older homes get what is new."""

from __future__ import annotations

import json

import sqlalchemy as sa

from ormer.aws.identities import Identity, root_identity
from ormer.config import Config
from ormer.stores import resources, service_roles
from ormer.stores.database import Tx, upsert
from ormer.stores.keys import Key
from ormer.stores.service_roles import SERVICE_ROLES, ServiceRole
from ormer.stores.stores import Stores
from ormer.stores.tables import resources as table
from ormer.stores.tables import settings


def settle(stores: Stores, config: Config) -> None:
    """Make what is missing; does nothing in a home that has it."""
    with stores.database.read() as tx:
        new = tx.one(sa.select(settings.c.name).where(settings.c.name == "root_key")) is None
        missing = _missing_roles(tx, config.account)
    if not (new or missing):
        return
    with stores.database.write() as tx:
        if new:
            _make_keys(tx, stores, config.account)
        for role in missing:
            make_role(tx, config.account, role, stores.clock.now())


def _make_keys(tx: Tx, stores: Stores, account: str) -> None:
    key = stores.keys.make(tx, root_identity(account))
    tx.execute(upsert(tx, settings, ["name"], {"name": "root_key", "value": key.access_key_id}))
    # Jobs reach the package index through the proxy with a key that may do nothing else.
    nobody = Identity(account, f"arn:aws:iam::{account}:user/ormer-proxy", "user", "ormer-proxy")
    proxy = stores.keys.make(tx, nobody)
    tx.execute(upsert(tx, settings, ["name"], {"name": "proxy_key", "value": proxy.access_key_id}))
    tx.execute(upsert(tx, settings, ["name"], {"name": "account", "value": account}))


def _missing_roles(tx: Tx, account: str) -> list[ServiceRole]:
    """The roles that are not there. One that a person has deleted comes again: templates name them."""
    c = table.c
    names = [role.name for role in SERVICE_ROLES]
    there = tx.all(sa.select(c.name).where(c.account == account, c.kind == "Role", c.name.in_(names)))
    known = {row["name"] for row in there}
    return [role for role in SERVICE_ROLES if role.name not in known]


def root_key(stores: Stores) -> Key:
    """The root key of this home."""
    return _key(stores, "root_key")


def proxy_key(stores: Stores) -> Key:
    """The key whose only use is the proxy on the TLS port."""
    return _key(stores, "proxy_key")


def _key(stores: Stores, setting: str) -> Key:
    with stores.database.read() as tx:
        row = tx.one(sa.select(settings.c.value).where(settings.c.name == setting))
    assert row is not None, "settle() makes the keys"
    key = stores.keys.lookup(row["value"])
    assert key is not None, "the keys of the home are never revoked"
    return key


def use_role_arn(account: str) -> str:
    """The role that projects' pipelines and `ormer env` run as."""
    return service_roles.arn(account, service_roles.USE_ROLE)


def make_role(tx: Tx, account: str, role: ServiceRole, now: float) -> None:
    """A role that its services, and the account's own people, may assume."""
    services = [f"{name}.amazonaws.com" for name in role.trusted]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": services, "AWS": f"arn:aws:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    own = service_roles.arn(account, role.name, role.path)
    resources.create(
        tx,
        arn=own,
        kind="Role",
        name=role.name,
        document={
            "RoleName": role.name,
            "Path": role.path,
            "Arn": own,
            "AssumeRolePolicyDocument": json.dumps(trust),
            "Description": "Made by ormer for SageMaker jobs, pipelines and projects.",
            "MaxSessionDuration": 43200,
        },
        facts={"attached": list(role.policies), "inline": role.inline},
        now=now,
        event=False,
    )
