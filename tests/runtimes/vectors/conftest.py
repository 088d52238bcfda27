"""Training and serving one of the first algorithms, and the file formats that both ends share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ormer.engines.jobs.metrics import Matcher, definitions_of

SECONDS = 60.0
JSON, LINES, RECORDS, CSV = "application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv"


def csv_of(rows: np.ndarray) -> str:
    return "".join(",".join(f"{cell:.9g}" for cell in row) + "\n" for row in np.atleast_2d(rows))


@dataclass
class Vectors:
    """An /opt/ml of one algorithm: train it, then ask its model server."""

    kind: str
    folder: Any
    run: Callable[..., Any]
    serve: Callable[..., Any]
    served: Any = field(default=None)

    @property
    def root(self) -> Path:
        return self.folder.root

    def train(
        self, hyperparameters: Mapping[str, Any], content_type: str = f"{CSV};label_size=0", **channels: Any
    ) -> Any:
        """Trains on the contents of channels: CSV text, bytes, or (content type, content). Returns how it ended."""
        said = {
            name: content if isinstance(content, tuple) else (content_type, content)
            for name, content in channels.items()
        }
        configs = {name: {"ContentType": media} if media else {} for name, (media, _) in said.items()}
        self.folder.write({name: str(value) for name, value in hyperparameters.items()}, configs)
        for name, (_, content) in said.items():
            place = self.root / "input" / "data" / name
            place.mkdir(parents=True, exist_ok=True)
            (place / "part-0").write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run(self.kind, "train", self.root)

    def ask(self, body: str | bytes, content_type: str = CSV, accept: str = JSON) -> Any:
        """The answer of the model's server, which is started at the first question."""
        if self.served is None:
            self.served = self.serve(self.kind, self.root)
            self.served.predictor.wait_ready(SECONDS)
        return self.served.predictor.invoke(body.encode() if isinstance(body, str) else body, content_type, accept)

    def answers(self, body: str | bytes, content_type: str = CSV, member: str = "predictions") -> Any:
        """The rows of a JSON answer."""
        answer = self.ask(body, content_type)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)[member]

    def metrics(self, output: str) -> dict[str, float]:
        """The last value of each metric that the platform finds in a log."""
        lines = list(enumerate(output.splitlines()))
        return {point.name: point.value for point in Matcher(definitions_of(self.kind)).points(lines)}


@pytest.fixture
def vectors(
    folder: Any, run_program: Callable[..., Any], serve_program: Callable[..., Any]
) -> Callable[[str], Vectors]:
    """`vectors("kmeans")` is a folder for one job of that algorithm."""
    return lambda kind: Vectors(kind, folder, run_program, serve_program)
