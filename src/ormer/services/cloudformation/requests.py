"""What a request asks of a stack, understood before anything is written: template, values, tags, capabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.engines.stacks import macros, scopes
from ormer.engines.stacks.language import parameters, references, rules, templates
from ormer.engines.stacks.language.declarations import SERVERLESS_TYPE, Declared
from ormer.engines.stacks.language.faults import format_error
from ormer.engines.stacks.language.functions import Scope
from ormer.engines.stacks.language.parameters import HIDDEN, STORED_AT
from ormer.engines.stacks.language.templates import Template
from ormer.engines.stacks.resources import is_not_yet, types
from ormer.services.cloudformation import stored_values, template_texts
from ormer.services.cloudformation.refusals import about_template, invalid
from ormer.stores import resources, tagging
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.stacks import stacks
from ormer.stores.stacks.stacks import Asked

JsonDict = dict[str, Any]
TAGS_MAX = 50
NESTED = "AWS::CloudFormation::Stack"
# Members that a stack keeps from a request as they are.
KEPT = ("NotificationARNs", "RollbackConfiguration", "Capabilities", "RoleARN")


@dataclass(frozen=True)
class Understood:
    """A request that can be done. values: {parameter: text}, defaults included. words: the stack's document.

    text: the template as its macros made it. original: as it was given.
    """

    text: str
    original: str
    template: Template
    values: dict[str, str]
    tags: list[dict[str, str]]
    words: JsonDict


def understood(
    call: Call, request: JsonDict, stack: Row | None = None, before: Asked | None = None, *, is_reviewed: bool = False
) -> Understood:
    """Check a request as far as it can be before anything is made.

    stack, before: the stack that is updated, and what it was asked to be. is_reviewed: somebody looks at the changes
    before they are made, and so at what macros make of a template. Raises ValidationError or
    InsufficientCapabilitiesException.
    """
    text = template_texts.text_of(call, request)
    if request.get("UsePreviousTemplate"):
        if text is not None:
            raise invalid("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
        text = before.original if before else None
    if text is None:
        raise invalid("Either Template URL or Template Body must be specified.")
    with about_template():
        given, original = templates.parse(text), text
        values = parameters.values(given, request.get("Parameters", ()), before.parameters if before else None)
        if macros.changes(text):
            text = macros.expanded(text, values, call.region, lambda url: template_texts.read(call, url))
        template = checked(text)
        values |= stored_values.read(call, template, values)
    _check_resource_types(template, request.get("ResourceTypes"))
    _check_capabilities(template, request, is_expanded=not is_reviewed and (bool(given.transforms) or text != original))
    check_role(call, request.get("RoleARN"))
    tags = _tags(call, request, stack)
    with about_template():
        scope = scope_of(call, template, values, request, stack)
        references.check_active(template, scope)
        rules.check(scope)
    words = _words(template, values, request)
    return Understood(text, original, template, values, tags, words)


def checked(text: str) -> Template:
    """A template whose names all lead somewhere and whose types are all made here. Raises TemplateFault."""
    template = templates.parse(text)
    if templates.SERVERLESS in template.transforms:
        # What its macro makes of it is checked when there are values for its parameters.
        return template
    references.check(template)
    unknown = sorted({each.type for each in template.resources.values() if each.type not in types()})
    if unknown:
        text = f"Unrecognized resource types: [{', '.join(unknown)}]"
        missing = [name for name in unknown if is_not_yet(name)]
        if missing:
            text += f". ormer does not make these yet: {', '.join(missing)}; docs/guide.md lists what it makes."
        raise format_error(text)
    return template


def scope_of(
    call: Call, template: Template, values: Mapping[str, str], request: JsonDict, stack: Row | None = None
) -> Scope:
    """Where functions of parameters alone find their values."""
    arn = stack.arn if stack else arns.arn("cloudformation", call.region, call.account, "stack/coming/id")
    own = scopes.pseudo(arn, request.get("NotificationARNs"))
    return Scope(template, parameters.read(template, values), own)


def _words(template: Template, values: Mapping[str, str], request: JsonDict) -> JsonDict:
    """What DescribeStacks answers of the request."""
    hidden = parameters.hidden(template)
    shown = []
    for name in template.parameters:
        at = values.get(STORED_AT + name)
        told = {"ParameterKey": name, "ParameterValue": HIDDEN if name in hidden else at or values[name]}
        shown.append({**told, **({"ResolvedValue": values[name]} if at and name not in hidden else {})})
    kept = {name: request[name] for name in KEPT if name in request}
    return {"Parameters": shown, "Description": template.description, **kept}


# -- checks -------------------------------------------------------------------------------------------------------


def _check_resource_types(template: Template, allowed: list[str] | None) -> None:
    if not allowed:
        return
    for each in template.resources.values():
        if not any(_covers(one, each.type) for one in allowed):
            raise invalid(f"Resource type {each.type} is not allowed by parameter ResourceTypes {allowed}")


def _covers(allowed: str, name: str) -> bool:
    return name.startswith(allowed[:-1]) if allowed.endswith("*") else name == allowed


def capabilities(template: Template) -> tuple[list[str], str]:
    """(capabilities the template needs, the reason in words); nested stacks speak for themselves."""
    made = [each for each in template.resources.values() if each.type in types() and types()[each.type].iam]
    needed = ["CAPABILITY_IAM"] if not made and any(_brings_role(each) for each in template.resources.values()) else []
    if made:
        named = any(types()[each.type].named_by in each.properties for each in made if types()[each.type].named_by)
        needed.append("CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM")
    if template.transforms:
        needed.append("CAPABILITY_AUTO_EXPAND")
    kinds = sorted({each.type for each in made or template.resources.values() if each in made or _brings_role(each)})
    return needed, f"The following resource(s) require capabilities: [{', '.join(kinds)}]" if kinds else ""


def _brings_role(declared: Declared) -> bool:
    """Whether SAM makes a role for a resource, unless it is given one."""
    makes = declared.type in (f"{SERVERLESS_TYPE}Function", f"{SERVERLESS_TYPE}StateMachine")
    return makes and "Role" not in declared.properties


def _check_capabilities(template: Template, request: JsonDict, is_expanded: bool) -> None:
    """is_expanded: macros make of the template what nobody has looked at."""
    needed = [name for name in capabilities(template)[0] if name != "CAPABILITY_AUTO_EXPAND"]
    needed += ["CAPABILITY_AUTO_EXPAND"] if is_expanded else []
    given = set(request.get("Capabilities", ()))
    if "CAPABILITY_NAMED_IAM" in given:
        given.add("CAPABILITY_IAM")
    missing = [name for name in needed if name not in given]
    if missing:
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(missing)}]")


def check_role(call: Call, role: str | None) -> None:
    """Raise ValidationError when the role that a stack is to act as is not there."""
    if role is None:
        return
    with call.read() as tx:
        row = resources.get(tx, role)
    if row is None or row.kind != "Role" or row.account != call.account:
        raise invalid(f"Role {role} is invalid or cannot be assumed")


def _tags(call: Call, request: JsonDict, stack: Row | None) -> list[dict[str, str]]:
    """The request's tags, or those the stack has when it names none."""
    if "Tags" not in request and stack is not None:
        with call.read() as tx:
            return tagging.listed(tx, stack.arn)
    pairs = request.get("Tags") or []
    keys = [pair["Key"] for pair in pairs]
    if len(set(keys)) != len(keys):
        raise invalid("Tags must not hold a key twice.")
    if len(keys) > TAGS_MAX:
        raise invalid(f"A stack may have {TAGS_MAX} tags at most.")
    reserved = [key for key in keys if key.lower().startswith("aws:")]
    if reserved:
        raise invalid(f"aws: prefixed tag key names are not allowed for external use. ({', '.join(reserved)})")
    return sorted(({"Key": pair["Key"], "Value": pair["Value"]} for pair in pairs), key=lambda pair: pair["Key"])


def asked_of(call: Call, stack: Row) -> Asked | None:
    """What a stack is asked to be now; None for one that only a change set has made."""
    identifier = stack.facts.get("asked") or stack.facts.get("in_force")
    if not identifier:
        return None
    with call.read() as tx:
        return stacks.asked(tx, identifier)
