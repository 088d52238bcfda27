"""The rules of composite alarms: a text becomes a tree, and the tree with the children's states true or false.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
CALL = re.compile(r"(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^()\"'\s][^()\"']*?))\s*\)")
WORD = re.compile(r"(AND|OR|NOT|TRUE|FALSE)(?![\w(])|(NOT)(?=\()|([()])")
CHILDREN_MAX = 100
ELEMENTS_MAX = 500
DEPTH_MAX = 50


@dataclass(frozen=True)
class State:
    """True when the alarm (a name or an ARN) is in the state."""

    alarm: str
    state: str


@dataclass(frozen=True)
class Constant:
    value: bool


@dataclass(frozen=True)
class Logic:
    """operator: AND, OR or NOT."""

    operator: str
    terms: tuple[Rule, ...]


Rule = State | Constant | Logic


def parse(text: str) -> Rule:
    """The tree of a rule. Raises ValueError with a text for people."""
    tokens = list(_tokens(text))
    if len(tokens) > ELEMENTS_MAX:
        raise ValueError(f"The AlarmRule has more than {ELEMENTS_MAX} elements.")
    parser = _Parser(tokens)
    rule = parser.disjunction()
    if parser.tokens:
        raise ValueError(f"The AlarmRule goes on with {_shown(parser.tokens[0])} where it should end.")
    if len(set(alarms_of(rule))) > CHILDREN_MAX:
        raise ValueError(f"The AlarmRule names more than {CHILDREN_MAX} alarms.")
    return rule


def alarms_of(rule: Rule) -> Iterator[str]:
    """The alarms a rule names, in order; one may come more than once."""
    if isinstance(rule, State):
        yield rule.alarm
    elif isinstance(rule, Logic):
        for term in rule.terms:
            yield from alarms_of(term)


def holds(rule: Rule, states: Mapping[str, str]) -> bool:
    """Whether the rule is true. states: by the names or ARNs that stand in it."""
    if isinstance(rule, Constant):
        return rule.value
    if isinstance(rule, State):
        return states[rule.alarm] == rule.state
    if rule.operator == "NOT":
        return not holds(rule.terms[0], states)
    return (all if rule.operator == "AND" else any)(holds(term, states) for term in rule.terms)


def _tokens(text: str) -> Iterator[str | State]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = CALL.match(text, place)
        if found:
            yield State(next(name for name in found.groups()[1:] if name), found[1])
        else:
            found = WORD.match(text, place)
            if found is None:
                raise ValueError(
                    f"The AlarmRule is not understood at {text[place : place + 30]!r}; it is made of ALARM(name), "
                    "OK(name), INSUFFICIENT_DATA(name), TRUE, FALSE, AND, OR, NOT and parentheses."
                )
            yield found[0]
        place = found.end()


def _shown(token: str | State) -> str:
    return f"{token.state}({token.alarm})" if isinstance(token, State) else token


class _Parser:
    """NOT binds strongest, then AND, then OR."""

    def __init__(self, tokens: list[str | State]) -> None:
        self.tokens = tokens
        self._depth = 0

    def disjunction(self) -> Rule:
        terms = [self._conjunction()]
        while self._take("OR"):
            terms.append(self._conjunction())
        return terms[0] if len(terms) == 1 else Logic("OR", tuple(terms))

    def _conjunction(self) -> Rule:
        terms = [self._term()]
        while self._take("AND"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else Logic("AND", tuple(terms))

    def _term(self) -> Rule:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ValueError("The AlarmRule is nested too deeply.")
        rule = self._inner()
        self._depth -= 1
        return rule

    def _inner(self) -> Rule:
        if self._take("NOT"):
            return Logic("NOT", (self._term(),))
        if self._take("("):
            rule = self.disjunction()
            if not self._take(")"):
                raise ValueError("A ) is missing in the AlarmRule.")
            return rule
        if not self.tokens:
            raise ValueError("The AlarmRule ends too early.")
        token = self.tokens.pop(0)
        if isinstance(token, State):
            return token
        if token in ("TRUE", "FALSE"):
            return Constant(token == "TRUE")
        raise ValueError(f"The AlarmRule has {token} where an alarm is wanted.")

    def _take(self, word: str) -> bool:
        if not self.tokens or self.tokens[0] != word:
            return False
        self.tokens.pop(0)
        return True
