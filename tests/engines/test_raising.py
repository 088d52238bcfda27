"""Tasks whose engine raises: what they work for fails with the cause, and whoever looks after the server is told.

Rows are broken as no operation would break them, in the transaction that makes them, so that the real engines raise.
"""

from __future__ import annotations

import json
import time
from urllib.request import urlopen

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from ormer.aws.clock import WallClock
from ormer.cli.doctor import doctor
from ormer.config import Config
from ormer.first_run import use_role_arn
from ormer.server import Server
from ormer.stores import given_up, resources, tasks
from ormer.stores.alarms import history
from ormer.stores.deliveries.tables import declarations
from ormer.stores.rules import deliveries
from ormer.stores.runs.tables import definitions
from ormer.stores.stacks.tables import requests
from ormer.stores.stores import open_stores
from ormer.stores.tables import resources as table
from ormer.stores.tables import tasks as task_table
from ormer.stores.topics import deliveries as sns_deliveries

PATIENCE_SECONDS = 60
ACCOUNT = "123456789012"
ROLE = use_role_arn(ACCOUNT)


def failed(house, kind, arn, expected):
    """The row when its task was given up; its pauses are not waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    database = house.stores.database
    while True:
        with database.write() as tx:
            row = resources.get(tx, arn)
            if row.status == expected:
                return row
            assert time.monotonic() < deadline, f"{arn} is still {row.status}"
            tx.execute(sa.update(task_table).where(task_table.c.kind == kind).values(due=0.0, due_calendar=None))
            tx.after_commit(tx.signals.tasks.send)
        time.sleep(0.02)


def settled(house):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not house.worker.idle():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def broken(tx, arn, document=None, facts=None, drop=()):
    row = resources.get(tx, arn)
    new_document = {name: value for name, value in {**row.document, **(document or {})}.items() if name not in drop}
    new_facts = {name: value for name, value in {**row.facts, **(facts or {})}.items() if name not in drop}
    tx.execute(sa.update(table).where(table.c.arn == arn).values(document=new_document, facts=new_facts))


def processing_job(api):
    return api(
        "sagemaker",
        "CreateProcessingJob",
        {
            "ProcessingJobName": "job",
            "AppSpecification": {"ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/python:3.11"},
            "RoleArn": ROLE,
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
            },
        },
    )["ProcessingJobArn"]


def test_a_job_whose_engine_raises_fails_with_the_cause_and_doctor_and_metrics_tell_of_it(server):
    house, api = server.house, server.api()
    with house.stores.database.write() as tx:
        arn = processing_job(api)
        broken(tx, arn, {"ProcessingResources": {}})
    row = failed(house, "job", arn, "Failed")
    assert row.document["FailureReason"].startswith("InternalServerError: KeyError: 'ClusterConfig' (tried 5 times).")
    assert str(house.config.home / "logs" / "server.log") in row.document["FailureReason"]
    assert row.document["ProcessingEndTime"] >= row.created
    settled(house)
    with house.stores.database.read() as tx:
        assert tx.all(sa.select(task_table).where(task_table.c.kind == "job")) == []
        (lost,) = given_up.since(tx, 0.0)
    assert (lost["kind"], lost["subject"]) == ("job", arn) and "Traceback" in lost["error"]
    assert house.worker.troubles.given_up == {"job": 1} and house.worker.troubles.raised == {"job": 5}
    assert not (house.config.home / "jobs" / row.facts["id"]).exists()
    with urlopen(f"{server.config.endpoint}/metrics") as page:
        assert b'ormer_tasks_given_up_total{task="job"} 1.0' in page.read()
    told = CliRunner().invoke(doctor, ["--json", "--home", str(house.config.home)])
    (finding,) = [one for one in json.loads(told.output) if one["name"] == "tasks"]
    assert told.exit_code == 1 and not finding["good"]
    assert finding["seen"] == f"job {arn} was given up: KeyError: 'ClusterConfig'"


def test_a_broken_job_keeps_no_server_from_starting(tmp_path):
    config = Config(home=tmp_path / "home", port=0, tls_port=0)
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:processing-job/broken"
    stores = open_stores(config.home, config.database_url, WallClock())
    try:
        with stores.database.write() as tx:
            facts, document = {"id": "broken", "phase": "Running"}, {"ProcessingResources": {}}
            resources.create(
                tx,
                arn=arn,
                kind="ProcessingJob",
                name="broken",
                document=document,
                now=time.time(),
                status="InProgress",
                facts=facts,
            )
    finally:
        stores.close()
    server = Server(config)
    server.start()
    try:
        row = failed(server.house, "job", arn, "Failed")
        assert row.document["FailureReason"].startswith("InternalServerError: KeyError: ")
    finally:
        server.stop()


def test_an_endpoint_whose_engine_raises_fails_with_the_cause(house, api):
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/python:3.11"
    container = {"Image": image, "ModelDataUrl": "s3://nowhere/model.tar.gz"}
    api("sagemaker", "CreateModel", {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container})
    variant = {"VariantName": "A", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.t2.medium"}
    api("sagemaker", "CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant]})
    with house.stores.database.write() as tx:
        made = api("sagemaker", "CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"})
        broken(tx, made["EndpointArn"], facts={"wanted": {"missing": True}})
    row = failed(house, "endpoint", made["EndpointArn"], "Failed")
    assert row.document["FailureReason"].startswith("InternalServerError: KeyError: 'config'")
    settled(house)
    api("sagemaker", "DeleteEndpoint", {"EndpointName": "e"})


def test_a_pipeline_execution_whose_engine_raises_fails_with_the_cause(house, api):
    step = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    text = json.dumps({"Version": "2020-12-01", "Steps": [step]})
    pipeline = {"PipelineName": "p", "PipelineDefinition": text, "RoleArn": ROLE, "ClientRequestToken": "t" * 32}
    api("sagemaker", "CreatePipeline", pipeline)
    start = {"PipelineName": "p", "ClientRequestToken": "t" * 32}
    with house.stores.database.write() as tx:
        started = api("sagemaker", "StartPipelineExecution", start)
        tx.execute(sa.update(definitions).values(text="no JSON"))
    failed(house, "pipeline_execution", started["PipelineExecutionArn"], "Failed")
    told = api("sagemaker", "DescribePipelineExecution", {"PipelineExecutionArn": started["PipelineExecutionArn"]})
    assert told["FailureReason"].startswith("InternalServerError: ")


def test_a_stack_whose_engine_raises_fails_and_can_be_deleted(house, api):
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    with house.stores.database.write() as tx:
        made = api("cloudformation", "CreateStack", {"StackName": "s", "TemplateBody": template})
        tx.execute(sa.delete(requests))
    row = failed(house, "stack", made["StackId"], "CREATE_FAILED")
    assert row.document["StackStatusReason"].startswith("InternalServerError: KeyError")


def test_a_build_whose_engine_raises_ends_in_a_fault_that_names_the_cause(house, api):
    api(
        "codebuild",
        "CreateProject",
        {
            "name": "build",
            "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: {}\n"},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
            },
            "serviceRole": ROLE,
        },
    )
    with house.stores.database.write() as tx:
        arn = api("codebuild", "StartBuild", {"projectName": "build"})["build"]["arn"]
        broken(tx, arn, drop=("queuedTimeoutInMinutes",))
    row = failed(house, "build", arn, "FAULT")
    (why,) = [each for phase in row.document["phases"] for each in phase.get("contexts", ())]
    assert why["statusCode"] == "INTERNAL_SERVICE_ERROR"
    assert why["message"].startswith("InternalServerError: KeyError: 'queuedTimeoutInMinutes'")


def test_a_delivery_pipeline_whose_engine_raises_fails_what_is_under_way(house, api):
    api("s3", "CreateBucket", {"Bucket": "artifacts"})
    approval = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    commit = {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"}
    source = {
        "name": "Code",
        "actionTypeId": commit,
        "outputArtifacts": [{"name": "code"}],
        "configuration": {"RepositoryName": "none", "BranchName": "main", "PollForSourceChanges": "false"},
    }
    declaration = {
        "name": "d",
        "roleArn": ROLE,
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {"name": "Source", "actions": [source]},
            {"name": "Ask", "actions": [{"name": "Person", "actionTypeId": approval}]},
        ],
    }
    with house.stores.database.write() as tx:
        api("codepipeline", "CreatePipeline", {"pipeline": declaration})
        tx.execute(sa.delete(declarations))
        (execution,) = resources.select(tx, table.c.kind == "DeliveryExecution")
    row = failed(house, "delivery", execution.arn, "Failed")
    assert row.document["statusSummary"].startswith("InternalServerError: ")


@pytest.mark.parametrize(
    ("kind", "row_kind", "status", "expected"),
    [
        ("project", "Project", "CreateInProgress", "CreateFailed"),
        ("custom_resource", "CustomResource", "DELETE_IN_PROGRESS", "DELETE_FAILED"),
        ("event_replay", "Replay", "RUNNING", "FAILED"),
        ("function_invocation", "FunctionInvocation", "RUNNING", "FAILED"),
        ("monitoring_execution", "MonitoringExecution", "InProgress", "Failed"),
        ("tuning_job", "HyperParameterTuningJob", "InProgress", "Failed"),
    ],
)
def test_whatever_else_a_task_works_for_fails_too(house, kind, row_kind, status, expected):
    arn = f"arn:aws:ormer:us-east-1:{ACCOUNT}:{row_kind}/broken"
    with house.stores.database.write() as tx:
        # With so little in it every engine raises, or it is of the wrong type where nothing is missing.
        facts = {"id": "abc", "attempt": 1, "schedule": "", "stack": ["none"], "invocation": ["none"], "position": "x"}
        facts["window"] = [0.0, 1.0]
        document = {"EventSourceArn": ["none"], "ScheduledTime": 0.0}
        resources.create(
            tx, arn=arn, kind=row_kind, name="broken", document=document, now=0.0, status=status, facts=facts
        )
    row = failed(house, kind, arn, expected)
    assert "tried 5 times" in json.dumps([row.document, row.facts])


def test_a_message_that_raises_makes_room_for_those_behind_it(house, api):
    topic = api("sns", "CreateTopic", {"Name": "t"})["TopicArn"]
    arn = f"{topic}:broken"
    with house.stores.database.write() as tx:
        parent = {"document": {"Protocol": ["none"]}, "now": 0.0, "name": "broken"}
        resources.create(tx, arn=arn, kind="Subscription", **parent)
        for number in range(2):
            sns_deliveries.add(tx, arn, sns_deliveries.NOTIFICATION, f"message-{number}", {}, 0.0)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with house.stores.database.write() as tx:
            dead = sns_deliveries.dead_letters(tx, arn)
            if len(dead) == 2:
                break
            tx.execute(sa.update(task_table).values(due=0.0))
            tx.after_commit(tx.signals.tasks.send)
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert all("InternalServerError: " in letter["last_error"] for letter in dead)


def test_an_alarm_action_and_an_event_that_raise_are_told_of_as_failed(house):
    order = {"action": "arn:aws:sns", "alarm_arn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:a", "alarm_name": "a"}
    order |= {"alarm_kind": "MetricAlarm", "time": 0.0, "message": ""}
    target = {"Id": "t", "Arn": "broken"}
    rule = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r"
    with house.stores.database.write() as tx:
        tasks.wake(tx, "alarm_action", "order", order)
        deliveries.enqueue(tx, sender=rule, target=target, event_id="1", event={}, now=house.stores.clock.now())
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with house.stores.database.write() as tx:
            (delivery,) = deliveries.of(tx, rule)
            if history.executed(tx, "order") and delivery.status == deliveries.DEAD:
                break
            tx.execute(sa.update(task_table).values(due=0.0))
            tx.after_commit(tx.signals.tasks.send)
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert delivery.error["message"].startswith("InternalServerError: ")
