"""A delivery pipeline from its source to its end: artifacts, variables, approvals, failures."""

from __future__ import annotations

import pytest

from ormer.aws.errors import AwsError

from .conftest import DROP, KEY, STORE, Bench, action, ask, deploy, source, stage


def test_a_new_delivery_pipeline_runs_by_itself_from_source_to_deployment(bench: Bench) -> None:
    first = bench.create("web", ask(), deploy())
    bench.answer("web", bench.token("web"))
    assert bench.ended("web", first) == "Succeeded"
    assert bench.content("index.html") == b"one"
    found = bench.execution("web", first)
    assert found["trigger"]["triggerType"] == "CreatePipeline"
    assert found["artifactRevisions"][0]["name"] == "Code"
    runs = bench("ListActionExecutions", pipelineName="web")["actionExecutionDetails"]
    assert [run["actionName"] for run in runs] == ["Put", "Person", "Drop"]
    place = runs[2]["output"]["outputArtifacts"][0]["s3location"]
    assert place["bucket"] == STORE
    assert place["key"].startswith("web/Code/")
    assert runs[1]["updatedBy"] == "arn:aws:iam::123456789012:root"
