"""Inline SVG charts: they scale with the page, carry their numbers as text and follow its light or dark colours."""

from __future__ import annotations

import math
from html import escape
from typing import Any

from .facts import number

LABEL_WIDTH, BAR_WIDTH, VALUE_WIDTH, ROW = 170, 380, 90, 26
LABEL_CHARS_MAX = 24
# Longer bars end here and show their number: one outlier must not flatten the others.
BIAS_RANGE_MIN, BIAS_RANGE_MAX = 0.5, 1.0
METRIC_WIDTH = 70
CURVE_WIDTH, CURVE_HEIGHT, STRIP_HEIGHT, LEFT, BOTTOM, TOP = 340, 150, 26, 54, 24, 8
CATEGORY_CHARS_MAX = 10


def importance_chart(values: dict[str, float]) -> str:
    """Return horizontal bars, longest first, of a label's global SHAP values."""
    ranked = sorted(values.items(), key=lambda item: -abs(item[1]))
    largest = max((abs(value) for _, value in ranked), default=0.0) or 1.0
    rows = []
    for index, (name, value) in enumerate(ranked):
        y, width = index * ROW, max(1.0, abs(value) / largest * BAR_WIDTH)
        rows.append(
            f"{_name(name, y)}"
            f'<rect class="bar" x="{LABEL_WIDTH}" y="{y + 5}" width="{width:.1f}" height="{ROW - 10}" rx="3"/>'
            f'<text class="value" x="{LABEL_WIDTH + width + 8:.1f}" y="{y + 17}">{number(value)}</text>'
        )
    return _svg(LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH, len(ranked) * ROW, "".join(rows), "Global SHAP values")


def bias_chart(metrics: list[dict[str, Any]], ideals: dict[str, float]) -> str:
    """Return one bar for each metric, from its ideal value to its measured one; the middle line is the ideal."""
    offsets = [_offset(metric, ideals) for metric in metrics]
    finite = [abs(offset) for offset in offsets if offset is not None and math.isfinite(offset)]
    reach = min(max([BIAS_RANGE_MIN, *finite]), BIAS_RANGE_MAX)
    half = BAR_WIDTH / 2
    middle = METRIC_WIDTH + VALUE_WIDTH + half
    rows = [f'<line class="axis" x1="{middle}" y1="0" x2="{middle}" y2="{len(metrics) * ROW}"/>']
    for index, (metric, offset) in enumerate(zip(metrics, offsets, strict=True)):
        rows.append(_bias_row(metric, offset, index * ROW, middle, half, reach))
    return _svg(int(middle + half + VALUE_WIDTH), len(metrics) * ROW, "".join(rows), "Bias metrics around their ideal")


def _bias_row(metric: dict[str, Any], offset: float | None, y: int, middle: float, half: float, reach: float) -> str:
    name = f'<text class="name" x="{METRIC_WIDTH - 10}" y="{y + 17}" text-anchor="end">{metric["name"]}</text>'
    if offset is None:
        return f'{name}<text class="quiet" x="{middle + 8}" y="{y + 17}">not available</text>'
    length = min(abs(offset) / reach, 1.0) * half
    x = middle if offset >= 0 else middle - length
    kind = "above" if offset >= 0 else "below"
    at, anchor = (x + length + 6, "start") if offset >= 0 else (x - 6, "end")
    return (
        f'{name}<rect class="{kind}" x="{x:.1f}" y="{y + 5}" width="{max(length, 1.5):.1f}" '
        f'height="{ROW - 10}" rx="2"/>'
        f'<text class="value" x="{at:.1f}" y="{y + 17}" text-anchor="{anchor}">{number(metric["value"])}</text>'
    )


def _offset(metric: dict[str, Any], ideals: dict[str, float]) -> float | None:
    return None if metric["value"] is None else float(metric["value"]) - ideals.get(metric["name"], 0.0)


def dependence_chart(entry: dict[str, Any], output: int) -> str:
    """Return one label's curve (bars for categories) over a feature, above the distribution of the feature's data."""
    values, predictions = entry["feature_values"], entry["model_predictions"][output]
    low, high = _padded(min(predictions), max(predictions))
    is_category = entry["data_type"] == "categorical"
    positions = _positions(values, is_category)
    heights = [TOP + (high - value) / (high - low) * CURVE_HEIGHT for value in predictions]
    drawn = _grid(low, high)
    if is_category:
        base = TOP + CURVE_HEIGHT
        drawn += "".join(
            f'<rect class="bar" x="{x - 9:.1f}" y="{y:.1f}" width="18" height="{max(base - y, 1):.1f}" rx="2"/>'
            for x, y in zip(positions, heights, strict=True)
        )
    else:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(positions, heights, strict=True))
        drawn += f'<polyline class="curve" points="{points}"/>'
        drawn += "".join(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in zip(positions, heights, strict=True)
        )
    drawn += _distribution(positions, entry["data_distribution"]) + _ticks(values, positions, is_category)
    height = TOP + CURVE_HEIGHT + STRIP_HEIGHT + BOTTOM + 10
    return _svg(LEFT + CURVE_WIDTH + 14, height, drawn, f"Partial dependence on {entry['feature_name']}")


def _padded(low: float, high: float) -> tuple[float, float]:
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _positions(values: list[Any], is_category: bool) -> list[float]:
    if is_category or len(values) == 1:
        return [LEFT + (index + 0.5) / len(values) * CURVE_WIDTH for index in range(len(values))]
    first, last = values[0], values[-1]
    margin = CURVE_WIDTH / len(values) / 2
    return [LEFT + margin + (value - first) / (last - first) * (CURVE_WIDTH - 2 * margin) for value in values]


def _grid(low: float, high: float) -> str:
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = TOP + share * CURVE_HEIGHT
        lines.append(
            f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{LEFT + CURVE_WIDTH}" y2="{y}"/>'
            f'<text class="tick" x="{LEFT - 6}" y="{y + 4}" text-anchor="end">'
            f"{number(high - share * (high - low))}</text>"
        )
    return "".join(lines)


def _distribution(positions: list[float], shares: list[float]) -> str:
    width = max(2.0, CURVE_WIDTH / len(positions) * 0.8)
    base, largest = TOP + CURVE_HEIGHT + STRIP_HEIGHT + 4, max(shares) or 1.0
    return "".join(
        f'<rect class="share" x="{x - width / 2:.1f}" y="{base - share / largest * STRIP_HEIGHT:.1f}" '
        f'width="{width:.1f}" height="{share / largest * STRIP_HEIGHT:.1f}">'
        f"<title>{share:.1%} of the records</title></rect>"
        for x, share in zip(positions, shares, strict=True)
    )


def _ticks(values: list[Any], positions: list[float], is_category: bool) -> str:
    y = TOP + CURVE_HEIGHT + STRIP_HEIGHT + 20
    chosen = range(len(values)) if is_category and len(values) <= 8 else sorted({0, len(values) // 2, len(values) - 1})
    return "".join(
        f'<text class="tick" x="{positions[index]:.1f}" y="{y}" text-anchor="middle">{_category(values[index])}</text>'
        for index in chosen
    )


def _category(value: Any) -> str:
    text = number(value) if isinstance(value, float) else str(value).strip()
    return escape(_cut(text, CATEGORY_CHARS_MAX))


def _name(name: str, y: int) -> str:
    shown = escape(_cut(name, LABEL_CHARS_MAX))
    return (
        f'<text class="name" x="{LABEL_WIDTH - 10}" y="{y + 17}" text-anchor="end">'
        f"<title>{escape(name)}</title>{shown}</text>"
    )


def _cut(text: str, chars_max: int) -> str:
    return text if len(text) <= chars_max else text[: chars_max - 1] + "…"


def _svg(width: int, height: int, content: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(title, quote=True)}">{content}</svg>'
    )
