"""The report as a Jupyter notebook: the charts are already in it, and its cells read analysis.json beside it again."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from . import charts
from .facts import Facts, number
from .meanings import IDEALS, PDP_MEANING, SHAP_MEANING

LOAD = """import json

with open("analysis.json", encoding="utf-8") as file:
    analysis = json.load(file)
list(analysis)"""
# Notebooks bring no style sheet for our charts, so their colours travel with them.
CHART_STYLE = (
    "<style>svg{font:13px sans-serif;background:#fff}svg .bar,svg .dot{fill:#2f6fde}svg .above{fill:#c8553d}"
    "svg .below{fill:#2e8b6b}svg .share{fill:#c9d3e0}svg .axis{stroke:#5b6675}svg .grid{stroke:#e3e7ec}"
    "svg .curve{fill:none;stroke:#2f6fde;stroke-width:2}</style>"
)


def notebook(facts: Facts) -> str:
    """Return the notebook as JSON text, nbformat 4.5."""
    cells = [
        _text(f"# {facts.title}\n\n{facts.rows:,} records, {len(facts.features)} features."),
        _code(LOAD, _plain_output(repr(list(facts.analysis)))),
    ]
    for title, section in facts.bias:
        key = "pre_training_bias_metrics" if title.startswith("Pre") else "post_training_bias_metrics"
        cells.append(_text(f"## {title}\n\nLabel `{section['label']}`: `{section['label_value_or_threshold']}`"))
        for facet, entries in section["facets"].items():
            for index, entry in enumerate(entries):
                source = f'analysis["{key}"]["facets"][{json.dumps(facet)}][{index}]["metrics"]'
                shown = charts.bias_chart(entry["metrics"], IDEALS) + _table(entry["metrics"])
                cells.append(_text(f"### {facet}: {entry['value_or_threshold']}"))
                cells.append(_code(source, _html_output(shown)))
    if facts.shap:
        cells.append(_text(f"## Feature importance\n\n{SHAP_MEANING}"))
    for label, entry in facts.shap.items():
        source = f'analysis["explanations"]["kernel_shap"][{json.dumps(label)}]'
        cells.append(_code(source, _html_output(charts.importance_chart(entry["global_shap_values"]))))
    if facts.pdp:
        cells.append(_text(f"## Partial dependence\n\n{PDP_MEANING}"))
    for index, entry in enumerate(facts.pdp):
        drawn = [charts.dependence_chart(entry, output) for output in range(len(entry["model_predictions"]))]
        title = f"<b>{escape(entry['feature_name'])}</b>"
        cells.append(_code(f'analysis["explanations"]["pdp"][{index}]', _html_output(title + "".join(drawn))))
    numbered = [{**cell, "id": f"cell-{index}"} for index, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _table(metrics: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{escape(metric['description'])}</td><td>{number(metric['value'])}</td></tr>" for metric in metrics
    )
    return f"<table><tr><th>Metric</th><th>Value</th></tr>{rows}</table>"


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(source: str, output: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "source": source.splitlines(keepends=True),
        "outputs": [output],
    }


def _html_output(html: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": [CHART_STYLE + html]}}


def _plain_output(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/plain": [text]}}
