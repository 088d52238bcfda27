"""REST APIs' words, pure: what an integration's URI names, which templates are understood, which path fits a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

METHODS = frozenset({"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
ANY = "ANY"
JSON_TYPE = "application/json"
# The caller's own identity instead of a role.
CALLER = re.compile(r"arn:aws[a-z-]*:iam::\*:user/\*")
URI = re.compile(r"arn:aws[a-z-]*:apigateway:(?P<region>[a-z0-9-]+):(?P<service>[a-z0-9.-]+):path/+(?P<path>.+)")
ENDPOINT_PATH = re.compile(r"endpoints/(?P<name>[^/]+)/invocations")
FUNCTION_PATH = re.compile(r"2015-03-31/functions/(?P<name>[^/]+)/invocations")
STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")
# The templates that hand the body on as it came; with spaces and quotes of either kind.
IDENTITIES = frozenset({"$input.json('$')", '$input.json("$")', "$input.body"})
GREEDY = re.compile(r"\{([a-zA-Z0-9._-]+)\+\}")
VARIABLE = re.compile(r"\{([a-zA-Z0-9._-]+)\}")
PART = re.compile(r"[a-zA-Z0-9._\-:]+|\{[a-zA-Z0-9._-]+\+?\}")


@dataclass(frozen=True)
class Backend:
    """What an integration asks. name: an endpoint's name, or a function's ARN."""

    kind: Literal["endpoint", "function"]
    name: str
    region: str


def backend(uri: str) -> Backend:
    """What a URI names; ValueError for anything but an endpoint's invocations or a function's."""
    found = URI.fullmatch(uri)
    if found is not None and found["service"] == "runtime.sagemaker":
        path = ENDPOINT_PATH.fullmatch(found["path"])
        if path is not None:
            return Backend("endpoint", unquote(path["name"]), found["region"])
    if found is not None and found["service"] == "lambda":
        path = FUNCTION_PATH.fullmatch(found["path"])
        if path is not None:
            return Backend("function", unquote(path["name"]), found["region"])
    raise ValueError(
        f"{uri} names nothing that can be integrated here. Integrations reach SageMaker endpoints "
        "(arn:aws:apigateway:REGION:runtime.sagemaker:path/endpoints/NAME/invocations) and Lambda functions "
        "(arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations)."
    )


def with_variables(text: str, variables: Mapping[str, str]) -> str:
    """A text with its `${stageVariables.name}` filled in; an unknown one becomes nothing."""
    return STAGE_VARIABLE.sub(lambda found: variables.get(found[1], ""), text)


def is_identity(template: str) -> bool:
    """Whether a mapping template hands the body on as it came."""
    return template.strip() in IDENTITIES


def is_understood(template: str) -> bool:
    """Whether a mapping template is the identity, or a text in which nothing is to be filled in."""
    return is_identity(template) or not set(template) & {"$", "#"}


def media_type(content_type: str) -> str:
    """The media type of a Content-Type header; JSON where none was sent."""
    return content_type.partition(";")[0].strip().lower() or JSON_TYPE


@dataclass(frozen=True)
class Found:
    """The resource of a deployment that a request's path fits, and the values of its variables."""

    resource: Mapping[str, Any]
    variables: dict[str, str]


def find(resources: Iterable[Mapping[str, Any]], raw_path: str) -> Found | None:
    """The most specific resource whose path fits: fixed parts go before variables, greedy ones come last."""
    parts = [unquote(part) for part in raw_path.strip("/").split("/")] if raw_path.strip("/") else []
    fitting = []
    for resource in resources:
        wanted = [part for part in resource["path"].split("/") if part]
        fit = _fit(wanted, parts)
        if fit is not None:
            fitting.append((fit[0], Found(resource, fit[1])))
    return min(fitting, key=lambda each: each[0])[1] if fitting else None


def _fit(wanted: Sequence[str], parts: Sequence[str]) -> tuple[list[int], dict[str, str]] | None:
    """(how loose each part of the path is, the variables' values); None when the path does not fit."""
    looseness: list[int] = []
    variables: dict[str, str] = {}
    for place, part in enumerate(wanted):
        greedy, variable = GREEDY.fullmatch(part), VARIABLE.fullmatch(part)
        if place >= len(parts):
            return None
        if greedy is not None:
            return [*looseness, 2], {**variables, greedy[1]: "/".join(parts[place:])}
        if variable is not None:
            variables[variable[1]] = parts[place]
        elif part != parts[place]:
            return None
        looseness.append(0 if variable is None else 1)
    return (looseness, variables) if len(wanted) == len(parts) else None
