"""kill -9 at ten stages of a project's way to production: it arrives, and nothing was done twice on the way."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError
from rich.console import Console
from tests.conftest import end_instances
from tests.crash.documents import JsonDict, jobs, starts
from tests.crash.lives import Patient, lives

from ormer.cli import demo_story
from ormer.config import load
from ormer.homes import running

RESOURCE = "SELECT 1 FROM resources WHERE kind = "
UNDER_WAY = " AND json_extract(facts, '$.phase') = 'running'"
STAGES = {
    "the project is being made": f"{RESOURCE}'DeliveryPipeline'",
    "its first builds run": f"{RESOURCE}'Build'{UNDER_WAY}",
    "its first model is being trained": f"{RESOURCE}'TrainingJob'{UNDER_WAY}",
    "the commit's model is being trained": "SELECT 1 WHERE"
    " (SELECT COUNT(*) FROM resources WHERE kind = 'TrainingJob') = 2",
    "the commit's model is registered": "SELECT 1 WHERE"
    " (SELECT COUNT(*) FROM resources WHERE kind = 'ModelPackage') = 2",
    "staging is being made": f"{RESOURCE}'Endpoint' AND status = 'Creating'",
    "staging is being tested": f"{RESOURCE}'Build' AND name LIKE '%-testing:%'{UNDER_WAY}",
    "a person is asked": "SELECT 1 FROM delivery_actions WHERE action = 'ApproveDeployment' AND status = 'InProgress'",
    "production is being made": f"{RESOURCE}'Endpoint' AND name LIKE '%-prod' AND status = 'Creating'",
    "production's monitors are being made": f"{RESOURCE}'MonitoringSchedule' AND name LIKE '%-prod%'",
}
# How often each delivery runs: by itself, and for the commit, the approval, the staging endpoint.
RUNS = {"modelbuild": 2, "modeldeploy": 2, "modelmonitor": 2}


class Listener:
    """What the demo talks through: its own client's two methods, with patience."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient

    def call(self, service: str, operation: str, /, **params: Any) -> JsonDict:
        try:
            return self._patient.call(service, re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower(), **params)
        except ClientError as error:
            raise click.ClickException(str(error)) from None

    def client(self, service: str) -> Any:
        return _Service(self._patient, service)


class _Service:
    """A service's operations as methods."""

    def __init__(self, patient: Patient, service: str) -> None:
        self._patient = patient
        self._service = service

    def __getattr__(self, operation: str) -> Callable[..., JsonDict]:
        return lambda **params: self._patient.call(self._service, operation, **params)


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_a_commit_comes_to_production_over_ten_kills(
    new_home: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    home, page = new_home("project"), io.StringIO()
    with ended(home), lives(home, [f"when:{query}" for query in STAGES.values()]) as servers:
        patient = Patient(servers)
        servers.await_answer()
        state = running(home)
        assert state is not None
        config = load(environ={}, home=home, host=state.host, port=state.port, tls_port=state.tls_port)
        told = demo_story.tell(Listener(patient), config, Console(file=page, width=160))  # type: ignore[arg-type]
        assert told is not None, page.getvalue()
        for word, count in RUNS.items():
            name = told.project.resource(word)
            listed = patient.call("codepipeline", "list_pipeline_executions", pipelineName=name)
            assert len(listed["pipelineExecutionSummaries"]) == count, word
        versions = patient.call("sagemaker", "list_model_packages", ModelPackageGroupName=told.project.group)
        assert len(versions["ModelPackageSummaryList"]) == 2
        for stage in ("staging", "prod"):
            endpoint = patient.call("sagemaker", "describe_endpoint", EndpointName=told.project.endpoint(stage))
            assert endpoint["EndpointStatus"] == "InService"
        killed = servers.killed
    with capsys.disabled():
        print(f"\nthe project's story lost {killed} servers of {len(STAGES)}")
    assert killed == len(STAGES), page.getvalue()
    assert set(starts(home)) == jobs(home) and set(starts(home).values()) == {1}
    assert set(builds(home).values()) == {1}


@contextmanager
def ended(home: Path) -> Iterator[None]:
    """Ends what endpoints run once the block is over."""
    try:
        yield
    finally:
        end_instances(home)


def builds(home: Path) -> Counter[str]:
    """{build: how often it was started} over the home's whole life."""
    lines = [json.loads(line) for line in (home / "builds" / "starts").read_text().splitlines()]
    return Counter(line["job"] for line in lines)
