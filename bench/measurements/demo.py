"""The demo's story in seconds, and its pipeline beside its own programs run by hand, one after the other.

By hand means: no server, no sandbox, no S3, no logs, no lineage; folders are laid out and programs called as a shell
script would do it. The programs are those that the pipeline's jobs run, by the same interpreters, and a plain script
for the transform; what they are told is taken from the pipeline's own definition.
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
from bench.servers import Served, fresh_home, served

RUNS = 2
POLL_SECONDS = 0.02
RUNTIMES = Path("src/ormer/runtimes").absolute()
BY_HAND = Path(__file__).parents[1] / "by_hand"
CHECKS = {"DataBias": "DataBiasCheckStep", "ModelBias": "ModelBiasCheckStep"}
CHECKS["ModelExplainability"] = "ModelExplainabilityCheckStep"


def measure(peers: Peers) -> list[Result]:
    """The story once to build what is built once; then the story, the pipeline and the programs in turns."""
    registered, production, piped, by_hand = [], [], [], []
    with fresh_home() as home, served(home) as server:
        group = _tell(home).project.group
        for _ in range(RUNS):
            told = _tell(home)
            registered.append(told.registered_seconds)
            production.append(told.production_seconds)
            piped.append(_run(server, group))
            by_hand.append(ByHand(home, server, group).run())
    how = (
        "the project's SageMaker pipeline on a running server with warm runtimes: 12 steps, five checks, registration;"
        " by hand: the same programs one after the other without a server or a sandbox"
    )
    story = "`ormer demo` in a home that has its project: from the arrival of a pushed commit"
    return [
        Figure("commit to registered model", "s", registered, f"{story} to the version that it registers", "≤ 60 s"),
        Figure(
            "commit to production",
            "s",
            production,
            f"{story}, through approvals given at once, to the production endpoint",
            "≤ 120 s",
        ),
        Figure("demo pipeline", "s", piped, how, "≤ 1.5 × by hand", "the plain scripts", by_hand),
    ]


def _tell(home: Path) -> Any:
    """What the demo's story came to. Raises RuntimeError with its page when it fails."""
    from ormer.cli.client import Client
    from ormer.cli.demo_story import tell
    from ormer.config import load
    from ormer.homes import running

    page, state = io.StringIO(), running(home)
    assert state is not None, "the server runs"
    config = load(home=home, host=state.host, port=state.port, tls_port=state.tls_port)
    told = tell(Client(home), config, Console(file=page, width=120))
    if told is None:
        raise RuntimeError(f"the demo failed: {page.getvalue()[-1500:]}")
    return told


def _run(server: Served, pipeline: str) -> float:
    """Seconds of one execution whose checks compare with nothing."""
    sagemaker = server.client("sagemaker")
    checks = ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
    flags = [name for check in checks for name in (f"Skip{check}Check", f"RegisterNew{check}Baseline")]
    began = time.monotonic()
    execution = sagemaker.start_pipeline_execution(
        PipelineName=pipeline, PipelineParameters=[{"Name": name, "Value": "true"} for name in flags]
    )["PipelineExecutionArn"]
    while True:
        status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"]
        if status == "Succeeded":
            return time.monotonic() - began
        if status != "Executing":
            raise RuntimeError(f"the pipeline is {status}")
        time.sleep(POLL_SECONDS)


class ByHand:
    """The pipeline's programs in its order."""

    def __init__(self, home: Path, server: Served, pipeline: str) -> None:
        from ormer.engines.images import Catalogue, Runtimes

        described = server.client("sagemaker").describe_pipeline(PipelineName=pipeline)
        self._steps = {step["Name"]: step for step in json.loads(described["PipelineDefinition"])["Steps"]}
        catalogue = Catalogue.load(home)

        def python(step: str) -> str:
            image = self._steps[step]["Arguments"]["AppSpecification"]["ImageUri"]
            return str(Runtimes(home, catalogue).ensure(catalogue.image(image).runtime_key) / "bin" / "python")

        self.sklearn, self.monitor = python("PreprocessAbaloneData"), python("DataQualityCheckStep")
        self.clarify, self.xgboost = python("DataBiasCheckStep"), python("EvaluateAbaloneModel")
        self.hyperparameters = self._steps["TrainAbaloneModel"]["Arguments"]["HyperParameters"]
        s3 = server.client("s3")
        self.configs = {check: _read(s3, self._config(step)) for check, step in CHECKS.items()}

    def _config(self, step: str) -> str:
        """Where the analysis configuration of a check lies."""
        inputs = self._steps[step]["Arguments"]["ProcessingInputs"]
        (uri,) = [each["S3Input"]["S3Uri"] for each in inputs if each["InputName"] == "analysis_config"]
        return str(uri)

    def run(self) -> float:
        """Seconds from the first program's start to the last one's end."""
        with tempfile.TemporaryDirectory(prefix="by-hand-") as name:
            folder = Path(name)
            began = time.monotonic()
            self._run(folder)
            return time.monotonic() - began

    def _run(self, folder: Path) -> None:
        seeds = resources.files("ormer.templates").joinpath("seeds", "model-building-workflow")
        templates = seeds.joinpath("pipelines", "abalone")
        data = resources.files("ormer.data")
        prepared = folder / "preprocess" / "processing"
        _lay(Path(str(data.joinpath("abalone-dataset.csv"))), prepared / "data")
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
        programs.run([python, str(BY_HAND / "scripted.py"), str(root), script])

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
        (config / "hyperparameters.json").write_text(json.dumps(self.hyperparameters))
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


def _read(s3: Any, uri: str) -> Any:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def _lay(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, folder / source.name)


def _present(path: Path) -> None:
    if not path.is_file():
        raise RuntimeError(f"{path.name} was not written")
