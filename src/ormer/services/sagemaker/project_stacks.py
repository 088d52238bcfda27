"""The stack a project stands on: made, changed and deleted through CloudFormation, as whoever the template acts for.

A product is launched by the role of its launch constraint, built-in ones by that of SageMaker's portfolio, so that the
caller needs no leave but the project's; a product without such a role and a template in S3 by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.services.sagemaker.project_templates import Choice, invalid
from ormer.stores import projects, resources, service_roles
from ormer.stores.port import Api, Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
Tags = list[dict[str, str]]
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NO_UPDATES = "No updates are to be performed"
# Where a role is looked for that is known by its name.
ROLE_PATHS = (service_roles.PATH, "/")


def create(call: Call, choice: Choice, name: str, project_id: str, tags: Tags) -> str:
    """Begin the project's stack; returns its id. Raises ValidationException for what cannot be made."""
    api = _api(call, choice.product.launch_role if choice.product else None)
    request = {
        "StackName": choice.stack_name(call.account, project_id),
        **_request(call, api, choice, name, project_id, tags),
    }
    with _in_sagemakers_words():
        return str(api("cloudformation", "CreateStack", request)["StackId"])


def update(call: Call, choice: Choice, row: Row, tags: Tags) -> bool:
    """Begin the stack's update; returns whether there is anything to be changed."""
    api = _api(call, choice.product.launch_role if choice.product else None)
    request = _request(call, api, choice, row.name, row.document["ProjectId"], tags)
    with _in_sagemakers_words():
        try:
            api("cloudformation", "UpdateStack", {"StackName": row.facts["stack"], **request})
        except AwsError as error:
            if NO_UPDATES not in error.message:
                raise
            return False
    return True


def delete(call: Call, row: Row) -> None:
    """Begin the stack's deletion; nothing when it is gone."""
    stack = row.facts.get("stack")
    if stack:
        role = _launched_as(call, row)
        with _in_sagemakers_words():
            _api(call, role)("cloudformation", "DeleteStack", {"StackName": stack})


def _launched_as(call: Call, row: Row) -> str | None:
    """The role that a project's stack was made as; of rows from before it was noted, the portfolio's."""
    if projects.PROVIDERS in row.document:
        return None
    return row.facts.get("launch_role", service_roles.LAUNCH_ROLE)


def _request(call: Call, api: Api, choice: Choice, name: str, project_id: str, tags: Tags) -> JsonDict:
    url = choice.url(call.region)
    with _in_sagemakers_words():
        summary = api("cloudformation", "GetTemplateSummary", {"TemplateURL": url})
    declared = {one["ParameterKey"] for one in summary["Parameters"]}
    own = {projects.NAME_PARAMETER: name, projects.ID_PARAMETER: project_id}
    values = {**choice.parameters, **{key: value for key, value in own.items() if key in declared}}
    marks = {projects.NAME_TAG: name, projects.ID_TAG: project_id}
    return {
        "TemplateURL": url,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        "Tags": [*(tag for tag in tags if tag["Key"] not in marks), *_listed(marks)],
        "Capabilities": CAPABILITIES,
        **({"RoleARN": choice.role} if choice.role else {}),
    }


def _listed(pairs: Mapping[str, str]) -> Tags:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def _api(call: Call, launch_role: str | None) -> Api:
    """The port as whoever launches the template: a role by its ARN or name, or the caller."""
    if launch_role is None:
        return call.port.acting_as(call.identity, call.region)
    role = _role_arn(call, launch_role)
    return call.port.acting_as(session_identity(role, "servicecatalog"), call.region)


def _role_arn(call: Call, named: str) -> str:
    """The ARN of a role that is there. Raises ValidationException."""
    known = [named] if arns.is_arn(named) else [service_roles.arn(call.account, named, path) for path in ROLE_PATHS]
    with call.read() as tx:
        found = next((one for one in known if resources.get(tx, one) is not None), None)
    if found is None:
        raise invalid(f"Projects are launched by the role {known[0]}, which is not there: create it.")
    return found


@contextmanager
def _in_sagemakers_words() -> Iterator[None]:
    """CloudFormation's ValidationError is SageMaker's ValidationException."""
    try:
        yield
    except AwsError as error:
        if error.code in ("ValidationError", "AlreadyExistsException"):
            raise invalid(error.message) from None
        raise
