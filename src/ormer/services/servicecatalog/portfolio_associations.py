"""What a portfolio holds, and to whom it is open.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_users.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import pages
from ormer.services.servicecatalog.rows import portfolio_of, product_of
from ormer.stores import catalogs, resources
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]


def associate_product_with_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Put a product into a portfolio; once more changes nothing.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociateProductWithPortfolio.html
    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        portfolio, product = portfolio_of(call, request["PortfolioId"]), product_of(call, request["ProductId"])
        held = portfolio.facts[catalogs.PRODUCTS]
        if product.name not in held:
            _note(tx, call, portfolio, {catalogs.PRODUCTS: [*held, product.name]})
    return {}


def disassociate_product_from_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Take a product out of a portfolio. What was made of it stays.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DisassociateProductFromPortfolio.html
    Errors: ResourceNotFoundException; ResourceInUseException while constraints are on it.
    """
    with call.write() as tx:
        portfolio, product = portfolio_of(call, request["PortfolioId"]), request["ProductId"]
        held = portfolio.facts[catalogs.PRODUCTS]
        if product not in held:
            raise AwsError("ResourceNotFoundException", f"Product {product} is not in portfolio {portfolio.name}.")
        if catalogs.constraints(tx, portfolio, product):
            text = f"Constraints are on product {product} in portfolio {portfolio.name}: delete them first."
            raise AwsError("ResourceInUseException", text)
        _note(tx, call, portfolio, {catalogs.PRODUCTS: [one for one in held if one != product]})
    return {}


def list_portfolios_for_product(call: Call, request: JsonDict) -> JsonDict:
    """Page through the portfolios that hold a product.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListPortfoliosForProduct.html
    Errors: ResourceNotFoundException.
    """
    product = product_of(call, request["ProductId"])
    with call.read() as tx:
        found = catalogs.holding(tx, call.account, call.region, product.name)
    shown, more = pages.page([row.document for row in found], request)
    return {"PortfolioDetails": shown, **more}


def associate_principal_with_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Open a portfolio to a user, a group or a role; once more changes nothing.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
    Differs: a group's members are not looked up; only users and roles get in by it.
    Errors: ResourceNotFoundException; InvalidParametersException for what is no ARN of IAM's.
    """
    principal = {"PrincipalARN": request["PrincipalARN"], "PrincipalType": request["PrincipalType"]}
    if not arns.is_arn(principal["PrincipalARN"]) or arns.parse(principal["PrincipalARN"]).service != "iam":
        text = f"Invalid principal ARN {principal['PrincipalARN']}: give the ARN of a user, a group or a role."
        raise AwsError("InvalidParametersException", text)
    with call.write() as tx:
        portfolio = portfolio_of(call, request["PortfolioId"])
        known = portfolio.facts[catalogs.PRINCIPALS]
        if principal not in known:
            _note(tx, call, portfolio, {catalogs.PRINCIPALS: [*known, principal]})
    return {}


def disassociate_principal_from_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Close a portfolio to somebody it was opened to.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DisassociatePrincipalFromPortfolio.html
    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        portfolio = portfolio_of(call, request["PortfolioId"])
        known = portfolio.facts[catalogs.PRINCIPALS]
        left = [one for one in known if one["PrincipalARN"] != request["PrincipalARN"]]
        if left == known:
            text = f"Portfolio {portfolio.name} is not open to {request['PrincipalARN']}."
            raise AwsError("ResourceNotFoundException", text)
        _note(tx, call, portfolio, {catalogs.PRINCIPALS: left})
    return {}


def list_principals_for_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Page through those whom a portfolio is open to.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListPrincipalsForPortfolio.html
    Errors: ResourceNotFoundException.
    """
    portfolio = portfolio_of(call, request["PortfolioId"])
    shown, more = pages.page(portfolio.facts[catalogs.PRINCIPALS], request)
    return {"Principals": shown, **more}


def _note(tx: Tx, call: Call, row: Row, facts: JsonDict) -> None:
    resources.save(tx, row, {}, now=call.now, facts={**row.facts, **facts})
