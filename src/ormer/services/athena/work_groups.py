"""Work groups: where queries of a kind put their results.

https://docs.aws.amazon.com/athena/latest/ug/workgroups-manage-queries-control-costs.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import queries, resources
from ormer.stores.nouns import Noun, page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
WORK_GROUP = Noun(
    queries.WORK_GROUP,
    name="Name",
    arn="workgroup/{name}",
    service=queries.SERVICE,
    taken=("InvalidRequestException", "WorkGroup {name} is already created."),
    order="Ascending",
)
PAGE = 50


def create_work_group(call: Call, request: JsonDict) -> JsonDict:
    """Make a work group. https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html

    Errors: InvalidRequestException for a name that is taken.
    """
    configuration = {"EnforceWorkGroupConfiguration": True, "EngineVersion": queries.ENGINE}
    configuration |= request.get("Configuration", {})
    if request["Name"] == queries.PRIMARY:
        raise AwsError("InvalidRequestException", "WorkGroup primary is already created.")
    WORK_GROUP.create(call, request, document={"State": "ENABLED", "Configuration": configuration})
    return {}


def get_work_group(call: Call, request: JsonDict) -> JsonDict:
    """Answer a work group. https://docs.aws.amazon.com/athena/latest/APIReference/API_GetWorkGroup.html

    Errors: InvalidRequestException.
    """
    return {"WorkGroup": work_group(call, request["WorkGroup"]).document}


def list_work_groups(call: Call, request: JsonDict) -> JsonDict:
    """Page through work groups. https://docs.aws.amazon.com/athena/latest/APIReference/API_ListWorkGroups.html"""
    rows, _ = WORK_GROUP.rows(call, {"MaxResults": 100})
    if not any(row.name == queries.PRIMARY for row in rows):
        rows = [work_group(call, queries.PRIMARY), *rows]
    page, following = page_of(rows, request.get("NextToken"), int(request.get("MaxResults", PAGE)))
    more = {"NextToken": following} if following else {}
    return {"WorkGroups": [{**row.document, "EngineVersion": queries.ENGINE} for row in page], **more}


def update_work_group(call: Call, request: JsonDict) -> JsonDict:
    """Change a work group, `primary` too. https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateWorkGroup.html

    Errors: InvalidRequestException.
    """
    with call.write() as tx:
        row = work_group(call, request["WorkGroup"])
        if row.version == 0:
            WORK_GROUP.create(call, {"Name": row.name}, document=row.document)
            row = work_group(call, request["WorkGroup"])
        change: JsonDict = {name: request[name] for name in ("Description", "State") if name in request}
        change["Configuration"] = _updated(row.document["Configuration"], request.get("ConfigurationUpdates", {}))
        resources.save(tx, row, change, now=call.now)
    return {}


def delete_work_group(call: Call, request: JsonDict) -> JsonDict:
    """Delete a work group; `primary` stays. https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html

    Errors: InvalidRequestException.
    """
    if request["WorkGroup"] == queries.PRIMARY:
        raise AwsError("InvalidRequestException", "The primary WorkGroup cannot be deleted.")
    with call.write() as tx:
        resources.delete(tx, work_group(call, request["WorkGroup"]).arn)
    return {}


def work_group(call: Call, name: str) -> Row:
    """The work group; raises InvalidRequestException."""
    with call.read() as tx:
        row = queries.find_work_group(tx, call.account, call.region, name)
    if row is None:
        raise AwsError("InvalidRequestException", f"WorkGroup is not found: {name}.")
    return row


def _updated(configuration: Mapping[str, Any], updates: Mapping[str, Any]) -> JsonDict:
    changed = {name: value for name, value in updates.items() if not name.startswith(("ResultConfiguration", "Remove"))}
    result = dict(configuration.get("ResultConfiguration", {}))
    wanted = updates.get("ResultConfigurationUpdates", {})
    result |= {name: value for name, value in wanted.items() if not name.startswith("Remove")}
    for name, value in wanted.items():
        if name.startswith("Remove") and value:
            result.pop(name.removeprefix("Remove"), None)
    return {**configuration, **changed, "ResultConfiguration": result}
