"""`#{namespace.name}` in actions' configurations.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

REFERENCE = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_.\-]+)\}")
PIPELINE_NAMESPACE = "variables"
OWN_NAMESPACE = "codepipeline"

Namespaces = Mapping[str, Mapping[str, str]]


class Unresolved(Exception):
    """A reference to a variable that no action has made. The text is for the person who wrote it."""


def resolve(text: str, namespaces: Namespaces) -> str:
    """The text with every reference replaced. Raises Unresolved."""

    def value(found: re.Match[str]) -> str:
        namespace, name = found.groups()
        if namespace not in namespaces or name not in namespaces[namespace]:
            known = ", ".join(f"#{{{namespace}.{one}}}" for one in sorted(namespaces.get(namespace, {})))
            hint = f" There are: {known}." if known else " No action before this one has that namespace."
            raise Unresolved(f"The variable {found[0]} is not there.{hint}")
        return namespaces[namespace][name]

    return REFERENCE.sub(value, text)


def resolve_all(configuration: Mapping[str, str], namespaces: Namespaces) -> dict[str, str]:
    """A configuration with every value resolved. Raises Unresolved."""
    return {name: resolve(text, namespaces) for name, text in configuration.items()}
