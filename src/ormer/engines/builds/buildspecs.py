"""Buildspecs: the text becomes a plan for the program inside the sandbox, or an error that names the line.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html

Pure. Every scalar stays the text that was written, so that `python: 3.10` is not 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

JsonDict = dict[str, Any]
PHASES = ("install", "pre_build", "build", "post_build")
ON_FAILURE = re.compile(r"ABORT|CONTINUE|RETRY(-.+)?")
SHELLS = ("sh", "bash", "/bin/sh", "/bin/bash")
TRUE, FALSE = frozenset({"yes", "true", "on"}), frozenset({"no", "false", "off"})
# An alias may stand for much: what a buildspec means in all is limited.
NODES_MAX = 20_000
TEXT_BYTES_MAX = 1 << 20


class BuildspecError(Exception):
    """The buildspec cannot be run; the text says where and why."""


@dataclass(frozen=True)
class Buildspec:
    """program: what the program inside the sandbox is given. variables, parameters, secrets: {name: value or place}.

    python: the version asked for, "" for none. notes: lines for the log on what is not done here.
    """

    program: JsonDict
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    git_credentials: bool = False
    notes: tuple[str, ...] = ()


def parse(text: str) -> Buildspec:
    """Read a buildspec. Raises BuildspecError."""
    if len(text) > TEXT_BYTES_MAX:
        raise BuildspecError(f"the buildspec is longer than {TEXT_BYTES_MAX} characters")
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise BuildspecError(f"did not find expected YAML{where}: {getattr(error, 'problem', error)}") from error
    if node is None:
        raise BuildspecError("the buildspec is empty")
    return _Reading().whole(node)


class _Reading:
    """One buildspec being read: `lines` knows where each place of it stands."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        self.nodes = 0
        self.notes: list[str] = []

    def whole(self, node: yaml.Node) -> Buildspec:
        spec = self._plain(node, ())
        if not isinstance(spec, dict):
            raise BuildspecError("the buildspec must be a mapping with `version` and `phases`")
        version = spec.get("version", "")
        if version not in ("0.1", "0.2"):
            self._fail(("version",), f"`version` must be 0.1 or 0.2, not {version or 'missing'}")
        if "batch" in spec:
            self._fail(("batch",), "batch builds are not there: start the builds one by one")
        if "phases" not in spec:
            self._fail((), "`phases` is missing")
        env = self._mapping(spec, ("env",))
        shell = env.get("shell", "sh")
        if shell not in SHELLS:
            self._fail(("env", "shell"), f"the shell must be sh or bash, not {shell}")
        self._note_ignored(spec, env)
        phases = self._phases(spec)
        program = {
            "version": version,
            "shell": "bash" if shell.endswith("bash") else "sh",
            "phases": phases,
            "artifacts": self._artifacts(spec),
            "exported": self._list(env, ("env",), "exported-variables"),
        }
        return Buildspec(
            program,
            self._texts(env, "variables"),
            self._texts(env, "parameter-store"),
            self._texts(env, "secrets-manager"),
            self._python(spec),
            self._flag(env, ("env", "git-credential-helper")),
            tuple(self.notes),
        )

    def _phases(self, spec: JsonDict) -> JsonDict:
        given = self._mapping(spec, ("phases",))
        unknown = [name for name in given if name not in PHASES]
        if unknown:
            self._fail(("phases", unknown[0]), f"unknown phase {unknown[0]}; there are {', '.join(PHASES)}")
        found = {}
        for name in PHASES:
            path = ("phases", name)
            phase = self._mapping(spec, path)
            on_failure = phase.get("on-failure", "")
            if on_failure and not ON_FAILURE.fullmatch(str(on_failure)):
                self._fail((*path, "on-failure"), f"on-failure must be ABORT, CONTINUE or RETRY, not {on_failure}")
            if "run-as" in phase:
                self.notes.append(f"run-as in {name} is passed over: a build has one user")
            found[name] = {
                "commands": self._list(phase, path, "commands"),
                "finally": self._list(phase, path, "finally"),
                "on_failure": on_failure,
            }
        return found

    def _python(self, spec: JsonDict) -> str:
        versions = self._mapping(spec, ("phases", "install", "runtime-versions"))
        for name in versions:
            if name != "python":
                self.notes.append(f"runtime-versions: {name} is not provided; what is on this machine's PATH is used")
        return str(versions.get("python", ""))

    def _artifacts(self, spec: JsonDict) -> list[JsonDict]:
        """The primary artifact first, when there is one; then the secondary ones."""
        given = self._mapping(spec, ("artifacts",))
        found = [self._artifact(given, ("artifacts",), "")] if "files" in given else []
        path = ("artifacts", "secondary-artifacts")
        for identifier in self._mapping(spec, path):
            found.append(self._artifact(self._mapping(spec, (*path, identifier)), (*path, identifier), identifier))
        return found

    def _artifact(self, given: JsonDict, path: tuple[str, ...], identifier: str) -> JsonDict:
        files = self._list(given, path, "files")
        if not files:
            self._fail(path, "`files` is missing")
        return {
            "identifier": identifier,
            "files": files,
            "excluded": self._list(given, path, "exclude-paths"),
            "base": self._text(given, path, "base-directory"),
            "flat": self._flag(given, (*path, "discard-paths")),
            "name": self._text(given, path, "name"),
        }

    def _note_ignored(self, spec: JsonDict, env: JsonDict) -> None:
        if "reports" in spec:
            self.notes.append("reports are passed over: there are no report groups here")
        if "proxy" in spec:
            self.notes.append("proxy is passed over: builds reach the network as this machine does")
        if "cache" in spec:
            self.notes.append("cache paths are not kept from build to build; downloaded packages are, by themselves")
        if "run-as" in spec:
            self.notes.append("run-as is passed over: a build has one user")

    # Values of the kinds a buildspec has.

    def _mapping(self, spec: JsonDict, path: tuple[str, ...]) -> JsonDict:
        at: Any = spec
        for number, name in enumerate(path):
            at = at.get(name) or {}
            if not isinstance(at, dict):
                self._fail(path[: number + 1], f"`{name}` must be a mapping")
        found: JsonDict = at
        return found

    def _list(self, given: JsonDict, path: tuple[str, ...], name: str) -> list[str]:
        value = given.get(name) or []
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self._fail((*path, name), f"`{name}` must be a list")
        for number, each in enumerate(value):
            if not isinstance(each, str):
                self._fail((*path, name, str(number)), f"`{name}` must hold texts: put quotes around what has a colon")
        return [each for each in value if each]

    def _text(self, given: JsonDict, path: tuple[str, ...], name: str) -> str:
        value = given.get(name) or ""
        if not isinstance(value, str):
            self._fail((*path, name), f"`{name}` must be a text")
        return str(value)

    def _texts(self, env: JsonDict, name: str) -> dict[str, str]:
        given = self._mapping({"env": env}, ("env", name))
        for key, value in given.items():
            if not isinstance(value, str):
                self._fail(("env", name, key), f"{key} must be a text")
        return dict(given)

    def _flag(self, given: JsonDict, path: tuple[str, ...]) -> bool:
        value = str(given.get(path[-1]) or "no").lower()
        if value not in TRUE | FALSE:
            self._fail(path, f"`{path[-1]}` must be yes or no, not {value}")
        return value in TRUE

    def _plain(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        """A YAML node as plain data whose scalars are texts; notes the line of each place."""
        self.nodes += 1
        if self.nodes > NODES_MAX:
            raise BuildspecError(f"the buildspec means more than {NODES_MAX} values")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(each, (*path, str(number))) for number, each in enumerate(node.value)]
        assert isinstance(node, yaml.MappingNode), "YAML has three kinds of nodes"
        found: JsonDict = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise BuildspecError(f"line {key.start_mark.line + 1}: a name must be a text")
            if key.value in found:
                raise BuildspecError(f"line {key.start_mark.line + 1}: `{key.value}` stands twice")
            here = (*path, key.value)
            self.lines[here] = key.start_mark.line + 1
            found[key.value] = self._plain(value, here)
        return found

    def _fail(self, path: tuple[str, ...], text: str) -> None:
        while path and path not in self.lines:
            path = path[:-1]
        raise BuildspecError(f"line {self.lines.get(path, 1)}: {text}")
