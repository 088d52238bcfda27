"""Integrations: what answers for a method."""

from __future__ import annotations

import re
from typing import Any

from ormer.aws import arns
from ormer.aws.api_gateway_errors import bad_request, not_found
from ormer.aws.rest_apis import CALLER, STAGE_VARIABLE, backend, is_understood
from ormer.services.apigateway.methods import answer_of, method_of, save_method
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
TIMEOUT_MS_MIN, TIMEOUT_MS_MAX = 50, 29_000
KINDS = ("AWS", "AWS_PROXY", "MOCK")
PASSTHROUGHS = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
NOT_KEPT = ("restApiId", "resourceId", "httpMethod", "integrationHttpMethod")
SOURCE = re.compile(
    r"'[^']*'|method\.request\.(?:path|querystring|header|multivaluequerystring)\.[!-~]+|stageVariables\.\w+"
)
TARGET = re.compile(r"integration\.request\.(?:path|querystring|header)\.[!-~]+")
ANSWER_SOURCE = re.compile(r"'[^']*'|integration\.response\.header\.[!-~]+|stageVariables\.\w+")
ANSWER_TARGET = re.compile(r"method\.response\.header\.[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def put_integration(call: Call, request: JsonDict) -> JsonDict:
    """Say what answers for a method. https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html

    Differs: SageMaker endpoints and Lambda functions can be reached, and MOCK; no other services, no other hosts.
    Mapping templates hand the body on as it came, or are texts in which nothing is filled in.
    Errors: BadRequestException, NotFoundException.
    """
    _check(call, request)
    with call.write() as tx:
        row, method = method_of(tx, call, request)
        kept = {name: value for name, value in request.items() if name not in NOT_KEPT}
        verb = request.get("integrationHttpMethod")
        made = {
            "passthroughBehavior": "WHEN_NO_MATCH",
            "timeoutInMillis": TIMEOUT_MS_MAX,
            "cacheNamespace": request["resourceId"],
            "cacheKeyParameters": [],
            **kept,
            **({"httpMethod": verb} if verb else {}),
        }
        save_method(tx, call, row, {**method, "methodIntegration": made})
    return made


def get_integration(call: Call, request: JsonDict) -> JsonDict:
    """Answer what answers for a method. https://docs.aws.amazon.com/apigateway/latest/api/API_GetIntegration.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return _integration(method_of(tx, call, request)[1])


def delete_integration(call: Call, request: JsonDict) -> JsonDict:
    """Take a method's integration away. https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteIntegration.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row, method = method_of(tx, call, request)
        _integration(method)
        save_method(tx, call, row, {name: value for name, value in method.items() if name != "methodIntegration"})
    return {}


def put_integration_response(call: Call, request: JsonDict) -> JsonDict:
    """Say how an integration's answer becomes the method's.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html
    Errors: BadRequestException, NotFoundException.
    """
    _check_answer(request)
    with call.write() as tx:
        row, method = method_of(tx, call, request)
        integration = _integration(method)
        answer_of(method.get("methodResponses"), request)
        members = ("statusCode", "selectionPattern", "responseParameters", "responseTemplates", "contentHandling")
        made = {name: request[name] for name in members if name in request}
        answers = {**(integration.get("integrationResponses") or {}), request["statusCode"]: made}
        save_method(tx, call, row, {**method, "methodIntegration": {**integration, "integrationResponses": answers}})
    return made


def get_integration_response(call: Call, request: JsonDict) -> JsonDict:
    """Answer how an integration's answer becomes the method's.

    https://docs.aws.amazon.com/apigateway/latest/api/API_GetIntegrationResponse.html
    Errors: NotFoundException.
    """
    with call.read() as tx:
        integration = _integration(method_of(tx, call, request)[1])
    return answer_of(integration.get("integrationResponses"), request)


def delete_integration_response(call: Call, request: JsonDict) -> JsonDict:
    """Take back how an integration's answer becomes the method's.

    https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteIntegrationResponse.html
    Errors: NotFoundException.
    """
    with call.write() as tx:
        row, method = method_of(tx, call, request)
        integration = _integration(method)
        answer_of(integration.get("integrationResponses"), request)
        answers = integration["integrationResponses"]
        kept = {code: each for code, each in answers.items() if code != request["statusCode"]}
        save_method(tx, call, row, {**method, "methodIntegration": {**integration, "integrationResponses": kept}})
    return {}


def _integration(method: JsonDict) -> JsonDict:
    found: JsonDict | None = method.get("methodIntegration")
    if found is None:
        raise not_found("Invalid Integration identifier specified")
    return found


def _check(call: Call, request: JsonDict) -> None:
    kind = request["type"]
    if kind not in KINDS:
        text = "Integrations of the type {} are not there: requests are not sent to other hosts. Use {}."
        raise bad_request(text.format(kind, ", ".join(KINDS)))
    if request.get("connectionType") == "VPC_LINK":
        raise bad_request("VPC links are not there.")
    behavior = request.get("passthroughBehavior", PASSTHROUGHS[0])
    if behavior not in PASSTHROUGHS:
        raise bad_request(
            f"Invalid passthrough behavior specified: {behavior}. Choose one of {', '.join(PASSTHROUGHS)}."
        )
    if not TIMEOUT_MS_MIN <= int(request.get("timeoutInMillis") or TIMEOUT_MS_MAX) <= TIMEOUT_MS_MAX:
        raise bad_request(f"Timeout should be between {TIMEOUT_MS_MIN} ms and {TIMEOUT_MS_MAX} ms")
    _check_templates(request.get("requestTemplates") or {})
    _check_parameters(request.get("requestParameters") or {}, TARGET, SOURCE)
    if kind != "MOCK":
        _check_backend(call, kind, request)


def _check_backend(call: Call, kind: str, request: JsonDict) -> None:
    uri, credentials = request.get("uri") or "", request.get("credentials") or ""
    if not request.get("integrationHttpMethod"):
        raise bad_request("Enumeration value for HttpMethod must be non-empty")
    if credentials and not CALLER.fullmatch(credentials):
        if not arns.is_arn(credentials) or ":role/" not in credentials:
            raise bad_request("Invalid ARN specified in the request")
        if arns.parse(credentials).account != call.account:
            raise bad_request("Cross-account pass role is not allowed.")
    try:
        found = backend(STAGE_VARIABLE.sub("x", uri))
    except ValueError as error:
        raise bad_request(str(error)) from None
    if found.kind == "endpoint" and kind == "AWS_PROXY":
        raise bad_request("Integrations of type 'AWS_PROXY' currently only supports Lambda function invocations.")
    if found.kind == "endpoint" and not credentials:
        raise bad_request("Role ARN must be specified for AWS integrations")
    if found.kind == "function" and request["integrationHttpMethod"] != "POST":
        raise bad_request("Lambda functions are invoked by POST: set the integration's HTTP method to POST.")


def _check_answer(request: JsonDict) -> None:
    _check_templates(request.get("responseTemplates") or {})
    _check_parameters(request.get("responseParameters") or {}, ANSWER_TARGET, ANSWER_SOURCE)
    try:
        re.compile(request.get("selectionPattern") or "")
    except re.error as error:
        raise bad_request(f"Invalid selection pattern specified: {error}") from None


def _check_templates(templates: dict[str, str]) -> None:
    for kind, template in templates.items():
        if not is_understood(template or ""):
            raise bad_request(
                f"The mapping template for {kind} cannot be evaluated here: write $input.json('$') or $input.body to "
                "hand the body on as it is, or a text without $ and #."
            )


def _check_parameters(given: dict[str, str], target: re.Pattern[str], source: re.Pattern[str]) -> None:
    for name, value in given.items():
        if target.fullmatch(name) is None or source.fullmatch(value) is None:
            raise bad_request(f"Invalid mapping expression specified: Validation Result: {name} from {value}")
