"""Products: the project templates that come with ormer, found by words, by name and by id.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-sm.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import pages
from ormer.stores import products, projects
from ormer.stores.port import Call
from ormer.stores.products import Product

JsonDict = dict[str, Any]
OWNER, TYPE = "Amazon SageMaker", "CLOUD_FORMATION_TEMPLATE"
# Every template of today came with this day's release.
CREATED = 1_764_028_800.0
GUIDANCE = "DEFAULT"


def search_products(call: Call, request: JsonDict) -> JsonDict:
    """Page through the products that a project can be made of, by words in their names and descriptions.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProducts.html
    Differs: there are none while the project templates are switched off, as for people without the portfolio.
    """
    found, more = pages.page(_found(call, request), request)
    return {"ProductViewSummaries": [summary(one) for one in found], "ProductViewAggregations": {}, **more}


def search_products_as_admin(call: Call, request: JsonDict) -> JsonDict:
    """Page through the products with what their owner sees of them.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProductsAsAdmin.html
    """
    found, more = pages.page(_found(call, request), request)
    return {"ProductViewDetails": [_detail(call, one) for one in found], **more}


def describe_product(call: Call, request: JsonDict) -> JsonDict:
    """Answer a product with its versions and launch paths, by id or by name.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProduct.html
    Errors: ResourceNotFoundException; InvalidParametersException without id and name.
    """
    product = product_of(request.get("Id"), request.get("Name"))
    return {
        "ProductViewSummary": summary(product),
        "ProvisioningArtifacts": [artifact(product)],
        "Budgets": [],
        "LaunchPaths": [{"Id": product.path_id, "Name": products.LAUNCH_PATH}],
    }


def describe_product_as_admin(call: Call, request: JsonDict) -> JsonDict:
    """Answer a product with what its owner sees of it.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProductAsAdmin.html
    Errors: ResourceNotFoundException; InvalidParametersException without id and name.
    """
    product = product_of(request.get("Id"), request.get("Name"))
    return {
        "ProductViewDetail": _detail(call, product),
        "ProvisioningArtifactSummaries": [artifact(product)],
        "Tags": [],
        "TagOptions": [],
        "Budgets": [],
    }


# -- for the other nouns ------------------------------------------------------------------------------------------


def product_of(identifier: str | None, name: str | None) -> Product:
    """The product of an id or a name. Raises ResourceNotFoundException or InvalidParametersException."""
    if not (identifier or name):
        raise AwsError("InvalidParametersException", "Give the product's id or its name.")
    found = next(
        (one for one in products.products() if identifier in (None, one.product_id) and name in (None, one.title)), None
    )
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Product {identifier or name} not found.")
    return found


def summary(product: Product) -> JsonDict:
    """A product as lists show it."""
    return {
        "Id": f"prodview-{product.product_id.removeprefix('prod-')}",
        "ProductId": product.product_id,
        "Name": product.title,
        "Owner": OWNER,
        "ShortDescription": product.description,
        "Type": TYPE,
        "Distributor": "",
        "HasDefaultPath": False,
    }


def artifact(product: Product) -> JsonDict:
    """A product's one version."""
    return {
        "Id": product.artifact_id,
        "Name": products.VERSION,
        "Description": product.description,
        "CreatedTime": CREATED,
        "Guidance": GUIDANCE,
    }


def _detail(call: Call, product: Product) -> JsonDict:
    arn = arns.arn("catalog", call.region, call.account, f"product/{product.product_id}")
    return {"ProductViewSummary": summary(product), "Status": "AVAILABLE", "ProductARN": arn, "CreatedTime": CREATED}


def _found(call: Call, request: JsonDict) -> list[Product]:
    with call.read() as tx:
        if projects.portfolio_status(tx, call.account, call.region) == projects.DISABLED:
            return []
    filters = request.get("Filters", {})
    found = [one for one in products.products() if all(_meets(one, *pair) for pair in filters.items())]
    if request.get("SortBy") == "Title":
        found.sort(key=lambda one: one.title)
    return found[::-1] if request.get("SortOrder") == "DESCENDING" else found


def _meets(product: Product, name: str, values: list[str]) -> bool:
    """Whether a filter lets a product through: any of its values does."""
    texts = {
        "FullTextSearch": f"{product.id} {product.title} {product.description} {product.product_id}",
        "Owner": OWNER,
        "ProductType": TYPE,
        "SourceProductId": product.product_id,
    }
    text = texts[name].lower()
    return any(all(word in text for word in value.lower().split()) for value in values)
