"""Products: the project templates that come with ormer and the account's own, found by words, by name and by id.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-sm.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import pages
from ormer.stores import catalogs, offers, tagging
from ormer.stores.offers import Offer
from ormer.stores.port import Call
from ormer.stores.products import Product

JsonDict = dict[str, Any]
OWNER, TYPE = "Amazon SageMaker", "CLOUD_FORMATION_TEMPLATE"
GUIDANCE = "DEFAULT"
# What an owner says of a product besides its name.
SAID = ("Owner", "Type", "Distributor", "SupportEmail", "SupportDescription", "SupportUrl")


def search_products(call: Call, request: JsonDict) -> JsonDict:
    """Page through the products that the caller may launch, by words in their names and descriptions.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProducts.html
    Differs: the built-in templates are everybody's, but there are none while they are switched off; the account's root
    may launch every product that stands in a portfolio.
    """
    found, more = pages.page(_found(call, request, owner=False), request)
    return {
        "ProductViewSummaries": [summary(one.product) for one in found],
        "ProductViewAggregations": {},
        **more,
    }


def search_products_as_admin(call: Call, request: JsonDict) -> JsonDict:
    """Page through the products with what their owner sees of them; of one portfolio when it is named.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProductsAsAdmin.html
    Errors: ResourceNotFoundException for a portfolio that is not there.
    """
    found = _found(call, request, owner=True)
    if request.get("PortfolioId"):
        with call.read() as tx:
            portfolio = catalogs.find(tx, catalogs.PORTFOLIO, call.account, call.region, request["PortfolioId"])
        if portfolio is None:
            raise AwsError("ResourceNotFoundException", f"Portfolio {request['PortfolioId']} not found.")
        found = [one for one in found if one.product.product_id in portfolio.facts[catalogs.PRODUCTS]]
    shown, more = pages.page(found, request)
    return {"ProductViewDetails": [detail(call, one) for one in shown], **more}


def describe_product(call: Call, request: JsonDict) -> JsonDict:
    """Answer a product with its versions and launch paths, by id or by name.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProduct.html
    Errors: ResourceNotFoundException; InvalidParametersException without id and name.
    """
    offer = offer_of(call, request.get("Id"), request.get("Name"))
    return {
        "ProductViewSummary": summary(offer.product),
        "ProvisioningArtifacts": [artifact(one) for one in offer.versions],
        "Budgets": [],
        "LaunchPaths": [{"Id": key, "Name": name} for key, name in offer.paths.items()],
    }


def describe_product_as_admin(call: Call, request: JsonDict) -> JsonDict:
    """Answer a product with what its owner sees of it.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeProductAsAdmin.html
    Errors: ResourceNotFoundException; InvalidParametersException without id and name.
    """
    offer = offer_of(call, request.get("Id"), request.get("Name"), owner=True)
    return {
        "ProductViewDetail": detail(call, offer),
        "ProvisioningArtifactSummaries": [artifact(one) for one in offer.versions],
        "Tags": tags_of(call, offer),
        "TagOptions": [],
        "Budgets": [],
    }


# -- for the other nouns ------------------------------------------------------------------------------------------


def offer_of(call: Call, identifier: str | None, name: str | None, owner: bool = False) -> Offer:
    """The product of an id or a name. Raises ResourceNotFoundException or InvalidParametersException."""
    if not (identifier or name):
        raise AwsError("InvalidParametersException", "Give the product's id or its name.")
    with call.read() as tx:
        if identifier:
            found = offers.find(tx, call.identity, call.region, identifier, owner)
        else:
            every = offers.built_in() + offers.offers(tx, call.identity, call.region, owner)
            found = next((one for one in every if one.product.title == name), None)
    if found is None or name not in (None, found.product.title):
        raise AwsError("ResourceNotFoundException", f"Product {identifier or name} not found.")
    return found


def summary(product: Product) -> JsonDict:
    """A product as lists show it."""
    own = product.own or {"Owner": OWNER, "Type": TYPE, "Distributor": ""}
    return {
        **{name: own[name] for name in SAID if name in own},
        "Id": f"prodview-{product.product_id.removeprefix('prod-')}",
        "ProductId": product.product_id,
        "Name": product.title,
        "ShortDescription": product.description,
        "HasDefaultPath": False,
    }


def artifact(product: Product) -> JsonDict:
    """One version of a product."""
    own = next((one for one in _versions(product) if one["Id"] == product.artifact_id), {})
    return {
        "Id": product.artifact_id,
        "Name": product.version,
        "Description": own.get("Description", product.description),
        "CreatedTime": product.created,
        "Guidance": own.get("Guidance", GUIDANCE),
    }


def detail(call: Call, offer: Offer) -> JsonDict:
    """A product as its owner sees it."""
    product = offer.product
    return {
        "ProductViewSummary": summary(product),
        "Status": "AVAILABLE",
        "ProductARN": arns.arn(catalogs.SERVICE, call.region, call.account, f"product/{product.product_id}"),
        "CreatedTime": offer.row.created if offer.row else product.created,
    }


def tags_of(call: Call, offer: Offer) -> list[dict[str, str]]:
    """The tags of a product of the account's own."""
    if offer.row is None:
        return []
    with call.read() as tx:
        return tagging.listed(tx, offer.row.arn)


def _versions(product: Product) -> list[JsonDict]:
    return product.own[catalogs.VERSIONS] if product.own else []


def _found(call: Call, request: JsonDict, owner: bool) -> list[Offer]:
    with call.read() as tx:
        every = offers.offers(tx, call.identity, call.region, owner)
    filters = request.get("Filters", {})
    found = [one for one in every if all(_meets(one.product, *pair) for pair in filters.items())]
    if request.get("SortBy") == "Title":
        found.sort(key=lambda one: one.product.title)
    return found[::-1] if request.get("SortOrder") == "DESCENDING" else found


def _meets(product: Product, name: str, values: list[str]) -> bool:
    """Whether a filter lets a product through: any of its values does."""
    texts = {
        "FullTextSearch": f"{product.id} {product.title} {product.description} {product.product_id}",
        "Owner": product.own["Owner"] if product.own else OWNER,
        "ProductType": TYPE,
        "SourceProductId": product.product_id,
    }
    text = texts[name].lower()
    return any(all(word in text for word in value.lower().split()) for value in values)
