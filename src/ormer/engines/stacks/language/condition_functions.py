"""Functions of conditions and rules: Fn::If, Fn::Equals, Fn::And, Fn::Contains and the like.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ormer.engines.stacks.language.faults import template_error
from ormer.engines.stacks.language.values import parts_of, plain, truth

if TYPE_CHECKING:
    from ormer.engines.stacks.language.functions import Scope


def choose(scope: Scope, value: Any) -> Any:
    condition, then, otherwise = parts_of("Fn::If", value, 3)
    if not isinstance(condition, str):
        raise template_error("Fn::If requires the name of a condition as its first parameter.")
    return scope.resolve(then if scope.holds(condition) else otherwise)


def equals(scope: Scope, value: Any) -> bool:
    left, right = (plain(scope.resolve(each)) for each in parts_of("Fn::Equals", value, 2))
    return bool(left == right)


def all_hold(scope: Scope, value: Any) -> bool:
    return all(truth(scope.resolve(each), "Fn::And") for each in parts_of("Fn::And", value, 1, 10))


def any_holds(scope: Scope, value: Any) -> bool:
    return any(truth(scope.resolve(each), "Fn::Or") for each in parts_of("Fn::Or", value, 1, 10))


def holds_not(scope: Scope, value: Any) -> bool:
    return not truth(scope.resolve(parts_of("Fn::Not", value, 1)[0]), "Fn::Not")


def named(scope: Scope, name: Any) -> bool:
    return scope.holds(name)


# -- rules --------------------------------------------------------------------------------------------------------


def contains(scope: Scope, value: Any) -> bool:
    items, wanted = parts_of("Fn::Contains", value, 2)
    return plain(scope.resolve(wanted)) in plain(scope.many(items, "Fn::Contains"))


def each_member_equals(scope: Scope, value: Any) -> bool:
    items, wanted = parts_of("Fn::EachMemberEquals", value, 2)
    expected = plain(scope.resolve(wanted))
    return all(each == expected for each in plain(scope.many(items, "Fn::EachMemberEquals")))


def each_member_in(scope: Scope, value: Any) -> bool:
    items, allowed = (plain(scope.many(each, "Fn::EachMemberIn")) for each in parts_of("Fn::EachMemberIn", value, 2))
    return all(each in allowed for each in items)


def ref_all(scope: Scope, kind: Any) -> list[Any]:
    """Every value of the parameters of a type."""
    found: list[Any] = []
    for name, parameter in scope.template.parameters.items():
        if parameter.type == kind and name in scope.values:
            value = scope.values[name]
            found += value if isinstance(value, list) else [value]
    return found


def not_known(scope: Scope, value: Any) -> Any:
    raise template_error("Fn::ValueOf and Fn::ValueOfAll look up attributes of VPCs and domains, which are not here.")
