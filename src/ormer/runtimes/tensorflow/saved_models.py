"""SavedModels asked in TensorFlow Serving's words.

https://www.tensorflow.org/tfx/serving/api_rest#predict_api
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Dict, List, Tuple

from ..serving.encodings import CSV, JSON
from . import old_models

SAVED_MODEL = "saved_model.pb"
DEFAULT_SIGNATURE = "serving_default"


class BadRequest(ValueError):
    """What was asked cannot be given to the model; the text says why."""


def find_saved_model(model_dir: Path) -> Path:
    """Returns the folder of the newest version: the folder's name is a number, as in `1/saved_model.pb`.

    Raises FileNotFoundError when the model archive has none.
    """
    folders = [path.parent for path in model_dir.rglob(SAVED_MODEL)]
    versions = [folder for folder in folders if folder.name.isdigit()]
    if not versions:
        raise FileNotFoundError(
            "The model archive has no SavedModel in a folder whose name is a number, such as 1/{}. Save the model "
            "there, with model.export or tf.saved_model.save.".format(SAVED_MODEL)
        )
    return max(versions, key=lambda folder: (int(folder.name), str(folder)))


class SavedModel:
    """A loaded SavedModel."""

    def __init__(self, folder: Path, model_dir: Path) -> None:
        self.version = folder.name
        self.name = folder.parent.name if folder.parent != model_dir else "model"
        if old_models.is_one(folder):
            self._signatures: Any = old_models.signatures(folder)
            return
        import tensorflow

        self._loaded = tensorflow.saved_model.load(str(folder))
        self._signatures = self._loaded.signatures

    def predict(self, body: bytes) -> bytes:
        """Returns the answer to a predict request, in rows or in columns as it was asked. Raises BadRequest."""
        try:
            asked = json.loads(body)
        except ValueError as error:
            raise BadRequest("JSON Parse error: {}".format(error)) from error
        if not isinstance(asked, dict) or ("instances" in asked) == ("inputs" in asked):
            raise BadRequest("Request payload must be a JSON object with either 'instances' or 'inputs'")
        signature = self._signature(asked.get("signature_name") or DEFAULT_SIGNATURE)
        in_rows = "instances" in asked
        values = _columns(asked["instances"], _input_names(signature)) if in_rows else asked["inputs"]
        outputs = self._run(signature, values)
        if not in_rows:
            return _json({"outputs": _only(outputs)})
        if len(outputs) == 1:
            return _json({"predictions": _only(outputs)})
        rows = zip(*outputs.values())
        return _json({"predictions": [dict(zip(outputs, row)) for row in rows]})

    def _signature(self, name: str) -> Any:
        if name not in self._signatures:
            known = ", ".join(sorted(self._signatures))
            raise BadRequest('Serving signature name: "{}" not found in signature def; it has {}'.format(name, known))
        return self._signatures[name]

    def _run(self, signature: Any, values: Any) -> Dict[str, Any]:
        import tensorflow

        wanted = signature.structured_input_signature[1]
        if not isinstance(values, dict):
            if len(wanted) != 1:
                raise BadRequest("The model has the inputs {}: name them".format(", ".join(sorted(wanted))))
            values = {next(iter(wanted)): values}
        if set(values) != set(wanted):
            raise BadRequest("The model has the inputs {}".format(", ".join(sorted(wanted))))
        tensors = {}
        for name, spec in wanted.items():
            try:
                tensors[name] = tensorflow.constant(_decoded(values[name]), dtype=spec.dtype)
            except (TypeError, ValueError) as error:
                raise BadRequest("Input {} is no tensor of {}: {}".format(name, spec.dtype.name, error)) from error
        try:
            found = signature(**tensors)
        except (tensorflow.errors.OpError, TypeError, ValueError) as error:
            raise BadRequest(str(error)) from error
        return {name: _encoded(found[name].numpy().tolist()) for name in sorted(found)}


def _input_names(signature: Any) -> List[str]:
    return list(signature.structured_input_signature[1])


def _columns(rows: Any, names: List[str]) -> Any:
    """Rows of named inputs as columns; rows of the only input as they are."""
    if not isinstance(rows, list) or not rows:
        raise BadRequest("'instances' must be a list with at least one row")
    if not isinstance(rows[0], dict) or (set(rows[0]) == {"b64"} and "b64" not in names):
        return rows
    try:
        return {name: [row[name] for row in rows] for name in rows[0]}
    except (KeyError, TypeError) as error:
        raise BadRequest("All instances must name the same inputs: {}".format(error)) from error


def _only(outputs: Dict[str, Any]) -> Any:
    return next(iter(outputs.values())) if len(outputs) == 1 else outputs


def _decoded(value: Any) -> Any:
    """{"b64": text} stands for bytes."""
    if isinstance(value, list):
        return [_decoded(each) for each in value]
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"])
    return value


def _encoded(value: Any) -> Any:
    """Bytes as text, or as {"b64": text} where they are none."""
    if isinstance(value, list):
        return [_encoded(each) for each in value]
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return {"b64": base64.b64encode(value).decode()}
    return value


def _json(answer: Dict[str, Any]) -> bytes:
    return json.dumps(answer, indent=4).encode("utf-8")


def requested(body: bytes, kind: str) -> Tuple[bytes, bool]:
    """Returns a body of one of the container's content types as a predict request, and whether it knows the type.

    https://github.com/aws/sagemaker-tensorflow-serving-container: JSON in TensorFlow Serving's form goes on as it is;
    other JSON and JSON Lines are rows, and so are the lines of CSV.
    """
    text = body.decode("utf-8").strip()
    if kind == CSV:
        return _rows([_cells(line) for line in text.splitlines() if line.strip()]), True
    if kind in ("application/jsonlines", "application/jsons"):
        return _rows(_lines(text)), True
    if kind != JSON:
        return body, False
    try:
        value = json.loads(text)
    except ValueError:
        return _rows(_lines(text)), True
    if isinstance(value, dict) and ("instances" in value or "inputs" in value):
        return body, True
    return _rows(value if isinstance(value, list) else [value]), True


def _rows(rows: List[Any]) -> bytes:
    return json.dumps({"instances": rows}).encode("utf-8")


def _lines(text: str) -> List[Any]:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise BadRequest("JSON Parse error: {}".format(error)) from error


def _cells(line: str) -> List[Any]:
    return [_number(cell.strip()) for cell in line.split(",")]


def _number(cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        return cell.strip('"')
