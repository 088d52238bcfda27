"""Domains: kept, tagged and described. Their tag `sagemaker:projectS3TemplatesLocation` says where a team's own project
templates lie; nothing else of a domain is set up.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.stores import projects, service_roles
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

# What the domain is called that is made for the first project.
OWN = "ormer"
DOMAIN = Noun(
    "Domain",
    name="DomainId",
    arn="domain/{name}",
    plural="Domains",
    missing=("ResourceNotFound", "Domain {name} does not exist."),
)
describe_domain, list_domains = DOMAIN.crud("describe list")
CHANGES = (
    "DefaultUserSettings",
    "DefaultSpaceSettings",
    "AppSecurityGroupManagement",
    "SubnetIds",
    "AppNetworkAccessType",
    "TagPropagation",
    "HomeEfsFileSystemCreation",
    "VpcId",
)


def create_domain(call: Call, request: JsonDict) -> JsonDict:
    """Keep a domain. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDomain.html

    Differs: it is InService at once; no file system, applications or single sign-on are made for it.
    """
    row = _made(call, request)
    return {"DomainArn": row.arn, "DomainId": row.name}


def where_projects_are_made(call: Call) -> str:
    """The id of the domain that a project is said to be made in: the account's oldest, which is made if there is none.

    At AWS people make projects in a domain's Studio, so code that deploys a project asks the project for its domain,
    and the domain for the role that models run as.
    """
    with call.write() as tx:
        c = table.c
        own = (c.account == call.account, c.region == call.region, c.kind == DOMAIN.kind)
        oldest = tx.one(sa.select(c.name).where(*own).order_by(c.created, c.name).limit(1))
        if oldest is not None:
            return str(oldest["name"])
        role = service_roles.arn(call.account, service_roles.USE_ROLE)
        return _made(call, {"DomainName": OWN, "AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": role}}).name


def _made(call: Call, request: JsonDict) -> Row:
    identifier = "d-" + "".join(secrets.choice(projects.LETTERS) for _ in range(12))
    return DOMAIN.create(call, request, name=identifier, document={"DomainId": identifier}, status="InService")


def update_domain(call: Call, request: JsonDict) -> JsonDict:
    """Change a domain's settings. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateDomain.html

    Errors: ResourceNotFound.
    """
    change = {name: request[name] for name in CHANGES if name in request}
    with call.write():
        row = DOMAIN.get(call, request["DomainId"])
        if "DomainSettingsForUpdate" in request:
            change["DomainSettings"] = {**row.document.get("DomainSettings", {}), **request["DomainSettingsForUpdate"]}
        DOMAIN.save(call, row, change)
    return {"DomainArn": row.arn}


def delete_domain(call: Call, request: JsonDict) -> JsonDict:
    """Delete a domain without users. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteDomain.html

    Errors: ResourceNotFound; ResourceInUse while it has user profiles or spaces.
    """
    with call.write() as tx:
        row = DOMAIN.get(call, request["DomainId"])
        c = table.c
        held = sa.select(c.arn).where(
            c.account == row.account, c.kind.in_(("UserProfile", "Space")), c.parent == row.name
        )
        if tx.one(held.limit(1)) is not None:
            text = f"Domain {row.name} still has user profiles or spaces: delete them first."
            raise AwsError("ResourceInUse", text)
        DOMAIN.remove(call, row)
    return {}
