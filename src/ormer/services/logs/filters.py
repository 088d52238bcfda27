"""Filter patterns for unstructured and JSON log events.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from ormer.aws.errors import AwsError

Match = Callable[[str], bool]
REGEX = re.compile(r"^%(.*)%$")


def matcher(pattern: str) -> Match:
    """What decides whether a message passes: every plain term, at least one `?term`, no `-term`; `%…%` is a regex.

    Raises InvalidParameterException for JSON selectors (`{ … }`) and space-delimited ones (`[ … ]`), which are not
    answered yet.
    """
    text = pattern.strip()
    if not text:
        return lambda message: True
    if text[0] in "{[":
        raise AwsError(
            "InvalidParameterException",
            "Filter patterns of the forms { … } and [ … ] are not answered yet; use terms, ?terms, -terms or %regex%.",
        )
    if REGEX.match(text) and text.count("%") == 2:
        return _term(text)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise AwsError("InvalidParameterException", f"Invalid filter pattern: {error}.") from None
    wanted = [_term(word) for word in words if word[0] not in "?-"]
    unwanted = [_term(word[1:]) for word in words if word[0] == "-"]
    optional = [_term(word[1:]) for word in words if word[0] == "?"]

    def match(message: str) -> bool:
        if any(term(message) for term in unwanted) or not all(term(message) for term in wanted):
            return False
        return not optional or bool(wanted) or any(term(message) for term in optional)

    return match


def _term(word: str) -> Match:
    found = REGEX.match(word)
    if found is None:
        return lambda message: word in message
    try:
        compiled = re.compile(found[1])
    except re.error as error:
        raise AwsError("InvalidParameterException", f"Invalid regular expression in the pattern: {error}.") from None
    return lambda message: compiled.search(message) is not None
