"""Reading buildspecs: what they mean, and where they are wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormer.engines.builds.buildspecs import BuildspecError, parse

STOCK = """
version: 0.2
phases:
  install:
    runtime-versions:
      python: 3.10
      nodejs: 18
    commands:
      - pip install --upgrade --force-reinstall . "awscli>1.20.30"
  build:
    on-failure: CONTINUE
    commands:
      - |
        run-pipeline --module-name a \\
          --tags b
    finally: [echo over]
artifacts:
  files: [$NAME, '**/*']
  base-directory: out
"""


def test_a_stock_buildspec_is_understood():
    found = parse(STOCK)
    assert found.python == "3.10"
    assert found.notes == ("runtime-versions: nodejs is not provided; what is on this machine's PATH is used",)
    build = found.program["phases"]["build"]
    assert build["commands"] == ["run-pipeline --module-name a \\\n  --tags b\n"]
    assert (build["finally"], build["on_failure"]) == (["echo over"], "CONTINUE")
    (artifact,) = found.program["artifacts"]
    assert (artifact["files"], artifact["base"]) == (["$NAME", "**/*"], "out")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the buildspec is empty"),
        ("version: 0.2\n", "line 1: `phases` is missing"),
        ("phases: {}\n", "`version` must be 0.1 or 0.2"),
        ("version: 0.3\nphases: {}\n", "line 1: `version` must be 0.1 or 0.2, not 0.3"),
        ("version: 0.2\nphases:\n  deploy: {}\n", "line 3: unknown phase deploy"),
        ("version: 0.2\nphases:\n  build:\n    commands:\n      - echo: a\n", "line 5: `commands` must hold texts"),
        ("version: 0.2\nphases: {}\nphases: {}\n", "line 3: `phases` stands twice"),
        ("version: 0.2\nphases: [\n", "did not find expected YAML at line"),
        ("version: 0.2\nbatch: {}\nphases: {}\n", "line 2: batch builds are not there"),
        ("version: 0.2\nenv: {shell: powershell}\nphases: {}\n", "the shell must be sh or bash"),
        ("version: 0.2\nphases: {}\nartifacts: {secondary-artifacts: {a: {}}}\n", "`files` is missing"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, words):
    with pytest.raises(BuildspecError) as refused:
        parse(text)
    assert words in str(refused.value)


def test_aliases_that_mean_too_much_are_refused():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    for last, name in zip("abcde", "bcdef", strict=True):
        bomb += f"{name}: &{name} [{','.join([f'*{last}'] * 10)}]\n"
    with pytest.raises(BuildspecError, match="means more than"):
        parse(bomb)


@given(st.text(max_size=200))
def test_any_text_is_a_buildspec_or_refused(text):
    try:
        parse(text)
    except BuildspecError:
        return
