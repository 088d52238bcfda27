"""Which files an artifact's patterns mean. `*` stays within one folder, `**` goes through any number of them.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.artifacts.files
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Iterator, List, Pattern, Sequence


def files(folder: Path) -> Iterator[str]:
    """Every file below a folder as a path relative to it, by name; links to folders are not entered."""
    for root, names, found in os.walk(str(folder)):
        names.sort()
        for name in sorted(found):
            yield os.path.relpath(os.path.join(root, name), str(folder))


def matching(folder: Path, patterns: Sequence[str], excluded: Sequence[str] = ()) -> List[str]:
    """The files below `folder` that one of the patterns means, and none of the excluded ones."""
    wanted = [pattern(each) for each in patterns]
    unwanted = [pattern(each) for each in excluded]
    return [
        path
        for path in files(folder)
        if any(each.match(path) for each in wanted) and not any(each.match(path) for each in unwanted)
    ]


def pattern(glob: str) -> Pattern[str]:
    """A glob as a regular expression over a whole relative path."""
    text = glob[2:] if glob.startswith("./") else glob
    made, at = [], 0
    while at < len(text):
        if text.startswith("**/", at):
            made.append("(?:.*/)?")
            at += 3
        elif text.startswith("**", at):
            made.append(".*")
            at += 2
        else:
            made.append({"*": "[^/]*", "?": "[^/]"}.get(text[at]) or re.escape(text[at]))
            at += 1
    return re.compile("".join(made) + r"\Z", re.DOTALL)
