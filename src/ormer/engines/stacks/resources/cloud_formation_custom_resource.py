"""AWS::CloudFormation::CustomResource and every Custom::…: a function makes it, and says so at the address it is given.

Ref gives the PhysicalResourceId that the function answers, Fn::GetAtt its Data.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlencode

from ormer.aws import arns
from ormer.engines.stacks import custom_resources as engine
from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words
from ormer.stores import resources
from ormer.stores.functions import asking
from ormer.stores.resources import Row
from ormer.stores.stacks import custom_resources as rows

JsonDict = dict[str, Any]
NAME = "AWS::CloudFormation::CustomResource"
TOKEN, TIMEOUT = "ServiceToken", "ServiceTimeout"
TIMEOUT_SECONDS_MAX = 3600


def _create(site: Site, properties: JsonDict) -> Made:
    row = rows.make(site.tx, site.stack, site.logical_id, site.name(), site.now)
    _ask(site, row, "Create", properties)
    return Made(row.facts["physical_id"], {}, row.arn)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    row = _moved(site, held, "UPDATE_IN_PROGRESS")
    _ask(site, row, "Update", properties, {"OldResourceProperties": plain(held.properties)})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    row = _moved(site, held, "DELETE_IN_PROGRESS")
    _ask(site, row, "Delete", held.properties)


def _settled(site: Site, held: Held, properties: JsonDict) -> Made:
    """What the function answered. An id that is another one than before leaves the old resource behind."""
    row = resources.get(site.tx, held.arn)
    assert row is not None, "a custom resource that was waited for is there"
    physical_id = str(row.facts["physical_id"])
    made = Made(physical_id, attributes=_attributes(row.facts["data"]), arn=held.arn)
    before = row.facts.get("before")
    if before is None or before == physical_id:
        return made
    left = rows.make(site.tx, site.stack, site.logical_id, before, site.now, status="UPDATE_COMPLETE")
    return Made(physical_id, made.attributes, held.arn, left=Made(before, held.attributes, left.arn))


def _attributes(data: JsonDict) -> JsonDict:
    """What Fn::GetAtt gives of Data; members of objects in it by `outer.inner`."""
    found: JsonDict = {}
    for name, value in data.items():
        if isinstance(value, dict):
            found |= {f"{name}.{inner}": each for inner, each in _attributes(value).items()}
        else:
            found[name] = plain(value)
    return found


def _moved(site: Site, held: Held, status: str) -> Row:
    """The row with its next request under way."""
    row = resources.get(site.tx, held.arn)
    if row is None:
        raise Refused(f"The custom resource {held.physical_id} is not known any more.")
    facts = {"before": row.facts["physical_id"] if status == "UPDATE_IN_PROGRESS" else None}
    final = tuple(each for each in engine.FINAL if each != "DELETE_COMPLETE")
    moved = resources.advance(site.tx, row.arn, status, now=site.now, expect=final, facts=facts)
    assert moved is not None, "the stack waits for a request before it makes the next"
    return moved


def _ask(site: Site, row: Row, kind: str, properties: JsonDict, more: JsonDict | None = None) -> None:
    """Send the request to the function, or through the topic, that ServiceToken names."""
    token, request_id = text_of(properties[TOKEN]), str(uuid.uuid4())
    stores = site.api.port.stores
    sealed = urlencode({"token": rows.token_of(stores.vault, row.arn, request_id)})
    event = {
        "RequestType": kind,
        TOKEN: token,
        "ResponseURL": f"{stores.tls_address}{rows.PATH}?{sealed}",
        "StackId": site.stack.arn,
        "RequestId": request_id,
        "LogicalResourceId": site.logical_id,
        "ResourceType": site.type,
        "ResourceProperties": plain(properties),
        **({} if kind == "Create" else {"PhysicalResourceId": row.facts["physical_id"]}),
        **(more or {}),
    }
    facts: JsonDict = {"request_id": request_id, "deadline": site.now + _seconds(properties), "invocation": ""}
    service = arns.parse(token).service if arns.is_arn(token) else ""
    if service == "lambda":
        facts["invocation"] = asking.ask(site.api, site.tx, token, event, site.now).arn
        resources.watch(site.tx, facts["invocation"], engine.TASK, row.arn)
    elif service == "sns":
        message = {"TopicArn": token, "Subject": "AWS CloudFormation custom resource request"}
        site.call("sns", "Publish", {**message, "Message": json.dumps(event)})
    else:
        raise Refused(f"Invalid service token: {token} is no ARN of a function or topic.")
    resources.save(site.tx, row, {}, now=site.now, facts=facts)


def _seconds(properties: JsonDict) -> float:
    try:
        wanted = int(text_of(properties.get(TIMEOUT, TIMEOUT_SECONDS_MAX)))
    except ValueError:
        wanted = 0
    if not 1 <= wanted <= TIMEOUT_SECONDS_MAX:
        raise Refused(f"{TIMEOUT} must be a number of seconds between 1 and {TIMEOUT_SECONDS_MAX}.")
    return float(wanted)


TYPE = ResourceType(
    NAME,
    _create,
    _delete,
    words(TOKEN, TIMEOUT),
    _update,
    words(TOKEN),
    (TOKEN,),
    taggable=False,
    waits=True,
    failed=words("CREATE_FAILED UPDATE_FAILED"),
    gone=words("DELETE_COMPLETE"),
    settled=_settled,
    open=True,
)
