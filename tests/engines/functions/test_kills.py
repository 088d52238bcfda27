"""`kill -9` of the server at any moment of an invocation: it goes on, runs once, and its answer is found."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from pathlib import Path

import pytest
from tests.engines.mortality import life

from ormer.app import House, build
from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.stores import resources
from ormer.stores.functions import invocations
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

SERVER = Path(__file__).with_name("server_process.py")
WAIT_SECONDS = 120.0
LIVES = 4
CODE = """
import time

def handler(event, context):
    print("begun")
    time.sleep(2)
    print("ended")
    return event
"""


def ended(house: House) -> Row:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with house.stores.database.read() as tx:
            (row,) = resources.select(tx, table.c.kind == invocations.KIND)
        if row.status != invocations.RUNNING:
            return row
        time.sleep(0.05)
    raise TimeoutError("the invocation has not ended")


@pytest.mark.parametrize("seed", [1, 2])
def test_an_invocation_runs_once_however_often_the_server_is_killed(tmp_path, runtimes, seed):
    chance, config = random.Random(seed), Config(home=tmp_path / "home")
    first = build(config, strict=True)
    (config.home / "runtimes").symlink_to(runtimes)
    api = first.port.acting_as(root_identity(config.account), config.region)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", CODE)
    function = {
        "FunctionName": "killed",
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Timeout": 60,
        "Role": f"arn:aws:iam::{config.account}:role/service-role/AmazonSageMakerProjectsLambdaRole",
        "Code": {"ZipFile": content.getvalue()},
    }
    api("lambda", "CreateFunction", function)
    api("lambda", "Invoke", {"FunctionName": "killed", "InvocationType": "Event", "Payload": b'{"a": 1}'})
    first.stores.close()
    for _ in range(LIVES):
        with life(SERVER, config.home):
            time.sleep(chance.uniform(0.0, 0.8))
    last = build(config, strict=True)
    last.start()
    try:
        row = ended(last)
        assert row.status == invocations.SUCCEEDED, row.facts
        assert json.loads(invocations.answer_of(row).payload) == {"a": 1}
        api = last.port.acting_as(root_identity(config.account), config.region)
        found = api("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/killed"})["events"]
        assert [one["message"] for one in found if one["message"] in ("begun", "ended")] == ["begun", "ended"]
        assert (config.home / "functions" / "starts").read_text().count(row.name) == 1
    finally:
        last.stop()
