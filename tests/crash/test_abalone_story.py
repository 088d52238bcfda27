"""kill -9 at ten stages of the abalone pipeline: it comes to its end, and the model is registered as if undisturbed.

One story loses ten servers, one after the other. ORMER_CRASH_ALL=1 tells ten more, each with one loss. It is told of a
tenth of the animals, by the pipeline's own parameters, so that explaining predictions does not take most of the time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

import pytest
from tests.abalone import CHECKS, Definition, script
from tests.crash.documents import JsonDict, differences, documents, jobs, starts
from tests.crash.lives import Patient, lives

from ormer.config import load
from ormer.first_run import use_role_arn

NAME = "abalone"
FIRST_RUN = (("Skip", "Check"), ("RegisterNew", "Baseline"))


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


class Story:
    """The pipeline's life, told through a client with patience."""

    def __init__(self, patient: Patient) -> None:
        config = load(environ={})
        self._patient = patient
        self._role = use_role_arn(config.account)
        self._bucket = f"sagemaker-{config.region}-{config.account}"
        self._definition = Definition(self._bucket, NAME, config.region, self._role, NAME)

    def tell(self) -> str:
        """Upload, create, start and wait; the ARN of the execution, which has succeeded."""
        self._upload()
        body = json.dumps(self._definition.json())
        create = {"PipelineName": NAME, "PipelineDefinition": body, "RoleArn": self._role}
        self._patient.call("sagemaker", "create_pipeline", **create, ClientRequestToken="the-abalone-story-" + "0" * 32)
        first = {f"{flag}{check}{noun}": "true" for check in CHECKS for flag, noun in FIRST_RUN}
        execution: str = self._patient.call(
            "sagemaker",
            "start_pipeline_execution",
            PipelineName=NAME,
            PipelineParameters=[{"Name": name, "Value": value} for name, value in (first | PARAMETERS).items()],
            ClientRequestToken="the-abalone-execution-" + "0" * 32,
        )["PipelineExecutionArn"]
        ended = self._patient.until(
            lambda answer: answer["PipelineExecutionStatus"] not in ("Executing", "Stopping"),
            "sagemaker",
            "describe_pipeline_execution",
            PipelineExecutionArn=execution,
        )
        assert ended["PipelineExecutionStatus"] == "Succeeded", ended
        return execution

    def _upload(self) -> None:
        table = resources.files("ormer.data").joinpath("abalone-dataset.csv").read_bytes()
        few = b"".join(table.splitlines(keepends=True)[:ANIMALS])
        for bucket in (self._bucket, SMALL_BUCKET):
            self._patient.call("s3", "create_bucket", Bucket=bucket)
        self._put(f"s3://{SMALL_BUCKET}/{SMALL_KEY}", few)
        for check, content in self._definition.analysis_configs().items():
            self._put(self._definition.config_uri(check), json.dumps(content).encode())
        for name in ("preprocess.py", "evaluate.py"):
            self._put(self._definition.code_uri(name), script(name))

    def _put(self, uri: str, content: bytes) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self._patient.call("s3", "put_object", Bucket=bucket, Key=key, Body=content)


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_the_pipeline_ends_as_if_nothing_had_happened_after_ten_kills(
    new_home: Callable[[str], Path], everything: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted, none = _story(new_home("undisturbed"), [])
    assert none == 0
    found, killed = _story(new_home("ten-kills"), list(STAGES.values()))
    with capsys.disabled():
        print(f"\nthe pipeline's story lost {killed} servers of {len(STAGES)}")
    assert killed == len(STAGES)
    assert not differences(wanted, found)
    if everything:
        for number, (stage, query) in enumerate(STAGES.items()):
            found, killed = _story(new_home(f"stage-{number}"), [query])
            assert (killed, differences(wanted, found)) == (1, ""), stage


def _story(home: Path, queries: Sequence[str]) -> tuple[JsonDict, int]:
    """(what is compared, how many servers were killed) of the story told once."""
    with lives(home, [f"when:{query}" for query in queries]) as servers:
        execution = Story(Patient(servers)).tell()
        servers.await_rest()
    started = starts(home)
    assert set(started) == jobs(home) and set(started.values()) == {1}, started
    whole = documents(home, execution)
    return {name: texts for name, texts in whole.items() if name not in NOT_COMPARED}, servers.killed
