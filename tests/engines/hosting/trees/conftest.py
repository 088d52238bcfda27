"""Real model servers of both XGBoost runtimes, and beside each the evaluator built from what it exported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ormer.engines.hosting.trees import build
from ormer.engines.images import Catalogue, Runtimes
from ormer.runtimes.serving.client import Predictor

RUN = Path(__file__).parents[4] / "src" / "ormer" / "runtimes" / "run.py"
READY_SECONDS_MAX = 120.0

TRAIN = """
import json, pathlib, pickle, sys
import numpy, xgboost
for one in json.load(sys.stdin):
    random = numpy.random.default_rng(one["seed"])
    features = random.normal(size=(one["rows"], one["columns"])).astype("float32")
    features[random.random(features.shape) < one["missing"]] = numpy.nan
    score = numpy.nansum(features * numpy.arange(1, one["columns"] + 1), axis=1) / one["columns"]
    label = {
        "real": score, "class2": (score > 0) * 1.0, "class3": numpy.digitize(score, [-1, 1]) * 1.0,
        "positive": numpy.exp(score / 3), "unit": 1 / (1 + numpy.exp(-score)),
    }[one["labels"]]
    data = xgboost.DMatrix(features, label=label)
    if one["parameters"]["objective"] == "survival:aft":
        data.set_float_info("label_lower_bound", label)
        data.set_float_info("label_upper_bound", label)
    booster = xgboost.train({"nthread": 1, **one["parameters"]}, data, one["rounds"])
    booster.set_attr(**one["attributes"])
    path = pathlib.Path(one["path"])
    path.parent.mkdir(parents=True, exist_ok=True)
    if one["pickled"]:
        path.write_bytes(pickle.dumps(booster, protocol=4))
    else:
        booster.save_model(str(path))
"""

EXPORT = """
import json, os, pathlib, sys
sys.path.insert(0, sys.argv[1])
sys.modules["pandas"] = sys.modules["sklearn"] = None
from runtimes.xgboost.inference import XgboostApplication
from runtimes.xgboost.tags import behaviour_of
for root, environ in json.load(sys.stdin).items():
    environ["ORMER_FLAT"] = os.path.join(root, "flat")
    XgboostApplication(pathlib.Path(root, "model"), environ, behaviour_of(environ)).load()
"""


@dataclass(frozen=True)
class Runtime:
    """The interpreter of a runtime, and programs that run in it."""

    python: Path

    def train(self, models: list[dict[str, Any]]) -> None:
        """Trains and saves a model for each description; what it leaves out has a default."""
        self._run(TRAIN, [described(**one) for one in models])

    def export(self, servers: dict[str, dict[str, str]]) -> None:
        """Loads the model below each root as its server does, {root: environ}; the export is in `flat` below it."""
        self._run(EXPORT, servers, str(RUN.parents[1]))

    def _run(self, program: str, given: Any, *arguments: str) -> None:
        ran = subprocess.run(
            [str(self.python), "-c", program, *arguments],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"},
        )
        assert ran.returncode == 0, ran.stderr


def described(path: Path | str, objective: str = "reg:squarederror", **more: Any) -> dict[str, Any]:
    """A model to train: the names in `plain` are ours, the rest is XGBoost's."""
    plain: dict[str, Any] = {
        "labels": "real",
        "columns": 5,
        "rows": 400,
        "rounds": 12,
        "missing": 0.1,
        "pickled": False,
        "attributes": {},
        "seed": 3,
    }
    known = {name: more.pop(name, value) for name, value in plain.items()}
    return {"path": str(path), "parameters": {"objective": objective, "max_depth": 4, **more}, **known}


@pytest.fixture(scope="session")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Runtime]:
    """`runtimes("legacy")` is a runtime of the catalogue, built once; "own" is the tests' own interpreter."""
    home = tmp_path_factory.mktemp("home")
    kept = os.environ.get("ORMER_TEST_RUNTIMES")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        (home / "runtimes").symlink_to(kept)
    built = Runtimes(home, Catalogue.load(home))

    def runtime(name: str) -> Runtime:
        return Runtime(Path(sys.executable) if name == "own" else built.ensure(name) / "bin" / "python")

    return runtime


@dataclass
class Pair:
    """A model server and the evaluator of its export."""

    process: subprocess.Popen[str]
    predictor: Predictor
    evaluator: Any

    def served(self, body: bytes, content_type: str, accept: str) -> tuple[int, bytes, str]:
        answer = self.predictor.invoke(body, content_type, accept)
        return answer.status, answer.body, answer.content_type

    def evaluated(self, body: bytes, content_type: str, accept: str) -> tuple[int, bytes, str] | None:
        answer = self.evaluator.answer(body, content_type, accept)
        return None if answer is None else (answer.status, answer.body, answer.content_type)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Pair]]:
    """`pair(runtime, root, ORMER_IMAGE_TAG="1.7-1")` serves the model below root; servers end with the module."""
    started: list[Pair] = []

    def start(runtime: Runtime, root: Path, **environ: str) -> Pair:
        folder = tmp_path_factory.mktemp("p")
        variables = {**environ, "ORMER_FLAT": str(folder / "flat"), "ORMER_BIND_SOCKET": str(folder / "s")}
        inherited = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "SAGEMAKER_BASE_DIR": str(root)}
        process = subprocess.Popen(
            [str(runtime.python), str(RUN), "xgboost", "serve"],
            env={**inherited, **variables},
            text=True,
            stderr=subprocess.DEVNULL,
        )
        made = Pair(process, Predictor([f"unix:{folder / 's'}"]), None)
        started.append(made)
        made.predictor.wait_ready(READY_SECONDS_MAX)
        made.evaluator = build(folder / "flat", variables)
        return made

    yield start
    for one in started:
        one.predictor.close()
        one.process.send_signal(signal.SIGTERM)
        one.process.wait()
