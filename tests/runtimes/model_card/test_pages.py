"""A model card as a PDF: what stands on its pages."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from tests.runtimes.conftest import RUN

CONTENT = {
    "model_overview": {
        "model_description": "Predicts the age of abalones.",
        "model_owner": "Ada & <Grace>",
        "model_artifact": ["s3://bucket/model.tar.gz"],
        "inference_environment": {"container_image": ["image:1"]},
    },
    "intended_uses": {"purpose_of_model": "Research.\nNothing else.", "risk_rating": "High"},
    "training_details": {
        "objective_function": {"function": {"function": "Minimize", "facet": "Loss"}, "notes": "squared"},
        "training_job_details": {
            "training_metrics": [{"name": "validation:rmse", "value": 2.345678901}],
            "hyper_parameters": [{"name": "max_depth", "value": "5"}, {"name": "eta", "value": "0.2"}],
        },
    },
    "evaluation_details": [
        {
            "name": "Hold-out set",
            "datasets": ["s3://bucket/test.csv"],
            "metadata": {},
            "metric_groups": [
                {
                    "name": "regression",
                    "metric_data": [
                        {"name": "mse", "type": "number", "value": 4.5},
                        {"name": "matrix", "type": "matrix", "value": [[1, 2], [3, 4]], "x_axis_name": ["a", "b"]},
                    ],
                }
            ],
        }
    ],
    "additional_information": {"custom_details": {"Reviewed by": "Jörg — 日本"}},
    "own_section": {"nested": [{"deep": {"deeper": [1.5, 2.5]}}]},
}


def run(folder: Path, content: str) -> dict[str, str]:
    """The program's answer on a card."""
    request = {
        "name": "abalone",
        "version": 3,
        "status": "PendingReview",
        "created": 1.0e9,
        "modified": 1.1e9,
        "content": content,
    }
    (folder / "request.json").write_text(json.dumps(request))
    done = subprocess.run(
        [sys.executable, str(RUN), "model_card", "export"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "answer.json").read_text())


def text_of(pdf: bytes) -> str:
    """The texts that a PDF of ReportLab draws, in their order."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S)
    pages = b"\n".join(zlib.decompress(base64.a85decode(one.strip().removesuffix(b"~>"))) for one in streams)
    drawn = re.findall(rb"\(((?:\\.|[^\\()])*)\) Tj", pages)
    return " ".join(re.sub(rb"\\(\d{3}|.)", _unescaped, one).decode("cp1252") for one in drawn)


def _unescaped(match: re.Match[bytes]) -> bytes:
    said = match[1]
    return bytes([int(said, 8)]) if said.isdigit() else said


def test_a_card_is_laid_out_with_its_sections_in_the_schemas_order(tmp_path):
    assert run(tmp_path, json.dumps(dict(reversed(CONTENT.items())))) == {"kind": "done"}
    pdf = (tmp_path / "card.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    text = text_of(pdf)
    places = [
        text.index(words)
        for words in (
            *("abalone", "Pending review", "2001-09-09 01:46 UTC", "Model overview", "Predicts the age of abalones."),
            *("Ada & <", "Intended uses", "Training details", "validation:rmse", "2.34568", "max_depth"),
            *(
                "Evaluation details",
                "Hold-out set",
                "regression",
                "Additional information",
                "Jörg",
                "Own section",
                "1.5, 2.5",
            ),
        )
    ]
    assert places == sorted(places)
    assert "abalone, version 3" in text and "Page 1" in text
    assert "Metadata" not in text, "what is empty is not shown"


@pytest.mark.parametrize("content", ["{}", '{"a": null, "b": [], "c": [null, {"d": []}]}', '{"a": [1, {"b": 2}, [3]]}'])
def test_any_object_makes_a_card(tmp_path, content):
    assert run(tmp_path, content) == {"kind": "done"}


def test_long_texts_break_across_pages_and_markup_in_them_is_text(tmp_path):
    content = {"model_overview": {"model_description": "<para>word " * 3000, "rows": [{"a": "x" * 20000, "b": "<b>"}]}}
    assert run(tmp_path, json.dumps(content)) == {"kind": "done"}
    text = text_of((tmp_path / "card.pdf").read_bytes())
    assert text.count("para > word") > 2900 and "Page 5" in text


def test_a_content_without_a_bottom_is_told_of(tmp_path):
    answer = run(tmp_path, '{"a":' * 900 + "1" + "}" * 900)
    assert answer["kind"] in ("done", "failed")
