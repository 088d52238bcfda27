"""Constraints: as which role a product of a portfolio is launched.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
"""

from __future__ import annotations

import json
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.servicecatalog import pages
from ormer.services.servicecatalog.rows import constraint_of, portfolio_of
from ormer.stores import catalogs, resources
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
ROLES = ("RoleArn", "LocalRoleName")


def create_constraint(call: Call, request: JsonDict) -> JsonDict:
    """Say as which role a product of a portfolio is launched.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html
    Differs: there are launch constraints only.
    Errors: ResourceNotFoundException for a product that is not in the portfolio; DuplicateResourceException for a
    second one; InvalidParametersException.
    """
    given = _checked(request)
    identifier = catalogs.new_id(catalogs.PREFIXES[catalogs.CONSTRAINT])
    with call.write() as tx:
        portfolio, product = portfolio_of(call, request["PortfolioId"]), request["ProductId"]
        if product not in portfolio.facts[catalogs.PRODUCTS]:
            raise AwsError("ResourceNotFoundException", f"Product {product} is not in portfolio {portfolio.name}.")
        if catalogs.launch_role(tx, portfolio, product) is not None:
            text = f"Product {product} of portfolio {portfolio.name} has a launch constraint: delete it first."
            raise AwsError("DuplicateResourceException", text)
        row = resources.create(
            tx,
            arn=catalogs.arn_of(catalogs.CONSTRAINT, call.account, call.region, identifier),
            kind=catalogs.CONSTRAINT,
            name=identifier,
            parent=portfolio.arn,
            document={
                "ConstraintId": identifier,
                "Type": request["Type"],
                "Description": request.get("Description", ""),
                "Owner": call.account,
                "ProductId": product,
                "PortfolioId": portfolio.name,
            },
            now=call.now,
            facts={"parameters": json.dumps(given)},
        )
    assert row is not None, "its id is new"
    return _answer(row)


def describe_constraint(call: Call, request: JsonDict) -> JsonDict:
    """Answer a constraint.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeConstraint.html
    Errors: ResourceNotFoundException.
    """
    return _answer(constraint_of(call, request["Id"]))


def delete_constraint(call: Call, request: JsonDict) -> JsonDict:
    """Delete a constraint: whoever launches the product then does so as themselves.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DeleteConstraint.html
    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        resources.delete(tx, constraint_of(call, request["Id"]).arn)
    return {}


def list_constraints_for_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Page through the constraints of a portfolio, of one product when it is named.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ListConstraintsForPortfolio.html
    Errors: ResourceNotFoundException.
    """
    portfolio = portfolio_of(call, request["PortfolioId"])
    with call.read() as tx:
        found = [one.document for one in catalogs.constraints(tx, portfolio, request.get("ProductId"))]
    shown, more = pages.page(found, request)
    return {"ConstraintDetails": shown, **more}


def _checked(request: JsonDict) -> JsonDict:
    """The parameters of a launch constraint. Raises InvalidParametersException."""
    if request["Type"] != catalogs.LAUNCH:
        raise _invalid(f"ormer has {catalogs.LAUNCH} constraints only, no {request['Type']} ones: leave it out.")
    try:
        given = json.loads(request["Parameters"])
    except ValueError:
        given = None
    named = [name for name in ROLES if isinstance(given, dict) and isinstance(given.get(name), str)]
    if len(named) != 1 or (named == ["RoleArn"] and not arns.is_arn(given["RoleArn"])):
        raise _invalid('Parameters of a launch constraint are {"RoleArn": "arn:…"} or {"LocalRoleName": "…"}.')
    return {named[0]: given[named[0]]}


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidParametersException", text)


def _answer(row: Row) -> JsonDict:
    return {
        "ConstraintDetail": row.document,
        "ConstraintParameters": row.facts["parameters"],
        "Status": "AVAILABLE",
    }
