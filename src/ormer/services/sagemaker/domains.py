"""Domains: kept, tagged and described. Their tag `sagemaker:projectS3TemplatesLocation` says where a team's own project
templates lie; nothing else of a domain is set up.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.stores import projects
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

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
    identifier = "d-" + "".join(secrets.choice(projects.LETTERS) for _ in range(12))
    row = DOMAIN.create(call, request, name=identifier, document={"DomainId": identifier}, status="InService")
    return {"DomainArn": row.arn, "DomainId": identifier}


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

    Errors: ResourceNotFound; ResourceInUse while it has user profiles.
    """
    with call.write() as tx:
        row = DOMAIN.get(call, request["DomainId"])
        c = table.c
        held = sa.select(c.arn).where(c.account == row.account, c.kind == "UserProfile", c.parent == row.name)
        if tx.one(held.limit(1)) is not None:
            text = f"Domain {row.name} still has user profiles: delete them first."
            raise AwsError("ResourceInUse", text)
        DOMAIN.remove(call, row)
    return {}
