"""Functions on texts and lists: Fn::Join, Fn::Split, Fn::Select, Fn::FindInMap, Fn::Cidr and the like.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ormer.engines.stacks.language.faults import template_error
from ormer.engines.stacks.language.values import bounded, parts_of

if TYPE_CHECKING:
    from ormer.engines.stacks.language.functions import Scope

CIDR_BLOCKS_MAX = 256
ZONES = "abc"


def join(scope: Scope, value: Any) -> str:
    delimiter, items = parts_of("Fn::Join", value, 2)
    if not isinstance(delimiter, str):
        raise template_error("every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list.")
    joined = scope.many(items, "Fn::Join")
    return bounded(delimiter.join(scope.text(each, "Fn::Join value") for each in joined))


def split(scope: Scope, value: Any) -> list[str]:
    delimiter, text = parts_of("Fn::Split", value, 2)
    if not isinstance(delimiter, str) or not delimiter:
        raise template_error("every Fn::Split object requires a non-empty delimiter and a string.")
    return scope.text(text, "Fn::Split source").split(delimiter)


def select(scope: Scope, value: Any) -> Any:
    index, items = parts_of("Fn::Select", value, 2)
    text, found = scope.text(index, "Fn::Select index"), scope.many(items, "Fn::Select")
    if not text.isdecimal() or len(text) > 9:
        raise template_error("Fn::Select requires a non-negative whole number as its index.")
    if int(text) >= len(found):
        raise template_error(f"Fn::Select cannot select nonexistent value at index {text}")
    return found[int(text)]


def find_in_map(scope: Scope, value: Any) -> Any:
    parts = parts_of("Fn::FindInMap", value, 3, 4 if scope.template.is_extended else 3)
    names = [scope.text(each, "Fn::FindInMap name") for each in parts[:3]]
    found: Any = scope.template.mappings
    for name in names:
        if not isinstance(found, Mapping) or name not in found:
            if len(parts) == 4 and isinstance(parts[3], dict) and "DefaultValue" in parts[3]:
                return scope.resolve(parts[3]["DefaultValue"])
            raise template_error(f"Unable to get mapping for {'::'.join(names)}")
        found = found[name]
    return found


def encode(scope: Scope, value: Any) -> str:
    return base64.b64encode(scope.text(value, "Fn::Base64 value").encode()).decode()


def cidr(scope: Scope, value: Any) -> list[str]:
    block, count, *bits = parts_of("Fn::Cidr", value, 2, 3)
    try:
        network = ipaddress.ip_network(scope.text(block, "Fn::Cidr block"), strict=False)
        wanted = int(scope.text(count, "Fn::Cidr count"))
        size = int(scope.text(bits[0], "Fn::Cidr bits")) if bits else (8 if network.version == 4 else 64)
        prefix = network.max_prefixlen - size
        fits = 0 < wanted <= CIDR_BLOCKS_MAX and network.prefixlen <= prefix <= network.max_prefixlen
        if not fits or wanted > 2 ** (prefix - network.prefixlen):
            raise ValueError(f"{wanted} blocks of {size} bits do not fit into {network}")
    except ValueError as error:
        raise template_error(f"Fn::Cidr: {error}") from None
    return [str(each) for each, _ in zip(network.subnets(new_prefix=prefix), range(wanted), strict=False)]


def zones(scope: Scope, value: Any) -> list[str]:
    region = scope.text(value, "Fn::GetAZs region") or str(scope.pseudo.get("AWS::Region", ""))
    return [f"{region}{zone}" for zone in ZONES]


def to_json_string(scope: Scope, value: Any) -> str:
    _need_extensions(scope, "Fn::ToJsonString")
    return bounded(json.dumps(scope.resolve(value), separators=(",", ":"), ensure_ascii=False))


def length(scope: Scope, value: Any) -> int:
    _need_extensions(scope, "Fn::Length")
    return len(scope.many(value, "Fn::Length"))


def _need_extensions(scope: Scope, name: str) -> None:
    if not scope.template.is_extended:
        raise template_error(f"{name} needs `Transform: AWS::LanguageExtensions` in the template.")


def transform(scope: Scope, value: Any) -> Any:
    name = value.get("Name", "") if isinstance(value, dict) else value
    raise template_error(f"Fn::Transform {name}: ormer has no macros of your own, and of AWS's AWS::Include only.")
