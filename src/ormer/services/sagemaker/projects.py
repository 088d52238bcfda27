"""Projects: made of a template, followed while the template's stack is made, changed and deleted with it.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.sagemaker import domains, project_stacks, project_templates
from ormer.services.sagemaker.project_templates import Choice
from ormer.stores import projects, resources, tagging
from ormer.stores.database import Tx
from ormer.stores.nouns import Noun, unique_tags
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

PROJECT = Noun(
    projects.KIND,
    name="ProjectName",
    arn="project/{name}",
    plural="ProjectSummaryList",
    missing=("ValidationException", "Project {name} does not exist."),
)
describe_project, list_projects = PROJECT.crud("describe list")

# What a project can be changed in, and deleted from.
STANDING = ("CreateCompleted", "UpdateCompleted", "UpdateFailed")
DELETABLE = (*STANDING, "CreateFailed", "DeleteFailed")
GONE = "DeleteCompleted"
UPDATING = "UpdateInProgress"


def create_project(call: Call, request: JsonDict) -> JsonDict:
    """Make a project of a template: a stack of its own, tagged with the project's name and id.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProject.html
    Differs: a template or parameters that cannot be are refused here, where AWS's project would end in CreateFailed.
    Whoever makes it, it is said to be made in the account's oldest domain, as one that is made in Studio.
    Errors: ValidationException for a name that is taken, a product that is not there, a template that is none, and
    for a built-in template while templates are switched off.
    """
    choice = project_templates.chosen(call, request)
    tags = unique_tags(request.get("Tags", ()))
    name, identifier = request["ProjectName"], projects.new_id()
    kept = {key: request[key] for key in ("ProjectName", "ProjectDescription") if key in request}
    with call.write():
        _forget_gone(call, name)
        stack = project_stacks.create(call, choice, name, identifier, tags)
        creator = {**call.actor, "DomainId": domains.where_projects_are_made(call)}
        row = PROJECT.create(
            call,
            {**kept, "Tags": tags},
            document={
                "ProjectId": identifier,
                "CreatedBy": creator,
                **choice.document(call.account, identifier, stack),
            },
            status="Pending",
            facts={"stack": stack, **({"launch_role": choice.product.launch_role} if choice.product else {})},
        )
    return {"ProjectArn": row.arn, "ProjectId": identifier}


def _forget_gone(call: Call, name: str) -> None:
    """A project that was deleted stays to be looked at until its name is used again."""
    row = PROJECT.find(call, name)
    if row is not None and row.status == GONE:
        PROJECT.remove(call, row)


def update_project(call: Call, request: JsonDict) -> JsonDict:
    """Change a project's description, tags, or what its template is given.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateProject.html
    Errors: ValidationException for a project that is not there; ConflictException while it is made or deleted.
    """
    with call.write() as tx:
        row = _standing(call, request["ProjectName"], STANDING, "updated")
        change = {key: request[key] for key in ("ProjectDescription",) if key in request}
        tags = unique_tags(request.get("Tags", ()))
        tagging.put(tx, row.arn, tags)
        row = PROJECT.save(call, row, change)
        choice = project_templates.changed(call, row, request)
        if choice is not None or tags:
            _begin_update(call, tx, row, choice or project_templates.standing(call, row))
    return {"ProjectArn": row.arn}


def _begin_update(call: Call, tx: Tx, row: Row, choice: Choice) -> None:
    change = choice.document(call.account, row.document["ProjectId"], row.facts["stack"])
    moved = resources.advance(tx, row.arn, UPDATING, now=call.now, expect=STANDING, change=change)
    assert moved is not None, "it was read in this transaction"
    begun = project_stacks.update(call, choice, moved, tagging.listed(tx, row.arn))
    resources.save(tx, moved, {}, now=call.now, facts={"unchanged": not begun}, touch=False)


def delete_project(call: Call, request: JsonDict) -> JsonDict:
    """Delete a project with what its template made. What its pipelines made, such as endpoints, stays.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteProject.html
    Errors: ValidationException for a project that is not there; ConflictException while it is made or changed.
    """
    with call.write() as tx:
        row = _standing(call, request["ProjectName"], DELETABLE, "deleted")
        resources.advance(tx, row.arn, "DeleteInProgress", now=call.now, expect=DELETABLE)
        project_stacks.delete(call, row)
    return {}


def _standing(call: Call, name: str, allowed: tuple[str, ...], what: str) -> Row:
    row = PROJECT.get(call, name)
    if row.status == GONE:
        raise PROJECT.not_found(call, name)
    if row.status not in allowed:
        text = f"Project {name} cannot be {what} while it is {row.status}: wait until that has ended."
        raise AwsError("ConflictException", text)
    return row
