"""What a Hugging Face image takes; pipelines themselves are in the journeys."""

from __future__ import annotations

import json

import pytest

from ormer.runtimes.huggingface.serve import HuggingFaceDefaults, table, task_of
from ormer.runtimes.serving.encodings import UnsupportedInput


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("BertForSequenceClassification", "text-classification"),
        ("RobertaForQuestionAnswering", "question-answering"),
        ("TapasForQuestionAnswering", "table-question-answering"),
        ("LlamaForCausalLM", "text-generation"),
        ("T5ForConditionalGeneration", "text2text-generation"),
    ],
)
def test_a_saved_models_task_is_told_by_its_architecture(tmp_path, architecture, task):
    (tmp_path / "config.json").write_text(json.dumps({"architectures": [architecture]}))
    assert task_of(tmp_path) == task


def test_an_architecture_that_tells_nothing_asks_for_the_task(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="set HF_TASK"):
        task_of(tmp_path)


def test_inputs_and_parameters_reach_the_pipeline():
    def pipeline(inputs, **parameters):
        return inputs, parameters

    defaults = HuggingFaceDefaults({})
    body = '{"inputs": "one", "parameters": {"top_k": 2}}'
    assert defaults.predict_fn(defaults.input_fn(body, "application/json"), pipeline) == ("one", {"top_k": 2})
    assert defaults.predict_fn({"question": "q"}, pipeline) == ({"question": "q"}, {})
    assert defaults.predict_fn(["a"], pipeline) == (["a"], {})


def test_csv_has_the_columns_that_pipelines_take():
    assert table('inputs\none\n"two, three"\n') == {"inputs": ["one", "two, three"]}
    assert table("question,context\nq,c\n") == {"inputs": [{"question": "q", "context": "c"}]}
    for wrong in ("", "text\none\n"):
        with pytest.raises(ValueError, match="Header columns"):
            table(wrong)
    with pytest.raises(UnsupportedInput):
        HuggingFaceDefaults({}).input_fn("x", "image/png")
