"""What a template's parts refer to, the order that follows from it, and references that lead nowhere.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ref.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ormer.engines.stacks.language.declarations import Declared
from ormer.engines.stacks.language.faults import TemplateFault, format_error, template_error
from ormer.engines.stacks.language.functions import SUBSTITUTED, Scope, attribute_of, function_of, sub_of
from ormer.engines.stacks.language.templates import Template
from ormer.engines.stacks.language.words import words

PSEUDO = words(
    "AWS::AccountId AWS::NoValue AWS::NotificationARNs AWS::Partition AWS::Region AWS::StackId AWS::StackName "
    "AWS::URLSuffix"
)
# (name, attribute): attribute is "" for Ref.
Reference = tuple[str, str]


def references(value: Any, scope: Scope | None = None) -> Iterator[Reference]:
    """Every name a value refers to by Ref, Fn::GetAtt or Fn::Sub. scope: follow only the branches it takes."""
    if isinstance(value, list):
        for each in value:
            yield from references(each, scope)
        return
    if not isinstance(value, dict):
        return
    name = function_of(value)
    inner = value.get(name) if name else None
    if name == "Ref" and isinstance(inner, str):
        yield inner, ""
    elif name == "Fn::GetAtt":
        logical, attribute = attribute_of(inner)
        yield logical, attribute if isinstance(attribute, str) else "?"
        yield from references(attribute, scope)
    elif name == "Fn::Sub":
        yield from _substituted(inner, scope)
    elif name == "Fn::If" and scope is not None and isinstance(inner, list) and len(inner) == 3:
        yield from references(inner[1] if scope.holds(inner[0]) else inner[2], scope)
    else:
        for each in value.values():
            yield from references(each, scope)


def _substituted(value: Any, scope: Scope | None) -> Iterator[Reference]:
    text, own = sub_of(value)
    yield from references(list(own.values()), scope)
    for literal, written in SUBSTITUTED.findall(text):
        name = written.strip()
        if literal or name in own:
            continue
        logical, _, attribute = name.partition(".")
        yield (name, "") if name in PSEUDO else (logical, attribute)


def conditions_named(value: Any) -> Iterator[str]:
    """Every condition a value names in Fn::If or Condition."""
    if isinstance(value, list):
        for each in value:
            yield from conditions_named(each)
    elif isinstance(value, dict):
        name = function_of(value)
        if name == "Condition":
            yield value["Condition"]
        elif name == "Fn::If" and isinstance(value[name], list) and value[name] and isinstance(value[name][0], str):
            yield value[name][0]
        for each in value.values():
            yield from conditions_named(each)


def needs(declared: Declared, template: Template, scope: Scope | None = None) -> tuple[str, ...]:
    """The resources a resource waits for, each once, in the template's order. scope: leave out what it leaves out."""
    named = {name for name, _ in references(declared.properties, scope)} | set(declared.depends_on)
    return tuple(
        name
        for name, other in template.resources.items()
        if name in named and (scope is None or scope.holds(other.conditional))
    )


def check(template: Template) -> None:
    """Raise TemplateFault for names that lead nowhere and for circles, whatever the parameters' values."""
    known = set(template.parameters) | PSEUDO
    both = sorted(set(template.parameters) & set(template.resources))
    if both:
        raise format_error(f"Duplicate logical id(s) in the Parameters and Resources blocks: [{', '.join(both)}]")
    _check_conditions(template, known)
    for resource in template.resources.values():
        _check_attributes(resource.properties, template)
        unknown = [name for name in resource.depends_on if name not in template.resources]
        unknown += [
            name for name, _ in references(resource.properties) if name not in known and name not in template.resources
        ]
        if unknown:
            raise _unresolved(unknown, "Resources")
        if resource.name in resource.depends_on:
            raise _circle([resource.name])
    for output in template.outputs.values():
        value = [output.value, output.export]
        _check_attributes(value, template)
        unknown = [name for name, _ in references(value) if name not in known and name not in template.resources]
        if unknown:
            raise _unresolved(unknown, "Outputs")
    order({name: needs(each, template) for name, each in template.resources.items()})


def check_active(template: Template, scope: Scope) -> None:
    """Raise TemplateFault where what is made refers to a resource whose condition leaves it out."""
    made = {name for name, each in template.resources.items() if scope.holds(each.conditional)}
    for block, items in (
        ("Resources", {name: template.resources[name].properties for name in made}),
        ("Outputs", {n: [o.value, o.export] for n, o in template.outputs.items() if scope.holds(o.conditional)}),
    ):
        for value in items.values():
            gone = [name for name, _ in references(value, scope) if name in template.resources and name not in made]
            if gone:
                raise _unresolved(gone, block)


def _check_conditions(template: Template, known: set[str]) -> None:
    for value in template.conditions.values():
        unknown = [name for name, _ in references(value) if name not in known]
        if unknown:
            raise format_error(
                f"Unresolved dependencies [{_listed(unknown)}]. Cannot reference resources in the Conditions block of "
                "the template"
            )
    used = [("Resources", [each.properties, {"Condition": each.conditional}]) for each in template.resources.values()]
    used += [("Outputs", [each.value, {"Condition": each.conditional}]) for each in template.outputs.values()]
    used += [("Conditions", value) for value in template.conditions.values()]
    for block, value in used:
        for name in conditions_named(value):
            if name and name not in template.conditions:
                raise format_error(f"Unresolved condition dependency {name} in the {block} block of the template")


def _check_attributes(value: Any, template: Template) -> None:
    for name, attribute in references(value):
        if attribute and name not in template.resources:
            raise template_error(f"instance of Fn::GetAtt references undefined resource {name}")


def _unresolved(names: Iterable[str], block: str) -> TemplateFault:
    return format_error(f"Unresolved resource dependencies [{_listed(names)}] in the {block} block of the template")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


# -- order --------------------------------------------------------------------------------------------------------


def order(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Names so that each follows what it needs, else in the graph's order. Raises TemplateFault for a circle."""
    left = {name: set(needed) for name, needed in graph.items()}
    found: list[str] = []
    while left:
        ready = [name for name, needed in left.items() if not needed]
        if not ready:
            raise _circle(_within_circles(left))
        found += ready
        for name in ready:
            del left[name]
        for needed in left.values():
            needed.difference_update(ready)
    return found


def _within_circles(left: dict[str, set[str]]) -> list[str]:
    """What is left without the names that only lead to a circle: nothing needs them."""
    while True:
        needed = set().union(*left.values())
        ends = [name for name in left if name not in needed]
        if not ends:
            return list(left)
        for name in ends:
            del left[name]


def _circle(names: list[str]) -> TemplateFault:
    return TemplateFault(f"Circular dependency between resources: [{', '.join(names)}]")
