"""Versions of the account's own products: added, changed and deleted.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/productmgmt-newversion.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import own_templates
from ormer.services.servicecatalog.products import offer_of
from ormer.services.servicecatalog.provisioning_artifacts import version_detail
from ormer.services.servicecatalog.rows import product_of
from ormer.stores import catalogs, resources
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
CHANGEABLE = ("Name", "Description", "Active", "Guidance")


def create_provisioning_artifact(call: Call, request: JsonDict) -> JsonDict:
    """Add a version to a product; its template is read now and kept.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisioningArtifact.html
    Errors: ResourceNotFoundException; InvalidParametersException.
    """
    parameters = request["Parameters"]
    product_of(call, request["ProductId"])
    version, template = own_templates.take_in(call, request["ProductId"], parameters)
    with call.write() as tx:
        row = product_of(call, request["ProductId"])
        templates = {**row.facts[catalogs.TEMPLATES], version["Id"]: template}
        change = {catalogs.VERSIONS: [*row.document[catalogs.VERSIONS], version]}
        resources.save(tx, row, change, now=call.now, facts={**row.facts, catalogs.TEMPLATES: templates})
    return _answer(call, row.name, version["Id"])


def update_provisioning_artifact(call: Call, request: JsonDict) -> JsonDict:
    """Change a version: its words, whether it can be launched, and whether people should use another.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProvisioningArtifact.html
    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        row = product_of(call, request["ProductId"])
        wanted = _version(row, request["ProvisioningArtifactId"])
        change = {name: request[name] for name in CHANGEABLE if name in request}
        versions = [one | (change if one is wanted else {}) for one in row.document[catalogs.VERSIONS]]
        resources.save(tx, row, {catalogs.VERSIONS: versions}, now=call.now)
    return _answer(call, row.name, wanted["Id"])


def delete_provisioning_artifact(call: Call, request: JsonDict) -> JsonDict:
    """Delete a version; the last one goes with its product.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DeleteProvisioningArtifact.html
    Errors: ResourceNotFoundException; ResourceInUseException for the last one.
    """
    with call.write() as tx:
        row = product_of(call, request["ProductId"])
        gone = _version(row, request["ProvisioningArtifactId"])
        left = [one for one in row.document[catalogs.VERSIONS] if one is not gone]
        if not left:
            raise AwsError("ResourceInUseException", f"{gone['Id']} is the only version of product {row.name}.")
        templates = {key: value for key, value in row.facts[catalogs.TEMPLATES].items() if key != gone["Id"]}
        own_templates.forget(call, row.name, [gone["Id"]])
        facts = {**row.facts, catalogs.TEMPLATES: templates}
        resources.save(tx, row, {catalogs.VERSIONS: left}, now=call.now, facts=facts)
    return {}


def _version(row: Row, identifier: str) -> JsonDict:
    for one in row.document[catalogs.VERSIONS]:
        if one["Id"] == identifier:
            return one  # type: ignore[no-any-return]
    raise AwsError("ResourceNotFoundException", f"ProvisioningArtifact {identifier} not found.")


def _answer(call: Call, product_id: str, version_id: str) -> JsonDict:
    version = offer_of(call, product_id, None, owner=True).version(version_id)
    assert version is not None, "it was written before"
    return {"ProvisioningArtifactDetail": version_detail(version), "Info": {}, "Status": "AVAILABLE"}
