"""A container root of one's own and AWS's own files to compare with."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ormer.runtimes.model_monitor.process import main

CSV = json.dumps({"csv": {"header": False}})
CSV_WITH_HEADER = json.dumps({"csv": {"header": True}})
CAPTURE = json.dumps({"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}})


@dataclass
class Run:
    """What one run of the analyzer left behind."""

    root: Path
    code: int

    @property
    def message(self) -> str:
        return (self.root / "output" / "message").read_text()

    @property
    def statistics(self) -> dict[str, Any]:
        return self.document("statistics")

    @property
    def constraints(self) -> dict[str, Any]:
        return self.document("constraints")

    @property
    def violations(self) -> list[dict[str, str]]:
        return self.document("constraint_violations")["violations"]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        lines = (self.root / "output" / "metrics" / "cloudwatch").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def path(self, name: str) -> Path:
        return self.root / "processing" / "output" / f"{name}.json"

    def document(self, name: str) -> dict[str, Any]:
        return json.loads(self.path(name).read_text())

    def feature(self, name: str) -> dict[str, Any]:
        return next(feature for feature in self.statistics["features"] if feature["name"] == name)


Analyze = Callable[..., Run]


@pytest.fixture
def analyze(tmp_path_factory: pytest.TempPathFactory) -> Analyze:
    """Run the analyzer on a file's text, several files' texts, or a path, in a root of its own."""

    def run(data: str | bytes | list[str] | Path, **environ: str | Path) -> Run:
        root = tmp_path_factory.mktemp("ml")
        source = root / "processing" / "input" / "baseline_dataset_input"
        source.mkdir(parents=True)
        if isinstance(data, Path):
            (source / data.name).write_bytes(data.read_bytes())
        else:
            for index, text in enumerate(data if isinstance(data, list) else [data]):
                (source / f"part-{index}").write_bytes(text if isinstance(text, bytes) else text.encode())
        given = {"dataset_format": CSV, "dataset_source": "/opt/ml/processing/input/baseline_dataset_input"}
        return Run(root, main(root, given | {name: str(value) for name, value in environ.items()}))

    return run


@pytest.fixture
def goldens() -> Path:
    """Files that AWS's own service computed."""
    folder = os.environ.get("ORMER_GOLDENS")
    if not folder:
        pytest.skip("ORMER_GOLDENS does not name the folder with AWS's own output files")
    return Path(folder)


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """Save a user's script."""

    def save(text: str) -> Path:
        path = tmp_path / "handler.py"
        path.write_text(text)
        return path

    return save


def read(path: Path) -> dict[str, Any]:
    """A parsed JSON file."""
    return json.loads(path.read_text())
