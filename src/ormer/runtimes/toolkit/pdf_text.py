"""Text for ReportLab's paragraphs."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape


def plain(text: Any) -> str:
    """Return the text in what the standard PDF fonts can show, safe as markup."""
    known = str(text).replace("−", "-").replace("∞", "Infinity").replace("…", "...").replace("→", "->")
    return escape(known.encode("cp1252", "replace").decode("cp1252"))
