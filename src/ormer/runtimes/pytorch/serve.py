"""Serving in a PyTorch image: the user's functions, and the PyTorch container's in their place.

https://sagemaker.readthedocs.io/en/v2.257.0/frameworks/pytorch/using_pytorch.html#deploy-pytorch-models
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, Optional

from ..serving.encodings import TEXT_TYPES, decode, in_rows, media_type
from ..serving.handlers import Defaults, ScriptApplication
from ..serving.many_models import serve_many, wants_many
from ..serving.start import serve
from ..toolkit.contract import DEFAULT_ROOT, base_dir

SCRIPTED_MODEL = "model.pt"


class PyTorchDefaults(Defaults):
    """Bodies become tensors, of float32 where they are text; a TorchScript model.pt needs no model_fn."""

    def model_fn(self, model_dir: str) -> Any:
        import torch

        path = Path(model_dir) / SCRIPTED_MODEL
        if not path.exists():
            raise NotImplementedError(
                "Please provide a model_fn implementation in your inference program: without one a TorchScript model "
                "named {} is loaded, and the model archive has none.".format(SCRIPTED_MODEL)
            )
        return torch.jit.load(str(path), map_location="cpu")

    def input_fn(self, body: Any, content_type: str) -> Any:
        import torch

        values = decode(body, content_type)
        if media_type(content_type) not in TEXT_TYPES:
            return torch.from_numpy(values)
        return torch.as_tensor(in_rows(values, body, content_type), dtype=torch.float32)

    def predict_fn(self, data: Any, model: Any) -> Any:
        import torch

        with torch.no_grad():
            if isinstance(model, torch.nn.Module):
                model.eval()
            return model(data)

    def output_fn(self, prediction: Any, accept: str) -> Any:
        import torch

        plain = prediction.detach().cpu().numpy() if isinstance(prediction, torch.Tensor) else prediction
        return super().output_fn(plain, accept)


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Serves the model under root until SIGTERM; returns 0."""
    variables = os.environ if environ is None else environ
    if wants_many(variables):
        return serve_many("pytorch", variables)
    return serve(ScriptApplication(PyTorchDefaults(), base_dir(root, variables) / "model", variables), variables)
