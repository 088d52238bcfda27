"""The report as one HTML page that needs nothing from anywhere else."""

from __future__ import annotations

from html import escape
from typing import Any

from . import charts
from .facts import Facts, Performance, number, subject
from .meanings import IDEALS, MEANINGS, PDP_MEANING, SHAP_MEANING

STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#e3e7ec;--page:#fff;--card:#f7f8fa;--blue:#2f6fde;
--red:#c8553d;--green:#2e8b6b;--strip:#c9d3e0}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--soft:#9aa6b5;--line:#2b3441;--page:#12171e;--card:#1a212b;
--blue:#6ea0ff;--red:#f08a70;--green:#62c8a3;--strip:#3a4758}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.55 "Inter","Segoe UI",system-ui,-apple-system,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:960px;margin:0 auto;padding:48px 28px 96px}
h1{font-size:34px;line-height:1.15;margin:0 0 6px;letter-spacing:-.02em}
h2{font-size:23px;margin:56px 0 6px;letter-spacing:-.01em}
h3{font-size:17px;margin:30px 0 8px}
p{max-width:68ch;margin:6px 0 14px}
.quiet,.lead{color:var(--soft)}.quiet{fill:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;margin:22px 0}
.tile{background:var(--card);border-radius:12px;padding:14px 16px}
.tile b{display:block;font-size:23px;line-height:1.25;font-weight:650}.tile span{font-size:13px;color:var(--soft)}
.notice{border-left:4px solid var(--red);background:var(--card);border-radius:0 10px 10px 0;padding:12px 18px;
margin:22px 0}
.fine{border-left-color:var(--green)}
table{border-collapse:collapse;width:100%;font-size:14.5px;margin:10px 0 20px}
th{text-align:left;font-weight:600;color:var(--soft);font-size:13px}
th,td{padding:8px 10px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap;padding-right:18px}
td.means{color:var(--soft);min-width:300px}
.scroll{overflow-x:auto}.pairs{display:grid;grid-template-columns:repeat(auto-fit,minmax(360px,1fr));gap:6px 28px}
figure{margin:14px 0}figcaption{font-size:14px;font-weight:600;margin-bottom:4px}
svg{max-width:100%;height:auto;display:block;font-size:13px}
svg text{fill:var(--ink)}svg .tick{fill:var(--soft);font-size:11px}svg text.quiet{fill:var(--soft)}
.bar,.dot{fill:var(--blue)}.curve{fill:none;stroke:var(--blue);stroke-width:2.2}.above{fill:var(--red)}
.below{fill:var(--green)}.share{fill:var(--strip)}.axis{stroke:var(--soft)}.grid{stroke:var(--line)}
footer{margin-top:64px;color:var(--soft);font-size:13px}
@media print{main{padding:0}h2{break-after:avoid}figure,tr{break-inside:avoid}}
"""


def html_page(facts: Facts) -> str:
    """Return the whole page."""
    parts = [_head(facts), _drift(facts.violations)]
    if facts.performance is not None:
        parts.append(_performance(facts.performance))
    parts += [_bias(title, section) for title, section in facts.bias]
    parts += [_shap(facts), _pdp(facts)]
    title = escape(facts.title)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>{''.join(parts)}<footer>The same numbers at full precision are in analysis.json beside this "
        "report.</footer></main></body></html>\n"
    )


def _head(facts: Facts) -> str:
    tiles = [("records", f"{facts.rows:,}"), ("features", str(len(facts.features))), ("dataset", facts.dataset_type)]
    if facts.bias:
        section = facts.bias[0][1]
        tiles.append(("label", escape(str(section["label"]))))
        tiles.append(("positive outcome", escape(str(section["label_value_or_threshold"]))))
    shown = "".join(f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for name, value in tiles)
    return (
        f'<h1>{escape(facts.title)}</h1><p class="lead">Bias and explainability analysis.</p>'
        f'<div class="tiles">{shown}</div>'
    )


def _drift(violations: list[dict[str, Any]] | None) -> str:
    if violations is None:
        return ""
    if not violations:
        return '<div class="notice fine"><b>No drift.</b> Every metric is within the baseline.</div>'
    rows = "".join(
        f"<li><b>{escape(subject(violation))}</b>: {escape(violation['description'])}</li>" for violation in violations
    )
    count = f"{len(violations)} violation{'s' if len(violations) > 1 else ''}"
    return f'<div class="notice"><b>{count} of the baseline</b><ul>{rows}</ul></div>'


def _performance(performance: Performance) -> str:
    tiles = "".join(
        f'<div class="tile"><b>{"–" if value is None else f"{value:.1%}"}</b><span>{name}: {meaning}</span></div>'
        for name, value, meaning in performance.rates()
    )
    rows = (
        f'<tr><th>Positive</th><td class="n">{performance.tp:,}</td><td class="n">{performance.fn:,}</td></tr>'
        f'<tr><th>Negative</th><td class="n">{performance.fp:,}</td><td class="n">{performance.tn:,}</td></tr>'
    )
    return (
        f'<h2>Model performance</h2><div class="tiles">{tiles}</div><table style="max-width:420px"><thead><tr>'
        '<th>Actual label</th><th class="n">Predicted positive</th><th class="n">Predicted negative</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _bias(title: str, section: dict[str, Any]) -> str:
    about = (
        "Measured on the labels of the dataset, before any model."
        if title.startswith("Pre")
        else "Measured on the predictions of the model."
    )
    parts = [
        f"<h2>{title}</h2><p>{about} Each bar begins at the value of an unbiased outcome, 0 (1 for disparate impact), "
        "and ends at the measured one.</p>"
    ]
    for facet, entries in section["facets"].items():
        parts += [_facet(facet, entry) for entry in entries]
    return "".join(parts)


def _facet(facet: str, entry: dict[str, Any]) -> str:
    rows = "".join(_metric_row(metric) for metric in entry["metrics"])
    shown = escape(str(entry["value_or_threshold"])) or "no record"
    return (
        f"<h3>{escape(facet)}: {shown}</h3><figure>{charts.bias_chart(entry['metrics'], IDEALS)}</figure>"
        '<div class="scroll"><table><thead><tr><th>Metric</th><th class="n">Value</th><th class="n">Ideal</th>'
        f"<th>What it means</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _metric_row(metric: dict[str, Any]) -> str:
    why = f" <b>{escape(metric['error'])}.</b>" if metric.get("error") else ""
    return (
        f'<tr><td>{escape(metric["description"])}</td><td class="n">{number(metric["value"])}</td>'
        f'<td class="n">{IDEALS[metric["name"]]:g}</td><td class="means">{MEANINGS[metric["name"]]}{why}</td></tr>'
    )


def _shap(facts: Facts) -> str:
    if not facts.shap:
        return ""
    parts = [f"<h2>Feature importance</h2><p>{SHAP_MEANING}</p>"]
    for label, entry in facts.shap.items():
        parts.append(
            f"<h3>{escape(label)}</h3><p class='quiet'>Expected value {number(entry['expected_value'])}</p>"
            f"<figure>{charts.importance_chart(entry['global_shap_values'])}</figure>"
        )
    return "".join(parts)


def _pdp(facts: Facts) -> str:
    if not facts.pdp:
        return ""
    figures = [
        f"<figure><figcaption>{escape(entry['feature_name'])}{_for_label(entry, output)}</figcaption>"
        f"{charts.dependence_chart(entry, output)}</figure>"
        for entry in facts.pdp
        for output in range(len(entry["model_predictions"]))
    ]
    return f'<h2>Partial dependence</h2><p>{PDP_MEANING}</p><div class="pairs">{"".join(figures)}</div>'


def _for_label(entry: dict[str, Any], output: int) -> str:
    return f" → {escape(str(entry['label_headers'][output]))}" if len(entry["label_headers"]) > 1 else ""
