"""Whether the built-in project templates may be used: switched on unless somebody switched them off.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-studio-updates.html
"""

from __future__ import annotations

from typing import Any

from ormer.stores import projects
from ormer.stores.port import Call

JsonDict = dict[str, Any]


def enable_sagemaker_servicecatalog_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Let projects be made of the built-in templates.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_EnableSagemakerServicecatalogPortfolio.html
    """
    _switch(call, projects.ENABLED)
    return {}


def disable_sagemaker_servicecatalog_portfolio(call: Call, request: JsonDict) -> JsonDict:
    """Let no further projects be made of the built-in templates; those that stand go on.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DisableSagemakerServicecatalogPortfolio.html
    """
    _switch(call, projects.DISABLED)
    return {}


def get_sagemaker_servicecatalog_portfolio_status(call: Call, request: JsonDict) -> JsonDict:
    """Whether the built-in templates may be used.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_GetSagemakerServicecatalogPortfolioStatus.html
    Differs: Enabled before anybody chose.
    """
    with call.read() as tx:
        return {"Status": projects.portfolio_status(tx, call.account, call.region)}


def _switch(call: Call, status: str) -> None:
    with call.write() as tx:
        projects.set_portfolio_status(tx, call.account, call.region, status, by=call.identity.arn, now=call.now)
