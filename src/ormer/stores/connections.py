"""Code connections: which Git repositories stand behind them.

AWS's connections lead to GitHub and its like after a handshake in the browser. Here the owner of the machine says what
stands behind a connection, on the command line only: a repository of ours, a folder, or an address. Nobody who merely
calls operations can make the server read a folder or ask a host. A password in an address is sealed.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import sqlalchemy as sa

from ormer.aws import arns
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.secrets import Vault
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
KIND = "CodeConnection"
SERVICES = ("codeconnections", "codestar-connections")
PENDING, AVAILABLE = "PENDING", "AVAILABLE"
# The fact: {repository id, or EVERY: {"repository": …} or {"url": …, "sealed": …}}.
USES, EVERY = "uses", "*"
# Stands in an address for the repository that a pipeline names.
PLACE = "{repository}"
REPOSITORY_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
SCHEMES = ("https", "http", "file")


class Unusable(ValueError):
    """What is to stand behind a connection cannot; the text says why."""


@dataclass(frozen=True)
class Remote:
    """What stands behind a connection. repository: the name of one of ours, "" when `url` is meant.

    user: `name:password` for the address, "" without.
    """

    repository: str = ""
    url: str = ""
    user: str = ""


def find(tx: Tx, account: str, region: str, name_or_arn: str) -> Row | None:
    """A connection by its name or ARN, whichever of the service's two names stands in it; None when there is none."""
    c = table.c
    where = [c.account == account, c.region == region, c.kind == KIND]
    if arns.is_arn(name_or_arn):
        own = arns.parse(name_or_arn).resource
        found = resources.select(tx, *where, c.arn.in_([arns.arn(one, region, account, own) for one in SERVICES]))
    else:
        found = resources.select(tx, *where, c.name == name_or_arn)
    return found[0] if found else None


def use(tx: Tx, row: Row, vault: Vault, repository_id: str, remote: Remote, now: float) -> Row:
    """Say what stands behind a connection for one repository id, or for EVERY; it is available from now on.

    Raises Unusable.
    """
    if repository_id != EVERY:
        check_id(repository_id)
    kept: JsonDict = {"repository": remote.repository} if remote.repository else _kept(row, vault, remote)
    facts = {USES: {**row.facts.get(USES, {}), repository_id: kept}}
    moved = resources.advance(tx, row.arn, AVAILABLE, now=now, expect=(PENDING, AVAILABLE), facts=facts)
    assert moved is not None, "a connection is pending or available"
    return moved


def _kept(row: Row, vault: Vault, remote: Remote) -> JsonDict:
    url, user = checked_url(remote.url)
    sealed = base64.b64encode(vault.seal(user, row.arn)).decode() if user else ""
    return {"url": url, "sealed": sealed}


def checked_url(url: str) -> tuple[str, str]:
    """(address without what is secret, `name:password` or ""). Raises Unusable."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise Unusable(f"{url} is no address that is cloned from: it must begin with https://, http:// or file://.")
    if parts.scheme == "file" and parts.netloc:
        raise Unusable(f"{url} names a host: a folder's address begins with file:/// .")
    if parts.scheme != "file" and not parts.hostname:
        raise Unusable(f"{url} names no host.")
    if PLACE in f"{parts.netloc}{parts.query}{parts.fragment}":
        raise Unusable(f"{PLACE} may stand in the path of an address only.")
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=host)), unquote(user)


def remote_of(row: Row, vault: Vault, repository_id: str) -> Remote | None:
    """What stands behind a connection for a repository id; None when nobody said so. Raises Unusable for such an id."""
    check_id(repository_id)
    uses = row.facts.get(USES, {})
    found = uses.get(repository_id) or uses.get(EVERY)
    if found is None:
        return None
    if found.get("repository"):
        return Remote(repository=found["repository"])
    user = vault.open(base64.b64decode(found["sealed"]), row.arn) if found["sealed"] else ""
    return Remote(url=found["url"].replace(PLACE, quote(repository_id)), user=user)


def own_repository(row: Row, repository_id: str) -> str:
    """The name of the repository of ours that stands behind a connection, "" when none of ours does."""
    uses = row.facts.get(USES, {})
    found = uses.get(repository_id) or uses.get(EVERY) or {}
    return str(found.get("repository", ""))


def check_id(repository_id: str) -> None:
    """Raise Unusable for what is no repository id, such as one that leads out of a folder."""
    dotted = any(part in (".", "..") for part in repository_id.split("/"))
    if not REPOSITORY_ID.fullmatch(repository_id) or dotted or repository_id.startswith("-"):
        raise Unusable(f"{repository_id} is no repository id: those look like owner/repository.")


def listed(tx: Tx, account: str, region: str, *conditions: sa.ColumnElement[bool]) -> list[Row]:
    """The connections of an account in a region, the oldest first."""
    c = table.c
    where = (c.account == account, c.region == region, c.kind == KIND)
    return resources.select(tx, *where, *conditions, order=c.created)
