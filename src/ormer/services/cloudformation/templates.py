"""Templates as texts: answered, checked, and told what they ask for.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-guide.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ormer.engines.stacks.language import references
from ormer.engines.stacks.language import templates as language
from ormer.engines.stacks.language.declarations import SERVERLESS_TYPE, Parameter
from ormer.engines.stacks.language.templates import Template
from ormer.services.cloudformation import change_sets, requests, stacks, template_texts
from ormer.services.cloudformation.refusals import about_template, invalid
from ormer.stores.port import Call
from ormer.stores.stacks import stacks as rows

JsonDict = dict[str, Any]
STAGES = ["Original", "Processed"]


def get_template(call: Call, request: JsonDict) -> JsonDict:
    """Answer a stack's template, or that of a change set, as it was given or as its macros made it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html
    Errors: ValidationError when there is no such stack, ChangeSetNotFound.
    """
    if request.get("ChangeSetName"):
        identifier = change_sets.get(call, request).facts["asked"]
    elif request.get("StackName"):
        row = stacks.get(call, request["StackName"])
        identifier = row.facts.get("asked") or row.facts.get("in_force")
    else:
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    if not identifier:
        return {"TemplateBody": "", "StagesAvailable": STAGES}
    with call.read() as tx:
        asked = rows.asked(tx, identifier)
    body = asked.template if request.get("TemplateStage") == "Processed" else asked.original
    return {"TemplateBody": body, "StagesAvailable": STAGES}


def validate_template(call: Call, request: JsonDict) -> JsonDict:
    """Check a template's form, names and types, and tell its parameters and capabilities.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html
    Errors: ValidationError that says what is wrong and where.
    """
    text = _given(call, request)
    with about_template():
        template = requests.checked(text)
    shown = [_shown(one) for one in template.parameters.values()]
    return {"Parameters": shown, "Description": template.description, **_needs(template)}


def get_template_summary(call: Call, request: JsonDict) -> JsonDict:
    """Tell a template's parameters with their constraints, its resource types and the capabilities it needs.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html
    Errors: ValidationError.
    """
    if request.get("StackSetName"):
        raise invalid("ormer has no stack sets: give TemplateBody, TemplateURL or StackName.")
    named = request.get("StackName")
    text = get_template(call, {"StackName": named})["TemplateBody"] if named else _given(call, request)
    if not text:
        return {"Parameters": [], "ResourceTypes": []}
    lenient = (request.get("TemplateSummaryConfig") or {}).get("TreatUnrecognizedResourceTypesAsWarnings")
    with about_template():
        template = language.parse(text) if lenient else requests.checked(text)
        if language.SERVERLESS not in template.transforms:
            references.check(template)
    unknown = sorted({one.type for one in template.resources.values() if not _is_known(one.type)})
    return {
        "Parameters": [_shown_whole(one) for one in template.parameters.values()],
        "Description": template.description,
        "ResourceTypes": [one.type for one in template.resources.values()],
        "Version": template.version or language.VERSION,
        "Metadata": json.dumps(template.metadata),
        "ResourceIdentifierSummaries": _identifiers(template),
        **({"Warnings": {"UnrecognizedResourceTypes": unknown}} if unknown else {}),
        **_needs(template),
    }


def _is_known(kind: str) -> bool:
    return kind in requests.types() or kind.startswith(SERVERLESS_TYPE)


def _given(call: Call, request: JsonDict) -> str:
    text = template_texts.text_of(call, request)
    if text is None:
        raise invalid("Either Template URL or Template Body must be specified.")
    return text


def _needs(template: Template) -> JsonDict:
    needed, reason = requests.capabilities(template)
    found: JsonDict = {"DeclaredTransforms": list(template.transforms)}
    if needed:
        found |= {"Capabilities": needed, "CapabilitiesReason": reason}
    return found


def _shown(parameter: Parameter) -> JsonDict:
    shown = {
        "ParameterKey": parameter.name,
        "DefaultValue": parameter.default,
        "NoEcho": parameter.no_echo,
        "Description": parameter.description or None,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _shown_whole(parameter: Parameter) -> JsonDict:
    constraints = {"AllowedValues": list(parameter.allowed)} if parameter.allowed else {}
    return {**_shown(parameter), "ParameterType": parameter.type, "ParameterConstraints": constraints}


def _identifiers(template: Template) -> list[JsonDict]:
    by_type: dict[str, list[str]] = {}
    for one in template.resources.values():
        by_type.setdefault(one.type, []).append(one.name)
    known: Mapping[str, Any] = requests.types()
    return [
        {
            "ResourceType": name,
            "LogicalResourceIds": logical,
            "ResourceIdentifiers": [known[name].named_by or "Id"] if name in known else [],
        }
        for name, logical in by_type.items()
    ]
