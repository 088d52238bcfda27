"""Products of the account's own: made of a template in S3, changed and deleted.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_products.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import own_templates
from ormer.services.servicecatalog.products import TYPE, detail, offer_of
from ormer.services.servicecatalog.provisioning_artifacts import version_detail
from ormer.services.servicecatalog.rows import product_of, retag
from ormer.stores import catalogs, resources
from ormer.stores.nouns import unique_tags
from ormer.stores.port import Call

JsonDict = dict[str, Any]
CHANGEABLE = ("Name", "Owner", "Distributor", "SupportEmail", "SupportDescription", "SupportUrl")


def create_product(call: Call, request: JsonDict) -> JsonDict:
    """Make a product with its first version; its template is read now and kept.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProduct.html
    Differs: products are CloudFormation templates in S3; a SourceConnection is refused.
    Errors: InvalidParametersException.
    """
    parameters = request.get("ProvisioningArtifactParameters")
    if request["ProductType"] != TYPE or not parameters:
        text = f"Products here are templates: give ProductType {TYPE} and ProvisioningArtifactParameters."
        raise AwsError("InvalidParametersException", text)
    identifier = catalogs.new_id(catalogs.PREFIXES[catalogs.PRODUCT])
    version, template = own_templates.take_in(call, identifier, parameters)
    said = {name: request[name] for name in CHANGEABLE if name in request}
    tags = unique_tags(request.get("Tags", ()))
    with call.write() as tx:
        resources.create(
            tx,
            arn=catalogs.arn_of(catalogs.PRODUCT, call.account, call.region, identifier),
            kind=catalogs.PRODUCT,
            name=identifier,
            document={
                **said,
                "ShortDescription": request.get("Description", ""),
                "Type": TYPE,
                catalogs.VERSIONS: [version],
            },
            now=call.now,
            facts={catalogs.TEMPLATES: {version["Id"]: template}},
            tag_list=tags,
        )
    offer = offer_of(call, identifier, None, owner=True)
    return {
        "ProductViewDetail": detail(call, offer),
        "ProvisioningArtifactDetail": version_detail(offer.product),
        "Tags": tags,
    }


def update_product(call: Call, request: JsonDict) -> JsonDict:
    """Change what a product is called, who supports it, and its tags.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProduct.html
    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        row = product_of(call, request["Id"])
        change = {name: request[name] for name in CHANGEABLE if name in request}
        if "Description" in request:
            change["ShortDescription"] = request["Description"]
        resources.save(tx, row, change, now=call.now)
        tags = retag(tx, row.arn, request)
    return {"ProductViewDetail": detail(call, offer_of(call, request["Id"], None, owner=True)), "Tags": tags}


def delete_product(call: Call, request: JsonDict) -> JsonDict:
    """Delete a product that stands in no portfolio, with its versions. What was made of it stays.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DeleteProduct.html
    Errors: ResourceNotFoundException; ResourceInUseException.
    """
    with call.write() as tx:
        row = product_of(call, request["Id"])
        held = [one.name for one in catalogs.holding(tx, call.account, call.region, row.name)]
        if held:
            text = f"Product {row.name} is in the portfolios {', '.join(held)}: take it out of them first."
            raise AwsError("ResourceInUseException", text)
        own_templates.forget(call, row.name, row.facts[catalogs.TEMPLATES])
        resources.delete(tx, row.arn)
    return {}
