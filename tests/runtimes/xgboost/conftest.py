"""Data for XGBoost jobs, and a process that trains many jobs with one import of xgboost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SOURCE = Path(__file__).parents[3] / "src" / "ormer"
TRAIN_MANY = """
import contextlib, io, json, pathlib, sys
sys.path.insert(0, sys.argv[1])
from runtimes.xgboost import train
results = {}
for root, environ in json.load(sys.stdin).items():
    log = io.StringIO()
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        code = train.main(pathlib.Path(root), environ)
    results[root] = [code, log.getvalue()]
json.dump(results, sys.stdout)
"""
ROWS = 120


def labels_of(kind: str, score: np.ndarray) -> np.ndarray:
    """Labels that suit a kind of objective: `real`, `class2`, `class3`, `positive`, `unit`."""
    return {
        "real": score,
        "class2": (score > 0).astype(int),
        "class3": np.digitize(score, [-1, 1]),
        "positive": np.exp(score / 3),
        "unit": 1 / (1 + np.exp(-score)),
    }[kind]


def table(kind: str, rows: int = ROWS, seed: int = 7) -> np.ndarray:
    """Label in column 0 and five features, rows × 6."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, 5))
    score = 2 * features[:, 0] + features[:, 1] - 0.5 * features[:, 2] + random.normal(size=rows) * 0.1
    return np.column_stack([labels_of(kind, score), features])


@dataclass
class XgboostJob:
    """An /opt/ml with the configuration and data of one training job."""

    root: Path

    def prepare(
        self,
        hyperparameters: Mapping[str, Any],
        kind: str = "real",
        validation: bool = True,
        content_type: str | None = "text/csv",
        **configs: Any,
    ) -> Path:
        channel = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
        if content_type is not None:
            channel["ContentType"] = content_type
        channels = {"train": channel} | ({"validation": channel} if validation else {})
        config = self.root / "input" / "config"
        config.mkdir(parents=True, exist_ok=True)
        files = {
            "hyperparameters": {name: str(value) for name, value in hyperparameters.items()},
            "inputdataconfig": channels,
            "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
            **configs,
        }
        for name, content in files.items():
            (config / f"{name}.json").write_text(json.dumps(content))
        data = table(kind)
        for name, part in (("train", data[: ROWS // 2]), ("validation", data[ROWS // 2 :])):
            folder = self.root / "input" / "data" / name
            if name in channels and not folder.exists():
                folder.mkdir(parents=True)
                np.savetxt(folder / "data.csv", part, delimiter=",", fmt="%.7g")
        return self.root


@pytest.fixture(scope="session")
def new_job() -> Callable[[Path], XgboostJob]:
    """`new_job(root)` is an /opt/ml at root."""
    return XgboostJob


@pytest.fixture
def job(tmp_path: Path) -> XgboostJob:
    return XgboostJob(tmp_path / "ml")


@pytest.fixture(scope="session")
def train_many() -> Callable[[Mapping[Path, Mapping[str, str]]], dict[Path, tuple[int, str]]]:
    """`train_many({root: environ})` trains each job in one process; returns {root: (exit code, log)}."""

    def train(jobs: Mapping[Path, Mapping[str, str]]) -> dict[Path, tuple[int, str]]:
        done = subprocess.run(
            [sys.executable, "-c", TRAIN_MANY, str(SOURCE)],
            input=json.dumps({str(root): dict(environ) for root, environ in jobs.items()}),
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr
        return {Path(root): (code, log) for root, (code, log) in json.loads(done.stdout).items()}

    return train
