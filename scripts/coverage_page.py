"""Writes docs/coverage.md: every operation of every service the gateway knows, and which test sees it work.

An operation is *implemented* when a test calls it, outside of a block that expects an error, and asserts something;
the page names that test. It *answers* when its function is there but no such test is. All others answer 501.
The tests are read, not run: a call is `client.create_model(...)`, `client.get_paginator("list_models")` or
`api("sagemaker", "CreateModel", {...})`, where the client's service is told by its fixture or by its assignment.

`python scripts/coverage_page.py` rewrites the page; a test compares it with what this would write.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from botocore import xform_name

from ormer.aws.models import WIRES, Models
from ormer.services.registry import Services

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "coverage.md"
HEAD = """# Coverage

What ormer answers, operation by operation. This page is written by `scripts/coverage_page.py` from the code and its
tests; a test fails when it is not current.

- **implemented**: the operation is there, and the test that is named calls it for real and checks what it did.
- **answers**: the operation is there; no test of its own looks at its effect yet.
- Every other operation of these services answers a clear `501 NotImplemented` that names it. They are counted, and
  listed at the end of each service.
"""


@dataclass(frozen=True)
class Seen:
    """A call of an operation in a test. service: botocore's name, or "" where the test does not tell."""

    service: str
    method: str
    test: str


def main() -> int:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page())
    return 0


def page() -> str:
    """The page as it should be."""
    models, services = Models(), Services()
    proofs = _proofs(models)
    rows, parts = [], []
    for name in sorted(WIRES):
        operations = models.service(name).operation_names
        there = [one for one in operations if services.find(name, one) is not None]
        proved = {one: proofs[name, xform_name(one)] for one in there if (name, xform_name(one)) in proofs}
        rows.append(f"| {name} | {len(proved)} | {len(there) - len(proved)} | {len(operations) - len(there)} |")
        if there:
            parts.append(_section(name, list(operations), there, proved))
    table = ["| service | implemented | answers | 501 |", "|-|-|-|-|", *rows]
    return "\n".join([HEAD, *table, "", *parts])


def _section(name: str, operations: list[str], there: list[str], proved: dict[str, str]) -> str:
    lines = [f"## {name}", "", "| operation | state | seen by |", "|-|-|-|"]
    for one in there:
        lines.append(f"| {one} | {'implemented' if one in proved else 'answers'} | {proved.get(one, '')} |")
    rest = [one for one in operations if one not in there]
    if rest:
        lines += ["", f"<details><summary>501: {len(rest)}</summary>", "", ", ".join(rest), "", "</details>"]
    return "\n".join([*lines, ""])


def _proofs(models: Models) -> dict[tuple[str, str], str]:
    """(service, method) -> the test that sees it; the first by file and line."""
    methods = {name: {xform_name(one) for one in models.service(name).operation_names} for name in WIRES}
    found: dict[tuple[str, str], str] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for seen in _calls(file):
            if seen.method in methods.get(seen.service, ()):
                found.setdefault((seen.service, seen.method), seen.test)
    return found


def _calls(file: Path) -> Iterator[Seen]:
    tree = ast.parse(file.read_text())
    trees = [*_conftests(file), tree]
    # A client usually bears its service's name.
    known = {name.replace("-", "_"): name for name in WIRES}
    known |= {name: service for one in trees for name, service in _clients(one).items()}
    helpers = {name: node for one in trees for name, node in _functions(one).items() if not name.startswith("test_")}
    for name, node in _functions(tree).items():
        if name.startswith("test_") and _asserts(node):
            label = f"`{file.relative_to(ROOT / 'tests')}` {name}"
            for service, method in _reached(node, known, helpers, set()):
                yield Seen(service, method, label)


def _reached(
    node: ast.FunctionDef, known: dict[str, str], helpers: dict[str, ast.FunctionDef], entered: set[str]
) -> Iterator[tuple[str, str]]:
    """The operations a function calls, itself or through functions of its module and the conftest files."""
    names = known | _clients(node)
    expected = _expecting_errors(node)
    wanted = [argument.arg for argument in node.args.args]
    for call in ast.walk(node):
        if not isinstance(call, ast.Call) or id(call) in expected:
            continue
        yield from _operation(call, names)
        if isinstance(call.func, ast.Name | ast.Attribute):
            wanted.append(call.func.id if isinstance(call.func, ast.Name) else call.func.attr)
    for name in wanted:
        if name in helpers and name not in entered:
            entered.add(name)
            yield from _reached(helpers[name], known, helpers, entered)


def _functions(tree: ast.AST) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _operation(call: ast.Call, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    texts = [one.value for one in call.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if len(texts) == 2 and texts[0] in WIRES:
        yield texts[0], xform_name(texts[1])
    if isinstance(call.func, ast.Attribute):
        service = _service_of(call.func.value, names)
        if service and call.func.attr in ("get_paginator", "get_waiter") and texts:
            yield service, texts[0]
        elif service:
            yield service, call.func.attr


def _service_of(value: ast.expr, names: dict[str, str]) -> str:
    """The service of a client: a name or an attribute that is known, or `….client("service")` itself."""
    if isinstance(value, ast.Name):
        return names.get(value.id, "")
    if isinstance(value, ast.Attribute):
        return names.get(value.attr, "")
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "client":
        first = value.args[0] if value.args else None
        return str(first.value) if isinstance(first, ast.Constant) and first.value in WIRES else ""
    return ""


def _clients(node: ast.AST) -> dict[str, str]:
    """Names that are given a client: `kms = server.client("kms")`, also in pairs, and fixtures that return one."""
    found: dict[str, str] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign):
            for target in inner.targets:
                found |= _assigned(target, inner.value)
        if isinstance(inner, ast.FunctionDef):
            for last in ast.walk(inner):
                if isinstance(last, ast.Return | ast.Yield) and last.value is not None:
                    service = _service_of(last.value, {})
                    found |= {inner.name: service} if service else {}
    return found


def _assigned(target: ast.expr, value: ast.expr) -> dict[str, str]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = [_assigned(one, other) for one, other in zip(target.elts, value.elts, strict=False)]
        return {name: service for pair in pairs for name, service in pair.items()}
    service = _service_of(value, {})
    name = target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
    return {name: service} if name and service else {}


def _conftests(file: Path) -> list[ast.Module]:
    """The conftest files above a test, the nearest last."""
    folders = [folder for folder in file.parents if folder.is_relative_to(ROOT / "tests")]
    found = [folder / "conftest.py" for folder in reversed(folders)]
    return [ast.parse(conftest.read_text()) for conftest in found if conftest.is_file()]


def _asserts(test: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(test))


def _expecting_errors(test: ast.FunctionDef) -> set[int]:
    """The calls inside `with pytest.raises(...)`: they show an error, not an effect."""
    found: set[int] = set()
    for node in ast.walk(test):
        if isinstance(node, ast.With) and any("raises" in ast.unparse(item.context_expr) for item in node.items):
            found |= {id(inner) for body in node.body for inner in ast.walk(body)}
    return found


if __name__ == "__main__":
    sys.exit(main())
