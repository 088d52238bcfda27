"""Portfolios: made, changed, listed and deleted.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import pages
from ormer.services.servicecatalog.rows import portfolio_of, retag
from ormer.stores import catalogs, resources
from ormer.stores.nouns import tags_of, unique_tags
from ormer.stores.port import Call

JsonDict = dict[str, Any]
CHANGEABLE = ("DisplayName", "Description", "ProviderName")


def create_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Make a portfolio, of no products and open to nobody.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html
    """
    identifier = catalogs.new_id(catalogs.PREFIXES[catalogs.PORTFOLIO])
    arn = catalogs.arn_of(catalogs.PORTFOLIO, call.account, call.region, identifier)
    tags = unique_tags(request.get("Tags", ()))
    said = {name: request[name] for name in CHANGEABLE if name in request}
    document = {**said, "Id": identifier, "ARN": arn, "CreatedTime": call.now}
    with call.write() as tx:
        resources.create(
            tx,
            arn=arn,
            kind=catalogs.PORTFOLIO,
            name=identifier,
            document=document,
            now=call.now,
            facts={catalogs.PRODUCTS: [], catalogs.PRINCIPALS: []},
            tag_list=tags,
        )
    return {"PortfolioDetail": document, "Tags": tags}


def describe_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Answer a portfolio with its tags.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribePortfolio.html
    Errors: ResourceNotFoundException.
    """
    row = portfolio_of(call, request["Id"])
    return {"PortfolioDetail": row.document, "Tags": tags_of(call, row.arn), "TagOptions": [], "Budgets": []}


def update_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Change what a portfolio is called and its tags.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdatePortfolio.html
    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        row = portfolio_of(call, request["Id"])
        change = {name: request[name] for name in CHANGEABLE if name in request}
        row = resources.save(tx, row, change, now=call.now)
        tags = retag(tx, row.arn, request)
    return {"PortfolioDetail": row.document, "Tags": tags}


def delete_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Delete a portfolio that holds nothing any more.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DeletePortfolio.html
    Errors: ResourceNotFoundException; ResourceInUseException while products, principals or constraints are in it.
    """
    with call.write() as tx:
        row = portfolio_of(call, request["Id"])
        held = {
            "products": row.facts[catalogs.PRODUCTS],
            "principals": row.facts[catalogs.PRINCIPALS],
            "constraints": catalogs.constraints(tx, row),
        }
        left = [what for what, found in held.items() if found]
        if left:
            text = f"Portfolio {row.name} still has {' and '.join(left)}: take them out of it first."
            raise AwsError("ResourceInUseException", text)
        resources.delete(tx, row.arn)
    return {}


def list_portfolios(call: Call, request: JsonDict) -> JsonDict:
    """Page through the account's portfolios.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListPortfolios.html
    """
    with call.read() as tx:
        found = catalogs.listed(tx, catalogs.PORTFOLIO, call.account, call.region)
    shown, more = pages.page([row.document for row in found], request)
    return {"PortfolioDetails": shown, **more}
