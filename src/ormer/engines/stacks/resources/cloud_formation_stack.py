"""AWS::CloudFormation::Stack: a stack within a stack; Ref gives its id, Fn::GetAtt its outputs."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import plain
from ormer.engines.stacks.language.words import words
from ormer.stores import resources

JsonDict = dict[str, Any]
SERVICE = "cloudformation"
NO_CHANGES = "No updates are to be performed."


def _create(site: Site, properties: JsonDict) -> Made:
    request = {**_request(site, properties), "StackName": site.name(128), "OnFailure": "ROLLBACK"}
    arn = str(site.make(SERVICE, "CreateStack", request)["StackId"])
    row = resources.get(site.tx, arn)
    assert row is not None, "it has just been made"
    root = site.stack.document.get("RootId") or site.stack.arn
    family = {"ParentId": site.stack.arn, "RootId": root}
    resources.save(site.tx, row, family, now=row.modified, touch=False)
    return Made(arn, {}, arn)


def _request(site: Site, properties: JsonDict) -> JsonDict:
    """What the inner stack is asked to be; it may make what the outer one may."""
    given = properties.get("Parameters") or {}
    texts = {name: ",".join(plain(value)) if isinstance(value, list) else value for name, value in given.items()}
    request = {
        "TemplateURL": properties["TemplateURL"],
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in texts.items()],
        "Tags": site.tags,
        "Capabilities": _capabilities(site),
    }
    for name in ("NotificationARNs", "TimeoutInMinutes"):
        if name in properties:
            request[name] = properties[name]
    if site.stack.facts.get("role"):
        request["RoleARN"] = site.stack.facts["role"]
    return request


def _capabilities(site: Site) -> list[str]:
    coming = site.stack.facts.get("coming") or {}
    found: list[str] = coming.get("Capabilities") or site.stack.document.get("Capabilities") or []
    return found


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    """Bring the inner stack to what its template says now; it may have changed though its URL has not."""
    request = {**_request(site, properties), "StackName": held.arn}
    request.pop("TimeoutInMinutes", None)
    try:
        site.make(SERVICE, "UpdateStack", request)
    except AwsError as error:
        if NO_CHANGES not in error.message:
            raise
        return Made(held.physical_id, held.attributes, held.arn, done=True)
    return Made(held.physical_id, held.attributes, held.arn)


def _settled(site: Site, held: Held, properties: JsonDict) -> Made:
    row = resources.get(site.tx, held.arn)
    outputs = row.document.get("Outputs") or [] if row is not None else []
    attributes = {f"Outputs.{one['OutputKey']}": one["OutputValue"] for one in outputs}
    return Made(held.physical_id, attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call(SERVICE, "DeleteStack", {"StackName": held.arn})


TYPE = ResourceType(
    "AWS::CloudFormation::Stack",
    _create,
    _delete,
    words("NotificationARNs Parameters TemplateURL TimeoutInMinutes"),
    _update,
    required=("TemplateURL",),
    attributes=words("Outputs.*"),
    failed=words(
        "CREATE_FAILED ROLLBACK_COMPLETE ROLLBACK_FAILED UPDATE_FAILED UPDATE_ROLLBACK_COMPLETE UPDATE_ROLLBACK_FAILED "
        "DELETE_COMPLETE DELETE_FAILED"
    ),
    gone=words("DELETE_COMPLETE"),
    settled=_settled,
    always=True,
    waits=True,
)
