"""Projects' rows: the stack that a project stands on, and how what becomes of it is told.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProject.html
"""

from __future__ import annotations

import secrets
import string
from typing import Any

import sqlalchemy as sa

from ormer.stores.database import Tx, upsert
from ormer.stores.resources import Row
from ormer.stores.tables import settings

JsonDict = dict[str, Any]
KIND = "Project"
NAME_TAG, ID_TAG = "sagemaker:project-name", "sagemaker:project-id"
NAME_PARAMETER, ID_PARAMETER = "SageMakerProjectName", "SageMakerProjectId"
CATALOG, PROVIDERS = "ServiceCatalogProvisionedProductDetails", "TemplateProviderDetails"
LETTERS = string.ascii_lowercase + string.digits
# A stack detail needs a message.
AS_WANTED = "The stack is as wanted."
ENABLED, DISABLED = "Enabled", "Disabled"


def new_id() -> str:
    """An id such as AWS's: `p-` and twelve letters."""
    return "p-" + "".join(secrets.choice(LETTERS) for _ in range(12))


def told(project: Row, text: str) -> JsonDict:
    """The members of a project that say what became of its stack."""
    if PROVIDERS in project.document:
        detail = project.document[PROVIDERS][0]["CfnTemplateProviderDetail"]
        stack = {**detail["StackDetail"], "StatusMessage": text or AS_WANTED}
        return {PROVIDERS: [{"CfnTemplateProviderDetail": {**detail, "StackDetail": stack}}]}
    return {CATALOG: {**project.document.get(CATALOG, {}), "ProvisionedProductStatusMessage": text}}


# -- whether templates may be used --------------------------------------------------------------------------------


def portfolio_status(tx: Tx, account: str, region: str) -> str:
    """ENABLED or DISABLED: whether the account's people may make projects of the built-in templates."""
    row = tx.one(sa.select(settings.c.value).where(settings.c.name == _portfolio(account, region)))
    return DISABLED if row is not None and row["value"] == DISABLED else ENABLED


def set_portfolio_status(tx: Tx, account: str, region: str, status: str) -> None:
    """status: ENABLED or DISABLED."""
    tx.execute(upsert(tx, settings, ["name"], {"name": _portfolio(account, region), "value": status}))


def _portfolio(account: str, region: str) -> str:
    return f"servicecatalog_portfolio:{account}:{region}"
