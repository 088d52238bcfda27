"""Methods of a resource, and the answers they may give."""

from __future__ import annotations

from typing import Any

from ormer.aws.api_gateway_errors import bad_request, conflict, not_found
from ormer.aws.rest_apis import METHODS
from ormer.services.apigateway.refusals import api_of, part_of
from ormer.stores import resources, rest_apis
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
AUTHORIZATIONS = ("NONE", "AWS_IAM")
NO_METHOD = "Invalid Method identifier specified"
METHOD = ("httpMethod", "authorizationType", "operationName", "requestParameters", "requestModels")
ANSWER = ("statusCode", "responseParameters", "responseModels")


def put_method(call: Call, request: JsonDict) -> JsonDict:
    """Add a method to a path. https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html

    Differs: authorizers, API keys and request validators are not there and are refused; models are kept and not asked.
    Errors: BadRequestException, ConflictException, NotFoundException.
    """
    name = request["httpMethod"]
    if name not in METHODS:
        raise bad_request(f"Invalid HTTP method specified: {name}. Choose one of {', '.join(sorted(METHODS))}.")
    _check(request)
    with call.write() as tx:
        row = _resource(tx, call, request)
        methods = row.document.get("resourceMethods") or {}
        if name in methods:
            raise conflict("Method already exists for this resource")
        made = {"apiKeyRequired": False, **_members(request, METHOD)}
        save_method(tx, call, row, made)
    return made


def get_method(call: Call, request: JsonDict) -> JsonDict:
    """Answer a method with its integration. https://docs.aws.amazon.com/apigateway/latest/api/API_GetMethod.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return method_of(tx, call, request)[1]


def delete_method(call: Call, request: JsonDict) -> JsonDict:
    """Take a method from a path. https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteMethod.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row, method = method_of(tx, call, request)
        kept = {name: each for name, each in row.document["resourceMethods"].items() if name != method["httpMethod"]}
        resources.save(tx, row, {"resourceMethods": kept}, now=call.now)
    return {}


def put_method_response(call: Call, request: JsonDict) -> JsonDict:
    """Say that a method may answer with a status. https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethodResponse.html

    Errors: BadRequestException, ConflictException, NotFoundException.
    """
    if request["statusCode"].startswith("1"):
        raise bad_request("A status code that begins with 1 ends no request. Choose one between 200 and 599.")
    with call.write() as tx:
        row, method = method_of(tx, call, request)
        answers = method.get("methodResponses") or {}
        if request["statusCode"] in answers:
            raise conflict("Response already exists for this resource")
        made = _members(request, ANSWER)
        save_method(tx, call, row, {**method, "methodResponses": {**answers, request["statusCode"]: made}})
    return made


def get_method_response(call: Call, request: JsonDict) -> JsonDict:
    """Answer what a method may answer with a status. https://docs.aws.amazon.com/apigateway/latest/api/API_GetMethodResponse.html

    Errors: NotFoundException.
    """
    with call.read() as tx:
        return answer_of(method_of(tx, call, request)[1].get("methodResponses"), request)


def delete_method_response(call: Call, request: JsonDict) -> JsonDict:
    """Take back that a method may answer with a status. https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteMethodResponse.html

    Errors: NotFoundException.
    """
    with call.write() as tx:
        row, method = method_of(tx, call, request)
        answer_of(method.get("methodResponses"), request)
        kept = {code: each for code, each in method["methodResponses"].items() if code != request["statusCode"]}
        save_method(tx, call, row, {**method, "methodResponses": kept})
    return {}


def answer_of(answers: JsonDict | None, request: JsonDict) -> JsonDict:
    """The answer of the status code that a request names. Raises NotFoundException."""
    found: JsonDict | None = (answers or {}).get(request["statusCode"])
    if found is None:
        raise not_found("Invalid Response status code specified")
    return found


def method_of(tx: Tx, call: Call, request: JsonDict) -> tuple[Row, JsonDict]:
    """The resource that a request names, and the method. Raises NotFoundException."""
    row = _resource(tx, call, request)
    method = (row.document.get("resourceMethods") or {}).get(request["httpMethod"])
    if method is None:
        raise not_found(NO_METHOD)
    return row, method


def save_method(tx: Tx, call: Call, row: Row, method: JsonDict) -> None:
    """Keep a method of a resource as it is now."""
    methods = {**(row.document.get("resourceMethods") or {}), method["httpMethod"]: method}
    resources.save(tx, row, {"resourceMethods": methods}, now=call.now)


def _resource(tx: Tx, call: Call, request: JsonDict) -> Row:
    return part_of(tx, api_of(tx, call, request), rest_apis.RESOURCE, request["resourceId"])


def _check(request: JsonDict) -> None:
    kind = request["authorizationType"]
    if kind not in AUTHORIZATIONS:
        text = "Authorizers are not there: {} is none of the authorization types NONE (for everyone) and AWS_IAM."
        raise bad_request(text.format(kind))
    if request.get("apiKeyRequired"):
        raise bad_request("API keys are not there. Use AWS_IAM as authorization type to know who calls.")
    if request.get("requestValidatorId"):
        raise bad_request("Request validators are not there: what is behind the method must judge its requests.")


def _members(request: JsonDict, names: tuple[str, ...]) -> JsonDict:
    return {name: request[name] for name in names if name in request}
