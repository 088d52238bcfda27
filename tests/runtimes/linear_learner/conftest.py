"""Data for linear-learner jobs, and records framed by hand as the SDK writes them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROWS, FEATURES = 400, 3
SLOPES = np.array([2.0, -1.0, 0.5])


def features_and_margin(seed: int, rows: int = ROWS) -> tuple[np.ndarray, np.ndarray]:
    """Features of different sizes and places, and a linear function of them with a little noise."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, FEATURES)) * [1.0, 20.0, 0.1] + [0.0, 300.0, -5.0]
    margin = ((features - [0.0, 300.0, -5.0]) / [1.0, 20.0, 0.1]) @ SLOPES
    return features, margin + random.normal(size=rows) * 0.2


def csv_of(labels: np.ndarray, features: np.ndarray) -> str:
    lines = (",".join(f"{cell:.9g}" for cell in row) for row in np.column_stack([labels, features]))
    return "\n".join(lines) + "\n"


def field(number: int, content: bytes) -> bytes:
    """A protobuf field of bytes; contents here are shorter than 16384."""
    length = len(content)
    size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return bytes([number << 3 | 2]) + size + content


def record(values: Any, label: float | None = None, keys: Any = None, width: int = 0, layout: str = "f") -> bytes:
    """One framed Record: float32 (f), float64 (d) or int32 (i) features, dense or with keys and shape."""
    number = {"f": 2, "d": 3, "i": 7}[layout]
    packed = bytes(int(value) for value in values) if layout == "i" else struct.pack(f"<{len(values)}{layout}", *values)
    tensor = field(1, packed)
    if keys is not None:
        tensor += field(2, bytes(keys)) + field(3, bytes([width]))
    message = field(1, field(1, b"values") + field(2, field(number, tensor)))
    if label is not None:
        message += field(2, field(1, b"values") + field(2, field(2, field(1, struct.pack("<f", label)))))
    return struct.pack("<II", 0xCED7230A, len(message)) + message + b"\0" * (-len(message) % 4)


@dataclass
class LinearJob:
    """An /opt/ml of one training job and what comes of it."""

    folder: Any
    run: Callable[..., Any]

    @property
    def root(self) -> Path:
        return self.folder.root

    def train(
        self, hyperparameters: Mapping[str, Any], content_type: str | None = "text/csv", **channels: str | bytes
    ) -> Any:
        """Trains on the contents of channels; returns how the program ended."""
        config = {} if content_type is None else {"ContentType": content_type}
        self.folder.write(
            {name: str(value) for name, value in hyperparameters.items()}, dict.fromkeys(channels, config)
        )
        for name, content in channels.items():
            place = self.root / "input" / "data" / name
            place.mkdir(parents=True, exist_ok=True)
            (place / "part-0").write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run("linear_learner", "train", self.root)

    def model(self) -> tuple[np.ndarray, np.ndarray]:
        """The weights and the bias of the model's file, read as a plain NumPy archive."""
        with np.load(self.root / "model" / "model_algo-1", allow_pickle=False) as stored:
            return stored["weights"], stored["bias"]


@pytest.fixture
def job(folder: Any, run_program: Callable[..., Any]) -> LinearJob:
    return LinearJob(folder, run_program)
