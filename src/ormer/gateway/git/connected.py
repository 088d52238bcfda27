"""Git addresses that lead through a code connection: which repository of ours stands behind one.

https://docs.aws.amazon.com/dtconsole/latest/userguide/troubleshooting-connections.html names their form.
"""

from __future__ import annotations

import re

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.gateway.git.callers import Caller
from ormer.stores import connections
from ormer.stores.access import PolicyGate
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

# A bucket may be called so too; an account's number is no likely folder in it.
OURS = re.compile(r"/git-http/\d{12}/.*")
ROUTE = re.compile(
    r"(?P<path>/git-http/(?P<account>\d{12})/(?P<region>[a-z0-9-]+)/(?P<connection>[A-Za-z0-9-]+)/"
    r"(?P<repository>[\w.-]+(?:/[\w.-]+)+?))/(?P<what>info/refs|git-upload-pack|git-receive-pack)"
)
USE = "UseConnection"


def repository_name(stores: Stores, gate: PolicyGate, caller: Caller, route: re.Match[str]) -> str:
    """The name of the repository that an address means, for a caller who may use its connection. Raises AwsError."""
    account, region, identifier = route["account"], route["region"], route["connection"]
    with stores.database.read() as tx:
        row = connections.find(
            tx, account, region, f"arn:aws:codeconnections:{region}:{account}:connection/{identifier}"
        )
    if row is None or account != caller.identity.account:
        raise AwsError("AccessDeniedException", f"There is no connection {identifier} that you may use.", 403)
    _permit(gate, caller, row)
    asked = route["repository"].removesuffix(".git")
    name = connections.own_repository(row, asked)
    if not name:
        text = (
            f"No repository of ormer's own stands behind {asked} of the connection {row.name}. The owner of this "
            f"machine says so: `ormer connection use {row.name} --full-repository-id {asked} --repository NAME`. "
            "A repository elsewhere is cloned and pushed to there."
        )
        raise AwsError("ResourceNotFoundException", text, 404)
    return name


def _permit(gate: PolicyGate, caller: Caller, row: Row) -> None:
    """Raise unless the caller may use the connection, by either of its two names."""
    own = arns.parse(row.arn).resource
    refused: AwsError | None = None
    for service in connections.SERVICES:
        target = arns.arn(service, row.region, row.account, own)
        try:
            return gate.permit(caller.identity, row.region, f"{service}:{USE}", target)
        except AwsError as error:
            refused = refused or error
    assert refused is not None, "there are two names"
    raise refused
