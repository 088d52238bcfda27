"""Serving in a Hugging Face image: the user's functions, and a pipeline of transformers in their place.

https://huggingface.co/docs/sagemaker/inference and https://github.com/aws/sagemaker-huggingface-inference-toolkit
"""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any, Mapping, Optional

from ..serving.encodings import CSV, JSON, UnsupportedInput, media_type
from ..serving.handlers import Defaults, ScriptApplication
from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..toolkit.contract import DEFAULT_ROOT, base_dir

# What an architecture is for, by the end of its name; where HF_TASK does not say so.
TASKS = {
    "TapasForQuestionAnswering": "table-question-answering",
    "ForQuestionAnswering": "question-answering",
    "ForTokenClassification": "token-classification",
    "ForSequenceClassification": "text-classification",
    "ForMultipleChoice": "multiple-choice",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "ForConditionalGeneration": "text2text-generation",
    "MTModel": "text2text-generation",
    "EncoderDecoderModel": "text2text-generation",
    "GPT2LMHeadModel": "text-generation",
    "T5WithLMHeadModel": "text2text-generation",
    "ForImageClassification": "image-classification",
}


class HuggingFaceDefaults(Defaults):
    """The archive's model, or the hub's of HF_MODEL_ID, as the pipeline of HF_TASK; JSON with inputs and parameters."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def model_fn(self, model_dir: str) -> Any:
        from transformers import pipeline

        here = (Path(model_dir) / "config.json").exists()
        named = self._environ.get("HF_MODEL_ID", "")
        if not here and not named:
            raise ValueError(
                "The model archive has no config.json, and HF_MODEL_ID names no model of the hub: save the model with "
                "save_pretrained, or bring a model_fn in code/inference.py."
            )
        task = self._environ.get("HF_TASK") or (task_of(Path(model_dir)) if here else None)
        revision = self._environ.get("HF_MODEL_REVISION") if not here else None
        return pipeline(task, model=model_dir if here else named, revision=revision, device=-1)

    def input_fn(self, body: Any, content_type: str) -> Any:
        kind = media_type(content_type)
        if kind == JSON:
            return json.loads(body)
        if kind == CSV:
            return table(body)
        raise UnsupportedInput(content_type)

    def predict_fn(self, data: Any, model: Any) -> Any:
        inputs = data.pop("inputs", data) if isinstance(data, dict) else data
        parameters = data.pop("parameters", None) if isinstance(data, dict) and data is not inputs else None
        return model(inputs, **(parameters or {}))


def task_of(model_dir: Path) -> str:
    """Returns the task of a saved model, by its architecture. Raises ValueError when that does not tell."""
    architectures = json.loads((model_dir / "config.json").read_text()).get("architectures") or [""]
    for ending, task in TASKS.items():
        if architectures[0].endswith(ending):
            return task
    raise ValueError("The model's task cannot be told from its architecture {}: set HF_TASK".format(architectures[0]))


def table(text: str) -> Any:
    """Returns CSV with a line of names as inputs: of one column its texts, of several an object a line.

    Raises ValueError when the columns are none that a pipeline takes.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    names = set(rows[0]) if rows else set()
    if names == {"inputs"}:
        return {"inputs": [row["inputs"] for row in rows]}
    if {"question", "context"} <= names:
        return {"inputs": rows}
    raise ValueError("You need to provide the correct CSV with Header columns: inputs, or question and context")


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    variables = os.environ if environ is None else environ
    if wants_many(variables):
        return serve_many("huggingface", variables)
    application = ScriptApplication(HuggingFaceDefaults(variables), base_dir(root, variables) / "model", variables)
    return serve(application, variables)
