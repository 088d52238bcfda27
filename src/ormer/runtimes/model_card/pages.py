"""A card's pages, drawn with ReportLab (BSD licence).

Sections and their order are those of the card's schema; what a content has beyond it follows in its own order.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-json-schema.html
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Iterator, Mapping

from ..toolkit.pdf_text import plain
from .layout import RISKS, WIDTH, color, styles
from .values import is_empty, is_flat, is_table, shown, titled

SECTIONS = (
    "model_overview",
    "model_package_details",
    "intended_uses",
    "business_details",
    "training_details",
    "evaluation_details",
    "additional_information",
)
CELL_CHARACTERS_MAX = 3000
"""A row of a table stands on one page; a longer text is a paragraph of its own, which breaks across pages."""
COLUMNS_MAX = 5
HEADINGS = ("h2", "h3", "h4")
NAMES = ("name", "metric_name")


def write_pdf(card: Mapping[str, Any], path: Path) -> None:
    """Write the card to `path`. card: name, version, status, created and modified in seconds, and its content."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    def footer(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(color("soft"))
        canvas.drawString(54, 30, "{}, version {}".format(card["name"], card["version"]))
        canvas.drawRightString(541, 30, "Page {}".format(document.page))
        canvas.restoreState()

    title = "Model card {}".format(card["name"])
    margins = {"leftMargin": 54, "rightMargin": 54, "topMargin": 54, "bottomMargin": 54}
    document = SimpleDocTemplate(str(path), pagesize=A4, title=title, subject="Model card", **margins)
    document.build(list(Pages(styles()).of(card)), onFirstPage=footer, onLaterPages=footer)


class Pages:
    """What stands on the pages, from top to bottom."""

    def __init__(self, look: Mapping[str, Any]) -> None:
        self._look = look

    def of(self, card: Mapping[str, Any]) -> Iterator[Any]:
        content = card["content"]
        yield self._say("h1", card["name"])
        yield self._say("quiet", "Model card")
        yield self._pairs(_facts(card, content))
        names = [name for name in SECTIONS if name in content]
        for name in [*names, *(name for name in content if name not in SECTIONS)]:
            if not is_empty(content[name]):
                yield self._say("h2", titled(name))
                yield from self._value(content[name], 1)

    def _value(self, value: Any, level: int) -> Iterator[Any]:
        """A value below its heading. level: of the headings inside it."""
        if isinstance(value, Mapping):
            yield from self._object(value, level)
        elif is_table(value, COLUMNS_MAX, CELL_CHARACTERS_MAX // COLUMNS_MAX):
            yield self._table(value)
        elif isinstance(value, list) and not is_flat(value):
            for number, one in enumerate(value, 1):
                yield from self._entry(one, number, level)
        else:
            yield self._say("body", shown(value))

    def _entry(self, one: Any, number: int, level: int) -> Iterator[Any]:
        """One of a list's members, under its own name where it has one."""
        if not isinstance(one, Mapping):
            yield from self._value(one, level)
            return
        own = next((name for name in NAMES if one.get(name)), None)
        yield self._heading(level, str(one[own]) if own else str(number))
        yield from self._object({name: value for name, value in one.items() if name != own}, level + 1)

    def _object(self, value: Mapping[str, Any], level: int) -> Iterator[Any]:
        """Short members as a table of pairs, then the others, each under its heading."""
        given = {name: one for name, one in value.items() if not is_empty(one)}
        short = {name: one for name, one in given.items() if is_flat(one) and len(shown(one)) <= CELL_CHARACTERS_MAX}
        if short:
            yield self._pairs({titled(name): shown(one) for name, one in short.items()})
        for name, one in given.items():
            if name not in short:
                yield self._heading(level, titled(name))
                yield from self._value(one, level + 1)

    def _heading(self, level: int, text: str) -> Any:
        return self._say(HEADINGS[min(level, len(HEADINGS) - 1)], text)

    def _say(self, style: str, text: str) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(plain(text).replace("\n", "<br/>"), self._look[style])

    def _pairs(self, pairs: Mapping[str, str]) -> Any:
        from reportlab.platypus import Table

        rows = [
            [self._say("name", name), self._say("risk" + text if text in RISKS else "cell", text)]
            for name, text in pairs.items()
        ]
        table = Table(rows, colWidths=[140, WIDTH - 140], hAlign="LEFT", spaceAfter=6)
        table.setStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, color("line")),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
            ]
        )
        return table

    def _table(self, rows: list[Mapping[str, Any]]) -> Any:
        from reportlab.platypus import Table

        columns = list(dict.fromkeys(name for row in rows for name in row))
        cells = [[self._say("name", titled(name)) for name in columns]]
        cells += [[self._say("cell", shown(row.get(name))) for name in columns] for row in rows]
        table = Table(cells, colWidths=[WIDTH / len(columns)] * len(columns), repeatRows=1, hAlign="LEFT", spaceAfter=6)
        table.setStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, 0), color("strip")),
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, color("line")),
            ]
        )
        return table


def _facts(card: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, str]:
    """What is said of the card itself."""
    uses = content.get("intended_uses")
    risk = uses.get("risk_rating") if isinstance(uses, Mapping) else None
    facts = {
        "Version": str(card["version"]),
        "Status": titled(str(card["status"])),
        "Created": _time(card["created"]),
        "Last modified": _time(card["modified"]),
    }
    return {**facts, **({"Risk rating": shown(risk)} if risk else {})}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
