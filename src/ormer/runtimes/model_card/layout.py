"""Colours, widths and styles of a card's pages."""

from __future__ import annotations

from typing import Any

WIDTH = 487
"""A4 less the margins, in points."""
COLORS = {"ink": "#1c2430", "soft": "#5b6675", "line": "#e3e7ec", "strip": "#eef2f7"}
RISKS = {"High": "#c8553d", "Medium": "#b7791f", "Low": "#2e8b6b"}


def color(name: str) -> Any:
    """A colour by its name here."""
    from reportlab.lib.colors import HexColor

    return HexColor(COLORS[name])


def styles() -> dict[str, Any]:
    """{name: style} of headings, text and cells."""
    from reportlab.lib.styles import ParagraphStyle

    bold = "Helvetica-Bold"
    body = ParagraphStyle(
        "body", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=COLORS["ink"], spaceAfter=6
    )
    # A word longer than its column, such as an ARN, is broken wherever the column ends.
    cell = ParagraphStyle("cell", body, fontSize=8.5, leading=11.5, spaceAfter=0, splitLongWords=1)
    heading = {"fontName": bold, "keepWithNext": 1}
    return {
        "body": body,
        "quiet": ParagraphStyle("quiet", body, textColor=COLORS["soft"]),
        "cell": cell,
        "name": ParagraphStyle("name", cell, textColor=COLORS["soft"], fontName=bold),
        "h1": ParagraphStyle("h1", body, fontSize=22, leading=27, spaceAfter=2, **heading),
        "h2": ParagraphStyle("h2", body, fontSize=15, leading=19, spaceBefore=18, spaceAfter=5, **heading),
        "h3": ParagraphStyle("h3", body, fontSize=11.5, leading=15, spaceBefore=10, spaceAfter=4, **heading),
        "h4": ParagraphStyle("h4", body, fontSize=9.5, leading=13, spaceBefore=8, spaceAfter=3, **heading),
        **{"risk" + risk: ParagraphStyle(risk, cell, textColor=code, fontName=bold) for risk, code in RISKS.items()},
    }
