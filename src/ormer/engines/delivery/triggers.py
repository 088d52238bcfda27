"""Which pushes and pull requests a pipeline's `triggers` let start it: by tag, by branch, by the files that changed.

https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

JsonDict = dict[str, Any]
PATTERNS_KEPT = 256
# A pull request's events in CodeCommit's words, as triggers name them.
PULL_EVENTS = {
    "pullRequestCreated": "OPEN",
    "pullRequestSourceBranchUpdated": "UPDATED",
    "pullRequestStatusChanged": "CLOSED",
    "pullRequestMergeStatusUpdated": "CLOSED",
}


@dataclass(frozen=True)
class Moved:
    """What happened in a repository. commit_id: what is to be built, of `branch` ("" for a tag).

    tag: the tag that was pushed. pull: OPEN, UPDATED or CLOSED of a pull request into `target`; "" for a push.
    paths: the files that changed, None when nobody asks for them.
    """

    commit_id: str
    branch: str = ""
    tag: str = ""
    pull: str = ""
    target: str = ""
    paths: Collection[str] | None = None


def of_action(declaration: JsonDict, action: str) -> list[JsonDict]:
    """The git configurations of a pipeline's triggers that watch one of its source actions."""
    found = (one["gitConfiguration"] for one in declaration.get("triggers") or ())
    return [one for one in found if one["sourceActionName"] == action]


def ask_for_paths(configurations: Iterable[JsonDict]) -> bool:
    """Whether any filter looks at the files that changed."""
    return any(one.get("filePaths") for each in configurations for one in _filters(each))


def start(configuration: JsonDict, moved: Moved) -> bool:
    """Whether any of a trigger's filters lets what happened through. Without filters every push to a branch does."""
    if moved.pull:
        return any(_pull(one, moved) for one in configuration.get("pullRequest") or ())
    pushes = configuration.get("push")
    if not pushes:
        return not configuration.get("pullRequest") and bool(moved.branch)
    return any(_push(one, moved) for one in pushes)


def _filters(configuration: JsonDict) -> Iterator[JsonDict]:
    yield from configuration.get("push") or ()
    yield from configuration.get("pullRequest") or ()


def _push(given: JsonDict, moved: Moved) -> bool:
    if moved.tag:
        return bool(given.get("tags")) and _lets(given["tags"], [moved.tag])
    return not given.get("tags") and _lets(given.get("branches"), [moved.branch]) and _files(given, moved)


def _pull(given: JsonDict, moved: Moved) -> bool:
    events = given.get("events") or list(PULL_EVENTS.values())
    return moved.pull in events and _lets(given.get("branches"), [moved.target]) and _files(given, moved)


def _files(given: JsonDict, moved: Moved) -> bool:
    return not given.get("filePaths") or _lets(given["filePaths"], moved.paths or ())


def _lets(given: JsonDict | None, names: Collection[str]) -> bool:
    """Whether any name is included, and not excluded: excludes win. With excludes alone everything else is in."""
    if not given:
        return True
    left = [name for name in names if not any(matches(one, name) for one in given.get("excludes") or ())]
    includes = given.get("includes")
    return bool(left) if not includes else any(matches(one, name) for one in includes for name in left)


def matches(pattern: str, name: str) -> bool:
    """Whether a glob fits: `*` within a folder, `**` across folders, `?`, `[a-z]`, `[!a-z]` and `{a,b}`."""
    return _compiled(pattern).fullmatch(name) is not None


@lru_cache(PATTERNS_KEPT)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_regex(pattern)), re.DOTALL)


TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^]]+\]|\{[^{}]*\}|.", re.DOTALL)


def _regex(pattern: str) -> Iterator[str]:
    for token in TOKEN.findall(pattern):
        if token == "**/":
            yield "(?:.*/)?"
        elif token == "**":
            yield ".*"
        elif token == "*":
            yield "[^/]*"
        elif token == "?":
            yield "[^/]"
        elif token.startswith("[") and len(token) > 1:
            inner = token[1:-1].replace("\\", "\\\\").replace("^", "\\^")
            yield f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
        elif token.startswith("{") and len(token) > 1:
            yield "(?:" + "|".join("".join(_regex(one)) for one in token[1:-1].split(",")) + ")"
        else:
            yield re.escape(token)
