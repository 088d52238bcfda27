"""Script mode inference: the user's model_fn, input_fn, predict_fn, output_fn or transform_fn, and their defaults.

https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html#deploy-a-scikit-learn-model
"""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Callable, Mapping, Optional

from . import shared_libraries
from .encodings import (
    ANY,
    CSV,
    JSON,
    TEXT_TYPES,
    UnsupportedInput,
    UnsupportedOutput,
    acceptable,
    decode,
    encode,
    media_type,
)
from .http_server import Answer, Application, Request
from .user_code import import_user_module

HANDLER_NAMES = ("input_fn", "predict_fn", "output_fn")


class Defaults:
    """What the toolkits do where the user's program has no function of its own."""

    def model_fn(self, model_dir: str) -> Any:
        raise NotImplementedError(
            "Please provide a model_fn implementation in your inference program: there is no default way to load a "
            "model. It takes the model's folder and returns the model."
        )

    def input_fn(self, body: Any, content_type: str) -> Any:
        return decode(body, content_type)

    def predict_fn(self, data: Any, model: Any) -> Any:
        if hasattr(model, "predict"):
            return model.predict(data)
        if callable(model):
            return model(data)
        raise NotImplementedError("Please provide a predict_fn implementation: the model has no predict method.")

    def output_fn(self, prediction: Any, accept: str) -> Any:
        for kind in acceptable(accept):
            try:
                return encode(prediction, kind), kind
            except UnsupportedOutput:
                continue
        raise UnsupportedOutput(accept)


class ScriptApplication(Application):
    """A model served through the user's functions."""

    def __init__(self, defaults: Defaults, model_dir: Path, environ: Mapping[str, str]) -> None:
        self._defaults = defaults
        self._model_dir = model_dir
        self._environ = environ
        self._model: Any = None
        self._module: Optional[ModuleType] = None
        self._context = SimpleNamespace(system_properties={"model_dir": str(model_dir)}, manifest={})

    def load(self) -> None:
        os.environ.setdefault("SM_MODEL_DIR", str(self._model_dir))
        self._module = import_user_module(self._model_dir, self._environ)
        if self._own("transform_fn") and any(self._own(name) for name in HANDLER_NAMES):
            raise ValueError(
                "Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, and/or output_fn "
                "implementation"
            )
        folder = str(shared_libraries.taken_in(self._model_dir))
        if self._own("pre_model_fn"):
            self._call(self._own("pre_model_fn"), folder)
        self._model = self._call(self._own("model_fn") or self._defaults.model_fn, folder)
        if self._own("model_warmup_fn"):
            self._call(self._own("model_warmup_fn"), folder, self._model)

    def invoke(self, request: Request) -> Answer:
        content_type = request.content_type or JSON
        accept = request.accept
        if not accept or accept == ANY:
            accept = self._environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or JSON
        body: Any = request.body
        if media_type(content_type) in TEXT_TYPES:
            body = request.body.decode("utf-8")
        try:
            return answer_of(self._transform(body, content_type, accept), accept)
        except UnsupportedInput as error:
            return Answer.text(415, str(error))
        except UnsupportedOutput as error:
            return Answer.text(406, str(error))

    def _transform(self, body: Any, content_type: str, accept: str) -> Any:
        whole = self._own("transform_fn")
        if whole:
            return self._call(whole, self._model, body, content_type, accept)
        data = self._call(self._own("input_fn") or self._defaults.input_fn, body, content_type)
        prediction = self._call(self._own("predict_fn") or self._defaults.predict_fn, data, self._model)
        return self._call(self._own("output_fn") or self._defaults.output_fn, prediction, accept)

    def _own(self, name: str) -> Optional[Callable[..., Any]]:
        return getattr(self._module, name, None)

    def _call(self, function: Any, *arguments: Any) -> Any:
        """Functions may take one argument more: the context."""
        try:
            count = len(inspect.signature(function).parameters)
        except (TypeError, ValueError):
            count = len(arguments)
        if count == len(arguments) + 1:
            return function(*arguments, self._context)
        return function(*arguments)


def answer_of(result: Any, accept: str) -> Answer:
    """Returns what a user's function gave as an answer: a body, (body, content type), or a toolkit's Response object.

    Raises TypeError when it is none of these.
    """
    status = 200
    content_type = accept
    if isinstance(result, tuple) and len(result) == 2:
        result, content_type = result
    elif hasattr(result, "get_data") and hasattr(result, "mimetype"):
        status, content_type, result = int(result.status_code), result.mimetype, result.get_data()
    if isinstance(result, str):
        result = result.encode("utf-8")
    if not isinstance(result, (bytes, bytearray, memoryview)):
        raise TypeError(
            "the inference program returned {}, which is no body; return str or bytes from output_fn or "
            "transform_fn, or a tuple of these and the content type".format(type(result).__name__)
        )
    kind = media_type(content_type)
    if kind == CSV and "charset" not in content_type.lower():
        content_type = "{}; charset=utf-8".format(content_type)
    return Answer(status, bytes(result), content_type)
