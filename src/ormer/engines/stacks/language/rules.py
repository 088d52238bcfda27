"""The Rules section: assertions about parameters that hold before anything is made.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

from typing import Any

from ormer.engines.stacks.language.faults import TemplateFault, format_error
from ormer.engines.stacks.language.functions import Scope
from ormer.engines.stacks.language.values import truth


def check(scope: Scope) -> None:
    """Raise TemplateFault with the descriptions of every assertion that does not hold."""
    broken = [text for name, rule in scope.template.rules.items() for text in _broken(name, rule, scope)]
    if broken:
        raise TemplateFault("Template validation error: " + "; ".join(broken))


def _broken(name: str, rule: Any, scope: Scope) -> list[str]:
    if not isinstance(rule, dict) or not isinstance(rule.get("Assertions"), list):
        raise format_error(f"[/Rules/{name}] must hold a list of Assertions.")
    if "RuleCondition" in rule and not truth(scope.resolve(rule["RuleCondition"]), name):
        return []
    found = []
    for assertion in rule["Assertions"]:
        if not isinstance(assertion, dict) or "Assert" not in assertion:
            raise format_error(f"[/Rules/{name}/Assertions] each must hold an Assert.")
        if not truth(scope.resolve(assertion["Assert"]), name):
            text = assertion.get("AssertDescription", "an assertion does not hold")
            found.append(f"Rule {name}: {text}")
    return found
