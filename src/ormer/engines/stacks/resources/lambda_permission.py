"""AWS::Lambda::Permission: Ref gives its statement's id."""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
ID_LENGTH_MAX = 100


def _create(site: Site, properties: JsonDict) -> Made:
    statement = site.name(ID_LENGTH_MAX)
    site.make("lambda", "AddPermission", {**properties, "StatementId": statement})
    return Made(statement, {"Id": statement})


def _delete(site: Site, held: Held) -> None:
    request = {"FunctionName": held.properties["FunctionName"], "StatementId": held.physical_id}
    site.make("lambda", "RemovePermission", request)


TYPE = ResourceType(
    "AWS::Lambda::Permission",
    _create,
    _delete,
    words(
        "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal PrincipalOrgID "
        "SourceAccount SourceArn"
    ),
    required=("FunctionName", "Action", "Principal"),
    attributes=words("Id"),
    taggable=False,
)
