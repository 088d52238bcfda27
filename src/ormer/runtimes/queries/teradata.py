"""Trino's functions that come from Teradata: times by formats such as yyyy-mm-dd hh24:mi:ss.

https://trino.io/docs/current/functions/teradata.html
"""

from __future__ import annotations

import re

from sqlglot import exp

WORDS = {
    "yyyy": "%Y",
    "yy": "%y",
    "hh24": "%H",
    "hh12": "%I",
    "hh": "%I",
    "mm": "%m",
    "dd": "%d",
    "mi": "%M",
    "ss": "%S",
}
TOKEN = re.compile("|".join(sorted(WORDS, key=len, reverse=True)), re.IGNORECASE)
# {Trino's name: DuckDB's, and the type that comes of it}
READING = {"TO_TIMESTAMP": ("strptime", "TIMESTAMP"), "TO_DATE": ("strptime", "DATE")}


def replaced(tree: exp.Expression) -> exp.Expression:
    """The statement with these functions as DuckDB's."""
    return tree.transform(_replace)


def _replace(node: exp.Expression) -> exp.Expression:
    if not isinstance(node, exp.Anonymous) or len(node.expressions) != 2:
        return node
    name, (value, form) = node.name.upper(), node.expressions
    if not (isinstance(form, exp.Literal) and form.is_string):
        return node
    written = exp.Literal.string(TOKEN.sub(lambda match: WORDS[match[0].lower()], form.name))
    if name in READING:
        function, kind = READING[name]
        return exp.cast(exp.Anonymous(this=function, expressions=[value, written]), kind)
    return node
