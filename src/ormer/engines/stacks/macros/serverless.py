"""AWS::Serverless-2016-10-31: SAM's resources become those of CloudFormation, by AWS's own translator.

The translator is a pure function as it is used here: it gets the parameters, the region and the names of the managed
policies, and asks nobody. Why it runs in the server stands in docs/decisions/0032-sam.md.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from samtranslator.model.exceptions import ExceptionWithMessage
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

from ormer.engines.stacks.language.faults import TemplateFault
from ormer.engines.stacks.language.templates import SERVERLESS
from ormer.stores.managed_policies import MANAGED_POLICIES, PREFIX

JsonDict = dict[str, Any]
# Told by name, since what the translator would do is ask AWS for them.
REFUSED = {
    "AWS::Serverless::Application": "ormer has no Serverless Application Repository: use AWS::CloudFormation::Stack",
    "AWS::Serverless::SimpleTable": "ormer has no DynamoDB",
    "AWS::Serverless::GraphQLApi": "ormer has no AppSync",
    "AWS::Serverless::WebSocketApi": "ormer answers HTTP APIs (AWS::Serverless::HttpApi), no WebSocket APIs",
}
# The translator keeps the region, and what it counts, in its classes.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class _Region:
    """All that the translator wants of a session: which region it is in."""

    region_name: str


def transformed(raw: JsonDict, texts: Mapping[str, str], region: str) -> JsonDict:
    """The template without SAM's resources. Raises TemplateFault in SAM's words."""
    _refuse(raw)
    fragment, parameters = copy.deepcopy(raw), dict(texts)
    try:
        with _one_at_a_time:
            # What it names resources by is a digest of values in this form: logical ids become AWS's own.
            to_py27_compatible_template(fragment, parameters)
            translator = Translator(None, Parser(), boto_session=_Region(region))
            made = translator.translate(fragment, parameters, get_managed_policy_map=_policies)
            # Told to nobody; what is not told it would complain of.
            translator.metrics.publish()
            found: JsonDict = undo_mark_unicode_str_in_template(made)
    except ExceptionWithMessage as error:
        raise _failed(_causes(error)) from None
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        # The translator takes much for granted that a template may leave out.
        raise _failed(f"{type(error).__name__}: {error}") from None
    return {str(name): _without_nothing(inner) for name, inner in found.items() if inner is not None}


def _refuse(raw: JsonDict) -> None:
    resources = raw.get("Resources")
    for name, each in resources.items() if isinstance(resources, dict) else ():
        kind = each.get("Type") if isinstance(each, dict) else None
        if isinstance(kind, str) and kind in REFUSED:
            raise _failed(f"Resource with id [{name}] is invalid. {kind} is not there: {REFUSED[kind]}.")


def _causes(error: ExceptionWithMessage) -> str:
    causes = getattr(error, "causes", None) or ()
    return " ".join([error.message, *(each.message for each in causes)])


def _failed(text: str) -> TemplateFault:
    return TemplateFault(f"Transform {SERVERLESS} failed with: {text}")


def _without_nothing(value: Any) -> Any:
    """The value without members that are None: templates have no nulls."""
    if isinstance(value, dict):
        return {str(name): _without_nothing(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_without_nothing(inner) for inner in value]
    return value


@cache
def _policies() -> dict[str, str]:
    """{name: ARN} of managed policies, for `Policies: [AmazonS3ReadOnlyAccess]`."""
    return {name.rsplit("/", 1)[-1]: PREFIX + name for name in MANAGED_POLICIES}
