"""The stack a project stands on: made, changed and deleted through CloudFormation, as whoever the template acts for.

A built-in template is launched by the role that Service Catalog's portfolio is made with, so that the caller needs no
leave but the project's; a template of one's own by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

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


def create(call: Call, choice: Choice, name: str, project_id: str, tags: Tags) -> str:
    """Begin the project's stack; returns its id. Raises ValidationException for what cannot be made."""
    api = _api(call, choice.product is not None)
    request = {
        "StackName": choice.stack_name(call.account, project_id),
        **_request(call, api, choice, name, project_id, tags),
    }
    with _in_sagemakers_words():
        return str(api("cloudformation", "CreateStack", request)["StackId"])


def update(call: Call, choice: Choice, row: Row, tags: Tags) -> bool:
    """Begin the stack's update; returns whether there is anything to be changed."""
    api = _api(call, choice.product is not None)
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
        built_in = projects.PROVIDERS not in row.document
        with _in_sagemakers_words():
            _api(call, built_in)("cloudformation", "DeleteStack", {"StackName": stack})


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


def _api(call: Call, built_in: bool) -> Api:
    """The port as whoever launches the template."""
    if not built_in:
        return call.port.acting_as(call.identity, call.region)
    role = service_roles.arn(call.account, service_roles.LAUNCH_ROLE)
    with call.read() as tx:
        if resources.get(tx, role) is None:
            raise invalid(f"Projects are launched by the role {role}, which is not there: create it.")
    return call.port.acting_as(session_identity(role, "servicecatalog"), call.region)


@contextmanager
def _in_sagemakers_words() -> Iterator[None]:
    """CloudFormation's ValidationError is SageMaker's ValidationException."""
    try:
        yield
    except AwsError as error:
        if error.code in ("ValidationError", "AlreadyExistsException"):
            raise invalid(error.message) from None
        raise
