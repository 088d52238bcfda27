"""JMESPath queries with errors that name the query."""

from __future__ import annotations

from typing import Any

from .errors import ClientError


def search(expression: str, document: Any) -> Any:
    """Return what the JMESPath expression finds in the document, or None. Raises ClientError when it is malformed."""
    import jmespath

    try:
        return jmespath.search(expression, document)
    except jmespath.exceptions.JMESPathError as error:
        raise ClientError(f"The JMESPath expression {expression!r} is not valid: {error}") from error
