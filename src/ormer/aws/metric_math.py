"""CloudWatch's metric math: an expression becomes a tree, and the tree a time series.

Understood are arithmetic, comparisons, AND/OR, arrays and the functions of `metric_functions`; all else is refused by
name when it is parsed. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ormer.aws import metric_functions as functions
from ormer.aws.metric_functions import Many, MathError, Series, Value

TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<text>"[^"]*"|'[^']*')"""
    r"""|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^()<>,\[\]]))"""
)
LENGTH_MAX = 2048
# A tree is walked by recursion: a hostile expression must not exhaust the stack.
TOKENS_MAX = 400
DEPTH_MAX = 50
# Weakest first. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"OR", "||"}),
    frozenset({"AND", "&&"}),
    frozenset({"==", "!=", "<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
)


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Name:
    """The Id of another query."""

    id: str


@dataclass(frozen=True)
class Array:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Function:
    """A function, or an operator by its sign."""

    name: str
    arguments: tuple[Node, ...]


Node = Number | Text | Name | Array | Function


@dataclass(frozen=True)
class Grid:
    """What an expression is evaluated over: the starts of all periods, oldest first, and their length in seconds."""

    times: tuple[float, ...]
    period: int


def parse(text: str) -> Node:
    """The tree of an expression. Raises MathError with a text for people when it is not understood."""
    if len(text) > LENGTH_MAX:
        raise MathError(f"The expression is longer than {LENGTH_MAX} characters.")
    tokens = list(_tokens(text))
    if len(tokens) > TOKENS_MAX:
        raise MathError(f"The expression has more than {TOKENS_MAX} parts; split it into several.")
    return _Parser(tokens).whole()


def ids_of(node: Node) -> Iterator[str]:
    """The Ids an expression names."""
    if isinstance(node, Name):
        yield node.id
    for inner in _children(node):
        yield from ids_of(inner)


def uses_all_metrics(node: Node) -> bool:
    """Whether METRICS() stands in it, which means every metric of the request."""
    mine = isinstance(node, Function) and node.name == "METRICS"
    return mine or any(uses_all_metrics(inner) for inner in _children(node))


def evaluate(node: Node, known: Mapping[str, Value], metrics: Mapping[str, Series], grid: Grid) -> Value:
    """The value of an expression. known: values by Id. metrics: those that METRICS() stands for, by Id."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return known[node.id]
    if isinstance(node, Text):
        raise MathError(f'"{node.value}" stands where a number or a metric is wanted.')
    if isinstance(node, Array):
        return _array(node, known, metrics, grid)
    if node.name == "METRICS":
        wanted = "".join(argument.value for argument in node.arguments if isinstance(argument, Text))
        return Many(tuple((id_, series) for id_, series in metrics.items() if wanted in id_))
    filling = _filling(node)
    if filling:
        return functions.fill(evaluate(node.arguments[0], known, metrics, grid), filling, grid.times)
    values = [evaluate(argument, known, metrics, grid) for argument in node.arguments]
    return functions.call(node.name, values, grid.times, grid.period)


def _array(node: Array, known: Mapping[str, Value], metrics: Mapping[str, Series], grid: Grid) -> Many:
    found: list[tuple[str, Series]] = []
    for item in node.items:
        value = evaluate(item, known, metrics, grid)
        if isinstance(value, Many):
            found += value.items
        elif isinstance(value, float):
            raise MathError("An array holds metrics and time series, no numbers.")
        else:
            found.append((item.id if isinstance(item, Name) else "", value))
    return Many(tuple(found))


def _filling(node: Function) -> str:
    """The word that FILL fills with, "" when it is none."""
    last = node.arguments[-1] if node.name == "FILL" and len(node.arguments) == 2 else None
    return last.id if isinstance(last, Name) and last.id in functions.FILLINGS else ""


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Array):
        return node.items
    if isinstance(node, Function):
        # REPEAT and LINEAR are words of FILL, no Ids.
        return node.arguments[:-1] if _filling(node) else node.arguments
    return ()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while text[place:].strip():
        found = TOKEN.match(text, place)
        if found is None:
            raise MathError(f"Unexpected character {text[place:].strip()[0]!r} in the expression.")
        kind = found.lastgroup
        assert kind is not None
        yield kind, found[kind]
        place = found.end()


class _Parser:
    """Descends by precedence; one look ahead."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._level(0)
        if self._peek() is not None:
            raise MathError(f"Unexpected {self._peek()!r} in the expression.")
        return node

    def _level(self, level: int) -> Node:
        if level == len(LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while self._sign() in LEVELS[level]:
            operator = {"&&": "AND", "||": "OR"}.get(self._sign(), self._sign())
            self._at += 1
            left = Function(operator, (left, self._level(level + 1)))
        return left

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise MathError("The expression is nested too deeply.")
        node: Node
        if self._take("-"):
            node = Function("-", (Number(0.0), self._unary()))
        else:
            node = self._primary()
            if self._take("^"):
                node = Function("^", (node, self._unary()))
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        kind, text = self._next()
        if kind == "number":
            return Number(float(text))
        if kind == "text":
            return Text(text[1:-1])
        if kind == "name":
            return self._name(text)
        if text == "[":
            return Array(self._list("]"))
        if text != "(":
            raise MathError(f"Unexpected {text!r} in the expression.")
        node = self._level(0)
        self._expect(")")
        return node

    def _name(self, text: str) -> Node:
        if not self._take("("):
            return Name(text)
        if text not in functions.NAMED:
            raise MathError(f"The function {text} is not understood; known are {', '.join(sorted(functions.NAMED))}.")
        return Function(text, self._list(")"))

    def _list(self, end: str) -> tuple[Node, ...]:
        if self._take(end):
            return ()
        items = [self._level(0)]
        while self._take(","):
            items.append(self._level(0))
        self._expect(end)
        return tuple(items)

    def _peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _sign(self) -> str:
        """The operator that comes next, "" when none does."""
        if self._at >= len(self._tokens):
            return ""
        kind, text = self._tokens[self._at]
        return text if kind == "sign" or text in ("AND", "OR") else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise MathError("The expression ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, text: str) -> bool:
        if self._peek() != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise MathError(f"{text!r} is missing in the expression.")
