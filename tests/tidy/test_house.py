"""The house's promises, kept by tests: floors, names, clocks, words, statuses and docstrings."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.model import StructureShape

from ormer.aws.lifecycles import LIFECYCLES
from ormer.aws.models import WIRES, Models
from ormer.services.registry import Services

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ormer"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "util", "helper", "misc"}
# Where the machine's own clock is meant: see the three times of docs/guide.md.
WALL_CLOCKS = {
    "aws/clock.py": "it is the calendar",
    "stores/tasks.py": "leases and retries hold whatever the calendar says",
    "stores/objects/sweeping.py": "files have the machine's own times",
    "stores/objects/versions.py": "files have the machine's own times",
    "stores/repositories/changes.py": "files have the machine's own times",
    "server.py": "a person asks how long the process has been up",
    "homes.py": "a person asks how long the process has been up",
    "cli/git_credential.py": "signatures are made by the wall clock",
    "cli/status.py": "a person asks how long the process has been up",
    "cli/demo_board.py": "a person watches it",
}
FORBIDDEN_WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
COMMENTED_CODE = re.compile(r"^#\s*(print\(|import |from \w+ import |return\b|def |if .+:$|for .+:$|\w+\(.*\)$|\w+ = )")
PAGE = re.compile(r"https://docs\.aws\.amazon\.com/")


def python_files() -> list[Path]:
    return sorted(file for file in SOURCE.rglob("*.py") if "node_modules" not in file.parts)


def comments(file: Path) -> Iterator[tuple[int, str]]:
    with file.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_imports_go_down_the_floors():
    ran = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout[ran.stdout.find("Contracts") :]


def test_no_file_has_a_name_that_says_nothing():
    named = [file for file in python_files() if file.stem in FORBIDDEN_NAMES or file.parent.name in FORBIDDEN_NAMES]
    assert named == []


def test_only_these_files_ask_the_machine_for_the_time():
    asking = {
        str(file.relative_to(SOURCE))
        for file in python_files()
        if not file.is_relative_to(SOURCE / "runtimes")
        and re.search(r"\btime\.time\(\)|datetime\.now\(|datetime\.utcnow\(", file.read_text())
    }
    gateway = {name for name in asking if name.startswith("gateway/")}
    assert asking - gateway <= set(WALL_CLOCKS), "give the clock instead, or add the file with its reason"


def test_comments_are_sentences_not_leftovers():
    left = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for file in python_files()
        for line, text in comments(file)
        if FORBIDDEN_WORDS.search(text) or COMMENTED_CODE.match(text)
    ]
    assert left == []


def test_every_module_says_what_it_is_for():
    silent = []
    for file in python_files():
        text = file.read_text()
        if text.strip() and ast.get_docstring(ast.parse(text)) is None:
            silent.append(str(file.relative_to(ROOT)))
    assert silent == []


def described(kind: str, member: str) -> StructureShape:
    """The shape in which AWS describes the kind: an answer, what the answer holds or lists, or a shape of its name."""
    # AWS has no event of what ormer tells in its own name: all of those are SageMaker's.
    source = LIFECYCLES[kind].source.replace("ormer", "aws.sagemaker")
    model = Models().service(source.removeprefix("aws."))
    kind = LIFECYCLES[kind].shape or kind
    names = (f"Describe{kind}", f"Get{kind}", f"Describe{kind}s")
    shapes = [model.operation_model(name).output_shape for name in names if name in model.operation_names]
    shapes += [model.shape_for(kind)] if kind in model.shape_names else []
    for shape in list(shapes):
        inner = [each.member if each.type_name == "list" else each for each in shape.members.values()]
        shapes += [each for each in inner if each.type_name == "structure"]
    found = [shape for shape in shapes if member in shape.members]
    assert found, f"AWS describes no {kind} with a member {member}"
    return found[0]


@pytest.mark.parametrize("kind", sorted(LIFECYCLES))
def test_every_status_is_one_of_awss(kind):
    """The final statuses of a lifecycle, and the member that holds them, exist in botocore's model."""
    life = LIFECYCLES[kind]
    assert life.final <= set(described(kind, life.member).members[life.member].enum)


def operations() -> list[tuple[str, str]]:
    models, services = Models(), Services()
    return [
        (service, operation)
        for service in WIRES
        for operation in models.service(service).operation_names
        if services.find(service, operation) is not None
    ]


@pytest.mark.parametrize(("service", "operation"), operations())
def test_every_operation_has_a_docstring(service, operation):
    function = Services().find(service, operation)
    text = inspect.getdoc(function) or ""
    assert len(text.split()) >= 3, f"{service}:{operation} says nothing of itself"


def test_operations_written_out_name_their_page():
    """Ready-made operations (of quiet nouns, of buckets' documents) share one docstring; all others link AWS's page."""
    services = Services()
    nameless = []
    for service, operation in operations():
        function = services.find(service, operation)
        ready_made = inspect.ismethod(function) or getattr(function, "__module__", "") == "ormer.stores.nouns"
        if not ready_made and not PAGE.search(inspect.getdoc(function) or ""):
            nameless.append(f"{service}:{operation}")
    assert nameless == []
