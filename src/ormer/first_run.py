"""What a new home is given: the root key, the execution roles that SageMaker's own set-up makes, and nothing else."""

from __future__ import annotations

import json

import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.identities import Identity, root_identity
from ormer.config import Config
from ormer.stores import resources
from ormer.stores.database import Tx, upsert
from ormer.stores.keys import Key
from ormer.stores.stores import Stores
from ormer.stores.tables import settings

# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-studio-updates.html names the first two;
# `SageMakerRole` is the name that the SDK's examples and tests take for granted.
USE_ROLE = "AmazonSageMakerServiceCatalogProductsUseRole"
LAUNCH_ROLE = "AmazonSageMakerServiceCatalogProductsLaunchRole"
EXECUTION_ROLES = ((USE_ROLE, "/service-role/"), (LAUNCH_ROLE, "/service-role/"), ("SageMakerRole", "/"))

FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
S3_FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


def settle(stores: Stores, config: Config) -> None:
    """Make what is missing; does nothing in a home that has it."""
    with stores.database.read() as tx:
        if tx.one(sa.select(settings.c.name).where(settings.c.name == "root_key")) is not None:
            return
    with stores.database.write() as tx:
        key = stores.keys.make(tx, root_identity(config.account))
        tx.execute(upsert(tx, settings, ["name"], {"name": "root_key", "value": key.access_key_id}))
        # Jobs reach the package index through the proxy with a key that may do nothing else.
        nobody = Identity(config.account, f"arn:aws:iam::{config.account}:user/ormer-proxy", "user", "ormer-proxy")
        proxy = stores.keys.make(tx, nobody)
        tx.execute(upsert(tx, settings, ["name"], {"name": "proxy_key", "value": proxy.access_key_id}))
        tx.execute(upsert(tx, settings, ["name"], {"name": "account", "value": config.account}))
        for name, path in EXECUTION_ROLES:
            make_role(tx, config.account, name, path, stores.clock.now())


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
    return f"arn:aws:iam::{account}:role/service-role/{USE_ROLE}"


def make_role(tx: Tx, account: str, name: str, path: str, now: float) -> None:
    """An execution role that SageMaker's services may assume."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["sagemaker.amazonaws.com"], "AWS": f"arn:aws:iam::{account}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    resources.create(
        tx,
        arn=arns.arn("iam", "", account, f"role{path}{name}"),
        kind="Role",
        name=name,
        document={
            "RoleName": name,
            "Path": path,
            "Arn": arns.arn("iam", "", account, f"role{path}{name}"),
            "AssumeRolePolicyDocument": json.dumps(trust),
            "Description": "Made by ormer for SageMaker jobs and pipelines.",
            "MaxSessionDuration": 43200,
        },
        facts={"attached": [FULL_ACCESS, S3_FULL_ACCESS], "inline": {}},
        now=now,
        event=False,
    )
