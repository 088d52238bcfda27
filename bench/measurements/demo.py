"""The demo pipeline beside its own programs run by hand, one after the other, by the same interpreters.

By hand means: no server, no sandbox, no S3, no logs, no lineage; folders are laid out and programs called as a shell
script would do it. The programs are those that the pipeline's jobs run, and a plain script for the transform.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import programs
from bench.figures import Figure, Result
from bench.peers import Peers
from bench.servers import REGION, ROLE, fresh_home, served

RUNS = 2
RUNTIMES = Path("src/ormer/runtimes").absolute()
BY_HAND = Path(__file__).parents[1] / "by_hand"
HYPERPARAMETERS = {
    "objective": "reg:squarederror",
    "num_round": "50",
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.7",
    "seed": "7",
}


def measure(peers: Peers) -> list[Result]:
    """The story once to build the runtimes, then the story and the programs in turns."""
    told, by_hand = [], []
    with fresh_home() as home, served(home):
        _tell(home)
        for _ in range(RUNS):
            told.append(_tell(home))
            by_hand.append(ByHand(home).run())
    how = (
        "`ormer demo`'s story on a running server with warm runtimes: upload, 11 steps, five checks, registration;"
        " by hand: the same programs one after the other without a server or a sandbox"
    )
    return [Figure("demo pipeline", "s", told, how, "≤ 1.5 × by hand", "the plain scripts", by_hand)]


def _tell(home: Path) -> float:
    """Seconds that the demo's story takes. Raises RuntimeError with its page when it fails."""
    from ormer.cli.client import Client
    from ormer.cli.demo import tell
    from ormer.config import load

    page = io.StringIO()
    began = time.monotonic()
    if not tell(Client(home), load(home=home), Console(file=page, width=120)):
        raise RuntimeError(f"the demo failed: {page.getvalue()[-1500:]}")
    return time.monotonic() - began


class ByHand:
    """The demo's programs in the order of the pipeline."""

    def __init__(self, home: Path) -> None:
        from ormer.templates.demo.pipeline import CLARIFY, MONITOR, SKLEARN, XGBOOST, Definition

        from ormer.engines.images import Catalogue, Runtimes

        catalogue = Catalogue.load(home)

        def python(image: str) -> str:
            key = catalogue.image(image.format(region=REGION)).runtime_key
            return str(Runtimes(home, catalogue).ensure(key) / "bin" / "python")

        self.sklearn, self.xgboost = python(SKLEARN), python(XGBOOST)
        self.monitor, self.clarify = python(MONITOR), python(CLARIFY)
        self.configs = Definition("bucket", "prefix", REGION, ROLE, "group").analysis_configs()

    def run(self) -> float:
        """Seconds from the first program's start to the last one's end."""
        with tempfile.TemporaryDirectory(prefix="by-hand-") as name:
            folder = Path(name)
            began = time.monotonic()
            self._run(folder)
            return time.monotonic() - began

    def _run(self, folder: Path) -> None:
        templates = resources.files("ormer.templates.demo")
        data = resources.files("ormer.data")
        prepared = folder / "preprocess" / "processing"
        _lay(Path(str(data.joinpath("abalone-dataset.csv"))), prepared / "input" / "data")
        self._script(self.sklearn, folder / "preprocess", str(templates.joinpath("preprocess.py")))
        train, test = prepared / "train" / "train.csv", prepared / "test" / "test.csv"
        self._quality(folder / "data-quality", train, {})
        self._clarify(folder / "data-bias", "DataBias", train, {})
        model = self._train(folder / "train", train, prepared / "validation" / "validation.csv")
        predicted = folder / "predicted.csv"
        words = [self.xgboost, str(BY_HAND / "predict.py"), str(model / "xgboost-model"), str(test), str(predicted)]
        programs.run(words)
        kind = {"analysis_type": "MODEL_QUALITY", "problem_type": "Regression"}
        columns = {"inference_attribute": "_c1", "ground_truth_attribute": "_c0"}
        self._quality(folder / "model-quality", predicted, kind | columns)
        for check in ("ModelBias", "ModelExplainability"):
            with self._served(folder / check, model) as address:
                servers = {"ORMER_PREDICTOR_SERVERS": json.dumps([address])}
                self._clarify(folder / check, check, train, servers)
        evaluated = folder / "evaluate" / "processing"
        (evaluated / "model").mkdir(parents=True)
        with tarfile.open(evaluated / "model" / "model.tar.gz", "w:gz") as archive:
            archive.add(model / "xgboost-model", "xgboost-model")
        _lay(test, evaluated / "test")
        self._script(self.xgboost, folder / "evaluate", str(templates.joinpath("evaluate.py")))
        json.loads((evaluated / "evaluation" / "evaluation.json").read_text())

    def _script(self, python: str, root: Path, script: str) -> None:
        words = [python, str(BY_HAND / "scripted.py"), str(root), script]
        # evaluate.py unpacks beside itself.
        programs.run(["env", "-C", str(root), *words])

    def _program(self, python: str, name: str, root: Path, environ: dict[str, str]) -> None:
        programs.run([python, str(BY_HAND / "rooted.py"), str(RUNTIMES), name, str(root)], environ)

    def _quality(self, root: Path, table: Path, environ: dict[str, str]) -> None:
        source = "/opt/ml/processing/input/baseline_dataset_input"
        _lay(table, root / "processing" / "input" / "baseline_dataset_input")
        wanted = {
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
            "dataset_format": '{"csv": {"header": false, "output_columns_position": "START"}}',
            "dataset_source": source,
        }
        self._program(self.monitor, "model_monitor", root, wanted | environ)
        _present(root / "processing" / "output" / "statistics.json")

    def _clarify(self, root: Path, check: str, table: Path, environ: dict[str, str]) -> None:
        config = root / "processing" / "input" / "config"
        config.mkdir(parents=True)
        (config / "analysis_config.json").write_text(json.dumps(self.configs[check]))
        _lay(table, root / "processing" / "input" / "data")
        self._program(self.clarify, "clarify", root, environ)
        _present(root / "processing" / "output" / "analysis.json")

    def _train(self, root: Path, train: Path, validation: Path) -> Path:
        config = root / "input" / "config"
        config.mkdir(parents=True)
        channels = {}
        for name, table in (("train", train), ("validation", validation)):
            _lay(table, root / "input" / "data" / name)
            channels[name] = {"ContentType": "text/csv", "TrainingInputMode": "File", "RecordWrapperType": "None"}
        host: dict[str, Any] = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"}
        (config / "hyperparameters.json").write_text(json.dumps(HYPERPARAMETERS))
        (config / "inputdataconfig.json").write_text(json.dumps(channels))
        (config / "resourceconfig.json").write_text(json.dumps(host))
        (root / "model").mkdir()
        self._program(self.xgboost, "xgboost.train", root, _image_variables())
        _present(root / "model" / "xgboost-model")
        return root / "model"

    @contextmanager
    def _served(self, root: Path, model: Path) -> Iterator[str]:
        """The model behind a socket for the block, as the checks want it."""
        served = root / "served"
        shutil.copytree(model, served / "model")
        socket = served / "socket"
        words = [self.xgboost, str(BY_HAND / "rooted.py"), str(RUNTIMES), "xgboost.serve", str(served)]
        environ = {**os.environ, **_image_variables(), "ORMER_BIND_SOCKET": str(socket)}
        process = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield f"unix:{socket}"
        finally:
            process.terminate()
            process.wait()


def _image_variables() -> dict[str, str]:
    return {"ORMER_IMAGE_REPOSITORY": "sagemaker-xgboost", "ORMER_IMAGE_TAG": "3.0-5"}


def _lay(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / source.name)


def _present(path: Path) -> None:
    if not path.is_file():
        raise RuntimeError(f"{path.name} was not written")
