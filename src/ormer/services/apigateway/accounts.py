"""The account's settings of API Gateway: which role would write logs."""

from __future__ import annotations

from typing import Any

from ormer.aws import arns
from ormer.aws.api_gateway_errors import bad_request
from ormer.stores import resources
from ormer.stores.port import Call

JsonDict = dict[str, Any]
KIND, NAME = "ApiGatewayAccount", "account"
ROLE = "cloudwatchRoleArn"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
DEFAULTS: JsonDict = {"throttleSettings": {"burstLimit": 5000, "rateLimit": 10_000.0}, "features": ["UsagePlans"]}


def get_account(call: Call, request: JsonDict) -> JsonDict:
    """Answer the account's settings. https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html

    Differs: nothing is throttled.
    """
    with call.read() as tx:
        row = resources.get(tx, _arn(call))
    return {**DEFAULTS, **(row.document if row is not None else {})}


def update_account(call: Call, request: JsonDict) -> JsonDict:
    """Name the role that would write logs. https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateAccount.html

    Differs: the role is kept, and no logs are written by it.
    Errors: BadRequestException for anything else.
    """
    document: JsonDict = {}
    for operation in request.get("patchOperations") or ():
        if operation.get("path") != f"/{ROLE}" or operation.get("op") not in ("replace", "remove"):
            raise bad_request(f"Invalid patch operation specified: only /{ROLE} of an account is replaced.")
        document[ROLE] = operation.get("value") or None
    if document.get(ROLE) and not arns.is_arn(document[ROLE]):
        raise bad_request("The role ARN does not have required permissions configured: it is no ARN of a role")
    with call.write() as tx:
        row = resources.get(tx, _arn(call))
        if row is None:
            resources.create(tx, arn=_arn(call), kind=KIND, name=NAME, document=document, now=call.now, event=False)
        else:
            resources.save(tx, row, document, now=call.now)
    return get_account(call, {})


def _arn(call: Call) -> str:
    return arns.arn("apigateway", call.region, call.account, "/account")
