"""The page, the document and the notebook of a report exist, parse and hold the numbers of the analysis."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ormer.runtimes.clarify.bias import POST_TRAINING, PRE_TRAINING
from ormer.runtimes.clarify.report.facts import number
from ormer.runtimes.clarify.report.meanings import MEANINGS

CONFIG: dict[str, Any] = {
    "dataset_type": "text/csv",
    "headers": ["y", "group <b>", "x"],
    "label": "y",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "group <b>"}],
    "methods": {
        "pre_training_bias": {"methods": "all"},
        "post_training_bias": {"methods": "all"},
        "shap": {"baseline": [["p", 0]]},
        "pdp": {"grid_resolution": 5},
        "report": {"name": "report", "title": "Loans & <people>"},
    },
    "predictor": {"model_name": "m"},
}
VOID = {"meta"}


class Outline(HTMLParser):
    """Checks that elements close in order, and collects the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def finished(job: Any, serve: Any) -> Any:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        lines = [line.split(",") for line in body.splitlines()]
        return 200, "\n".join(str(0.9 if name == "q" else float(x) / 60) for name, x in lines), "text/csv"

    job.use(serve(answer))
    job.write("d.csv", "\n".join(f"{int(i % 7 > 2)},{'pq'[i % 2]},{i}" for i in range(51)))
    assert job.run(CONFIG) == 0, job.message
    return job


def values_of(analysis: dict[str, Any]) -> list[Any]:
    sections = [analysis["pre_training_bias_metrics"], analysis["post_training_bias_metrics"]]
    entries = [entry for section in sections for facet in section["facets"].values() for entry in facet]
    values = [metric["value"] for entry in entries for metric in entry["metrics"]]
    return values + list(analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"].values())


def test_the_page_is_well_formed_needs_nothing_else_and_holds_every_number(finished: Any) -> None:
    page = finished.file("report.html").read_text()
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert "Loans & <people>" in outline.text
    assert "group <b>" in outline.text
    assert {"svg", "table", "polyline"} <= set(outline.seen)
    assert not re.search(r"(src|href)=", page)
    values = values_of(finished.output())
    assert len(values) == 2 * 21 + 2
    assert all(number(value) in outline.text for value in values)
    assert all(meaning in outline.text for meaning in ("Feature importance", "Partial dependence", "Model performance"))


def test_every_metric_has_a_meaning() -> None:
    assert {metric.name for metric in (*PRE_TRAINING, *POST_TRAINING)} == set(MEANINGS)
    assert len(MEANINGS) == 21


def test_the_notebook_holds_charts_and_code_that_reads_the_analysis(finished: Any) -> None:
    book = json.loads(finished.file("report.ipynb").read_text())
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    code = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    scope: dict[str, Any] = {"analysis": finished.output()}
    assert all(eval(source, scope) for source in code[1:])
    compile(code[0], "first cell", "exec")
    shown = "".join("".join(o["data"].get("text/html", [])) for c in book["cells"] for o in c.get("outputs", []))
    assert shown.count("<svg") >= 2 + 2 + 1 + 2


def test_the_document_is_a_pdf_of_several_parts(finished: Any) -> None:
    content = finished.file("report.pdf").read_bytes()
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") >= 1
    assert len(content) > 5000


def test_the_report_may_have_another_name_but_not_another_folder(finished: Any) -> None:
    methods = {**CONFIG["methods"], "report": {"name": "../fairness"}}
    assert finished.run({**CONFIG, "methods": methods}) == 0
    assert finished.file("fairness.html").exists()


def test_a_drifted_report_lists_its_violations(finished: Any, tmp_path: Any) -> None:
    baseline = json.loads(finished.file("analysis.json").read_text())
    for entry in baseline["pre_training_bias_metrics"]["facets"]["group <b>"]:
        for metric in entry["metrics"]:
            metric["value"] = 0.0 if metric["value"] else metric["value"]
    (tmp_path / "before.json").write_text(json.dumps(baseline))
    finished.environ["baseline_constraints"] = str(tmp_path / "before.json")
    assert finished.run(CONFIG) == 0
    found = finished.output("constraint_violations.json")["violations"]
    assert found and f"{len(found)} violations." in finished.message
    page = finished.file("report.html").read_text()
    assert f"{len(found)} violations of the baseline" in page
    assert "<b>group &lt;b&gt;: p · CI</b>" in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "not available"), ("Infinity", "∞"), ("-Infinity", "−∞"), (-0.123456, "−0.1235"), (0.0, "0")],
)
def test_numbers_are_shown_as_a_reader_wants_them(value: Any, shown: str) -> None:
    assert number(value) == shown
