"""kill -9 at ten stages of the demo's story: it is told to its end, and the model is registered as if undisturbed.

One story loses ten servers, one after the other. ORMER_CRASH_ALL=1 tells ten more, each with one loss. It is told of a
tenth of the animals, by the pipeline's own parameters, so that explaining predictions does not take most of the time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.crash.documents import JsonDict, differences, documents, jobs, starts
from tests.crash.lives import Patient, lives

from ormer.cli import demo
from ormer.config import load


def _running(kind: str, name: str = "") -> str:
    return (
        f"SELECT 1 FROM resources WHERE kind = '{kind}' AND name LIKE '%{name}%'"
        " AND json_extract(facts, '$.phase') = 'running'"
    )


STAGES = {
    "the scripts are uploaded": "SELECT 1 FROM s3_objects WHERE CAST(key AS TEXT) LIKE '%code/evaluate.py'",
    "the execution has begun": "SELECT 1 FROM resources WHERE kind = 'PipelineExecution'",
    "the data are being prepared": _running("ProcessingJob", "-Preprocess-"),
    "the data's quality is being checked": _running("ProcessingJob", "-DataQualityCheck-"),
    "the model is being trained": _running("TrainingJob"),
    "the model is being uploaded": "SELECT 1 FROM resources WHERE kind = 'TrainingJob'"
    " AND json_extract(document, '$.SecondaryStatus') = 'Uploading'",
    "the model is created": "SELECT 1 FROM pipeline_steps WHERE name = 'CreateModel' AND status = 'Succeeded'",
    "predictions are being made": _running("TransformJob"),
    "the model is being explained": _running("ProcessingJob", "-ModelExplainability"),
    "the model is registered": "SELECT 1 FROM resources WHERE kind = 'ModelPackage'",
}
# Reports and archives say when they were made, so their sizes are not alike.
NOT_COMPARED = ("objects",)

SMALL_BUCKET, SMALL_KEY = "few-animals", "abalone.csv"
ANIMALS = 400
# So few animals do not make a good model, which is beside the point.
PARAMETERS = {"InputDataUrl": f"s3://{SMALL_BUCKET}/{SMALL_KEY}", "MseThreshold": "1000"}


class Listener:
    """What the demo talks through: its own client's two methods, with patience and few animals."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient

    def call(self, service: str, operation: str, /, **params: Any) -> JsonDict:
        if operation == "StartPipelineExecution":
            self._upload_few_animals()
            given = [{"Name": name, "Value": value} for name, value in PARAMETERS.items()]
            params["PipelineParameters"] = params["PipelineParameters"] + given
        return self._patient.call(service, re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower(), **params)

    def client(self, service: str) -> Any:
        return _Service(self._patient, service)

    def _upload_few_animals(self) -> None:
        table = resources.files("ormer.data").joinpath("abalone-dataset.csv").read_bytes()
        few = b"".join(table.splitlines(keepends=True)[:ANIMALS])
        self._patient.call("s3", "create_bucket", Bucket=SMALL_BUCKET)
        self._patient.call("s3", "put_object", Bucket=SMALL_BUCKET, Key=SMALL_KEY, Body=few)


class _Service:
    """A service's operations as methods."""

    def __init__(self, patient: Patient, service: str) -> None:
        self._patient = patient
        self._service = service

    def __getattr__(self, operation: str) -> Callable[..., JsonDict]:
        return lambda **params: self._patient.call(self._service, operation, **params)


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_the_demo_ends_as_if_nothing_had_happened_after_ten_kills(
    new_home: Callable[[str], Path], everything: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted, none = _story(new_home("undisturbed"), [])
    assert none == 0
    found, killed = _story(new_home("ten-kills"), list(STAGES.values()))
    with capsys.disabled():
        print(f"\nthe demo's story lost {killed} servers of {len(STAGES)}")
    assert killed == len(STAGES)
    assert not differences(wanted, found)
    if everything:
        for number, (stage, query) in enumerate(STAGES.items()):
            found, killed = _story(new_home(f"stage-{number}"), [query])
            assert (killed, differences(wanted, found)) == (1, ""), stage


def _story(home: Path, queries: Sequence[str]) -> tuple[JsonDict, int]:
    """(what is compared, how many servers were killed) of the demo told once."""
    page = io.StringIO()
    with lives(home, [f"when:{query}" for query in queries]) as servers:
        patient = Patient(servers)
        good = demo.tell(Listener(patient), load(home=home), Console(file=page, width=120))  # type: ignore[arg-type]
        assert good, page.getvalue()
        servers.await_rest()
        summaries = patient.call("sagemaker", "list_pipeline_executions", PipelineName=demo.NAME)
        [execution] = summaries["PipelineExecutionSummaries"]
    started = starts(home)
    assert set(started) == jobs(home) and set(started.values()) == {1}, started
    whole = documents(home, execution["PipelineExecutionArn"])
    return {name: texts for name, texts in whole.items() if name not in NOT_COMPARED}, servers.killed
