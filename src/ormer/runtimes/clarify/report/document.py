"""The report as a PDF, drawn with ReportLab (BSD licence)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ...toolkit.pdf_text import plain
from .charts import BIAS_RANGE_MAX, BIAS_RANGE_MIN
from .facts import Facts, number, subject
from .meanings import IDEALS, MEANINGS, PDP_MEANING, SHAP_MEANING

INK, SOFT, BLUE, RED, GREEN, LINE, STRIP = "#1c2430", "#5b6675", "#2f6fde", "#c8553d", "#2e8b6b", "#e3e7ec", "#c9d3e0"
WIDTH = 487  # A4 less the margins, in points
CURVE_WIDTH, CURVE_HEIGHT = 225, 100


def write_pdf(facts: Facts, path: Path) -> None:
    """Write the report to `path`."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    story = _story(facts)
    document = SimpleDocTemplate(
        str(path), pagesize=A4, leftMargin=54, rightMargin=54, topMargin=54, bottomMargin=54, title=facts.title
    )
    document.build(story, onFirstPage=_footer, onLaterPages=_footer)


def _footer(canvas: Any, document: Any) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.drawRightString(541, 30, f"Page {document.page}")
    canvas.restoreState()


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    body = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=13.5, textColor=INK, spaceAfter=6)
    bold = "Helvetica-Bold"
    return {
        "body": body,
        "quiet": ParagraphStyle("quiet", body, textColor=SOFT, keepWithNext=1),
        "cell": ParagraphStyle("cell", body, fontSize=8, leading=10.5, spaceAfter=0),
        "h1": ParagraphStyle("h1", body, fontName=bold, fontSize=22, leading=26, spaceAfter=8),
        "h2": ParagraphStyle(
            "h2", body, fontName=bold, fontSize=15, leading=19, spaceBefore=18, spaceAfter=5, keepWithNext=1
        ),
        "h3": ParagraphStyle(
            "h3", body, fontName=bold, fontSize=11, leading=14, spaceBefore=10, spaceAfter=4, keepWithNext=1
        ),
    }


def _story(facts: Facts) -> list[Any]:
    from reportlab.platypus import Paragraph

    styles = _styles()
    say = lambda style, text: Paragraph(text, styles[style])  # noqa: E731
    story = [
        say("h1", plain(facts.title)),
        say("quiet", f"{facts.rows:,} records, {len(facts.features)} features, {plain(facts.dataset_type)}."),
    ]
    if facts.violations is not None:
        story.append(say("h2", f"Drift: {len(facts.violations)} violations of the baseline"))
        story += [say("body", plain(f"{subject(one)}: {one['description']}")) for one in facts.violations]
    if facts.performance is not None:
        rates = [f"{name} {'-' if value is None else f'{value:.1%}'}" for name, value, _ in facts.performance.rates()]
        story += [say("h2", "Model performance"), say("body", plain(", ".join(rates) + "."))]
    for title, section in facts.bias:
        story.append(say("h2", title))
        story.append(
            say("quiet", plain(f"Label {section['label']}, positive outcome {section['label_value_or_threshold']}."))
        )
        for facet, entries in section["facets"].items():
            for entry in entries:
                story.append(say("h3", plain(f"{facet}: {entry['value_or_threshold'] or 'no record'}")))
                story += [_bias_drawing(entry["metrics"]), _bias_table(entry["metrics"], styles["cell"])]
    if facts.shap:
        story += [say("h2", "Feature importance"), say("quiet", plain(SHAP_MEANING))]
        for label, entry in facts.shap.items():
            story.append(say("h3", plain(f"{label}, expected value {number(entry['expected_value'])}")))
            story += _importance_drawings(entry["global_shap_values"])
    if facts.pdp:
        story += [say("h2", "Partial dependence"), say("quiet", plain(PDP_MEANING)), _dependence_table(facts.pdp)]
    return story


def _bias_drawing(metrics: list[dict[str, Any]]) -> Any:
    from reportlab.graphics.shapes import Drawing, Line, Rect, String

    offsets = [None if m["value"] is None else float(m["value"]) - IDEALS[m["name"]] for m in metrics]
    finite = [abs(offset) for offset in offsets if offset is not None and math.isfinite(offset)]
    reach = min(max([BIAS_RANGE_MIN, *finite]), BIAS_RANGE_MAX)
    middle, half, row = 250.0, 170.0, 15
    drawing = Drawing(WIDTH, row * len(metrics) + 4)
    drawing.add(Line(middle, 0, middle, row * len(metrics), strokeColor=_color(SOFT), strokeWidth=0.6))
    for index, (metric, offset) in enumerate(zip(metrics, offsets, strict=True)):
        y = row * (len(metrics) - index - 1)
        drawing.add(String(36, y + 4, metric["name"], fontName="Helvetica", fontSize=8, textAnchor="end"))
        length = 0.0 if offset is None else min(abs(offset) / reach, 1.0) * half
        x = middle if offset is None or offset >= 0 else middle - length
        if offset is not None:
            fill = _color(RED if offset >= 0 else GREEN)
            drawing.add(Rect(x, y + 2, max(length, 1), row - 5, fillColor=fill, strokeWidth=0, strokeColor=None))
        at, anchor = (x - 4, "end") if offset is not None and offset < 0 else (x + length + 4, "start")
        text = number(metric["value"]).replace("−", "-").replace("∞", "Infinity")
        drawing.add(String(at, y + 4, text, fontName="Helvetica", fontSize=8, textAnchor=anchor))
    return drawing


def _bias_table(metrics: list[dict[str, Any]], style: Any) -> Any:
    from reportlab.platypus import Paragraph, Table

    rows = [["Metric", "Value", "What it means"]]
    for metric in metrics:
        why = f" {metric['error']}." if metric.get("error") else ""
        cells = (metric["description"], number(metric["value"]), MEANINGS[metric["name"]] + why)
        rows.append([Paragraph(plain(cell), style) for cell in cells])
    table = Table(rows, colWidths=[150, 62, WIDTH - 212], repeatRows=1, hAlign="LEFT")
    table.setStyle(
        [
            ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 8),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, _color(LINE)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
    )
    return table


def _importance_drawings(values: dict[str, float]) -> list[Any]:
    """One small drawing for each bar, so that a long list breaks across pages."""
    from reportlab.graphics.shapes import Drawing, Rect, String

    ranked = sorted(values.items(), key=lambda item: -abs(item[1]))
    largest = max((abs(value) for _, value in ranked), default=0.0) or 1.0
    drawings = []
    for name, value in ranked:
        drawing, length = Drawing(WIDTH, 16), max(1.0, abs(value) / largest * 270)
        drawing.add(String(130, 4, _short(name), fontName="Helvetica", fontSize=8, textAnchor="end"))
        drawing.add(Rect(136, 2, length, 10, fillColor=_color(BLUE), strokeWidth=0, strokeColor=None))
        text = number(value).replace("−", "-")
        drawing.add(String(142 + length, 4, text, fontName="Helvetica", fontSize=8))
        drawings.append(drawing)
    return drawings


def _short(name: str) -> str:
    shown = name if len(name) <= 28 else name[:27] + "..."
    return shown.encode("cp1252", "replace").decode("cp1252")


def _dependence_table(entries: list[dict[str, Any]]) -> Any:
    from reportlab.platypus import Table

    cells = [_curve(entry, output) for entry in entries for output in range(len(entry["model_predictions"]))]
    rows = [cells[at : at + 2] + [""] * (2 - len(cells[at : at + 2])) for at in range(0, len(cells), 2)]
    return Table(rows, colWidths=[WIDTH / 2] * 2, hAlign="LEFT")


def _curve(entry: dict[str, Any], output: int) -> Any:
    from reportlab.graphics.shapes import Drawing, PolyLine, Rect, String

    values, heights = entry["feature_values"], entry["model_predictions"][output]
    low, high = min(heights), max(heights)
    span = (high - low) or 1.0
    drawing = Drawing(CURVE_WIDTH, CURVE_HEIGHT + 34)
    label = f" -> {entry['label_headers'][output]}" if len(entry["label_headers"]) > 1 else ""
    title = _short(f"{entry['feature_name']}{label}")
    drawing.add(String(0, CURVE_HEIGHT + 22, title, fontName="Helvetica-Bold", fontSize=8))
    width, floor = 170 / len(values), 32
    xs = [42 + width * (index + 0.5) for index in range(len(values))]
    ys = [floor + (value - low) / span * (CURVE_HEIGHT - floor) for value in heights]
    largest = max(entry["data_distribution"]) or 1.0
    for x, y, share in zip(xs, ys, entry["data_distribution"], strict=True):
        bar = Rect(x - width * 0.4, 12, width * 0.8, share / largest * 16, fillColor=_color(STRIP), strokeColor=None)
        drawing.add(bar)
        drawing.add(Rect(x - 1.5, y - 1.5, 3, 3, fillColor=_color(BLUE), strokeColor=None))
    if entry["data_type"] == "numerical" and len(xs) > 1:
        points = [coordinate for point in zip(xs, ys, strict=True) for coordinate in point]
        drawing.add(PolyLine(points, strokeColor=_color(BLUE), strokeWidth=1.3))
    for y, value in ((floor, low), (CURVE_HEIGHT, high)):
        text = number(value).replace("−", "-")
        drawing.add(String(38, y - 3, text, fontName="Helvetica", fontSize=7, textAnchor="end"))
    for x, value in ((xs[0], values[0]), (xs[-1], values[-1])):
        text = _short(number(value) if isinstance(value, float) else str(value)).replace("−", "-")[:14]
        drawing.add(String(x, 2, text.replace("?", "-"), fontName="Helvetica", fontSize=7, textAnchor="middle"))
    return drawing


def _color(code: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(code)
