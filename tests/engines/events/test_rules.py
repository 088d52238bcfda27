"""Events on their way from what happened to what a rule starts."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from ormer.engines.events.engine import EventsEngine
from ormer.stores import events, resources
from ormer.stores.rules import decisions, deliveries

from .conftest import ACCOUNT, REGION, ROLE, Bench, bench_in

MODEL = {"ModelPackageGroupName": "abalone"}
ORDERS = {"source": ["shop"]}
GROUP = "/aws/events/told"
LOG_TARGET = {"Id": "log", "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"}


def ended(bench: Bench, rule: str, count: int = 1, status: str = "Delivered") -> list[deliveries.Delivery]:
    """Wait for so many deliveries of this status; the newest first."""

    def found() -> list[deliveries.Delivery]:
        return [one for one in bench.deliveries(rule) if one.status == status]

    bench.until(lambda: len(found()) >= count)
    return found()


def matched(bench: Bench) -> None:
    """Wait until the outbox has been looked at up to now: a rule of its own says so."""
    rule = bench.rule("looked", {"source": ["test.looked"]}, LOG_TARGET)
    sent = bench.send({}, source="test.looked")
    bench.until(lambda: sent in {one.event_id for one in bench.deliveries(rule)})


def messages(bench: Bench) -> list[str]:
    found = bench.api("logs", "FilterLogEvents", {"logGroupName": GROUP})
    return [one["message"] for one in found["events"]]


def test_an_approval_starts_a_sagemaker_pipeline_once(bench: Bench) -> None:
    bench.pipeline()
    detail = {
        "ModelPackageGroupName": ["abalone"],
        "ModelApprovalStatus": [{"anything-but": ["PendingManualApproval"]}],
    }
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": detail,
    }
    rule = bench.rule("approved", pattern, bench.target("$.detail.ModelPackageVersion"))
    bench.api("sagemaker", "CreateModelPackageGroup", MODEL)
    arn = bench.api("sagemaker", "CreateModelPackage", MODEL)["ModelPackageArn"]
    bench.api("sagemaker", "UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"})
    (delivery,) = ended(bench, rule)
    assert delivery.answer is not None and "/execution/" in delivery.answer["PipelineExecutionArn"]
    assert delivery.event is not None and delivery.event["detail"]["ModelApprovalStatus"] == "Approved"
    assert bench.starts() == ["1"]
    with bench.house.stores.database.read() as tx:
        execution = resources.get(tx, delivery.answer["PipelineExecutionArn"])
    assert execution is not None
    who = execution.document["CreatedBy"]["IamIdentity"]["Arn"]
    assert who.endswith(":assumed-role/AmazonSageMakerServiceCatalogProductsUseRole/AWSEvents_approved")


def test_events_of_pipelines_and_versions_have_awss_form(bench: Bench) -> None:
    bench.api("sagemaker", "CreateModelPackageGroup", MODEL)
    bench.api("sagemaker", "CreateModelPackage", MODEL)
    bench.pipeline()
    params = {"PipelineName": "told", "ClientRequestToken": "e" * 32}
    run = bench.api("sagemaker", "StartPipelineExecution", params)["PipelineExecutionArn"]
    with bench.house.stores.database.read() as tx:
        told = [events.envelope(row) for row in events.after(tx, 0)]
    version, started = (
        next(one for one in told if one["detail-type"] == f"SageMaker Model {kind} Change")
        for kind in ("Package State", "Building Pipeline Execution Status")
    )
    detail = version["detail"]
    assert (detail["ModelPackageName"], detail["ModelPackageGroupName"]) == ("abalone/1", "abalone")
    assert (detail["ModelPackageVersion"], detail["ModelApprovalStatus"]) == (1, "PendingManualApproval")
    assert version["time"] == detail["CreationTime"] == "2023-11-14T22:13:20Z"
    assert version["resources"] == [detail["ModelPackageArn"]] and version["version"] == "0"
    assert started["detail"]["currentPipelineExecutionStatus"] == "Executing"
    assert started["detail"]["pipelineExecutionArn"] == run
    assert set(started) == set(version) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
    }  # fmt: skip


def test_an_object_in_a_bucket_starts_a_pipeline_with_its_key(bench: Bench) -> None:
    bench.pipeline()
    bench.api("s3", "CreateBucket", {"Bucket": "inbox"})
    wanted = {"Bucket": "inbox", "NotificationConfiguration": {"EventBridgeConfiguration": {}}}
    bench.api("s3", "PutBucketNotificationConfiguration", wanted)
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["inbox"]},
            "object": {"key": [{"prefix": "data/"}], "size": [{"numeric": [">", 0]}]},
        },
    }
    rule = bench.rule("arrived", pattern, bench.target("$.detail.object.key"))
    for key, body in (("other/a.csv", b"1"), ("data/empty.csv", b""), ("data/a.csv", b"1,2")):
        bench.api("s3", "PutObject", {"Bucket": "inbox", "Key": key, "Body": body})
    ended(bench, rule)
    assert bench.starts() == ["data/a.csv"]


def test_a_rule_sees_what_comes_after_it_was_made_or_switched_on(bench: Bench) -> None:
    bench.api("logs", "CreateLogGroup", {"logGroupName": GROUP})
    bench.send({"n": "before"})
    rule = bench.rule("orders", ORDERS, {**LOG_TARGET, "InputPath": "$.detail.n"})
    bench.send({"n": "seen"})
    ended(bench, rule)
    bench.events("DisableRule", Name="orders")
    bench.send({"n": "while it was off"})
    bench.events("EnableRule", Name="orders")
    bench.send({"n": "again"})
    ended(bench, rule, 2)
    assert messages(bench) == ['"seen"', '"again"']
    with bench.house.stores.database.read() as tx:
        row = resources.get(tx, rule)
        assert row is not None
        reasons = [one.reason for one in decisions.of(tx, row)]
    early = "it came before the rule was made or switched on"
    assert reasons == ["", early, "", early]


def test_a_rule_tells_why_it_did_not_fire(bench: Bench) -> None:
    rule = bench.rule("big", {"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}, LOG_TARGET)
    small = bench.send({"total": 5})
    bench.send({"total": 500}, source="other")
    matched(bench)
    with bench.house.stores.database.read() as tx:
        row = resources.get(tx, rule)
        assert row is not None
        (decision,) = decisions.of(tx, row)
    assert decision.event_id == small and not decision.fired
    assert decision.reason == 'detail.total is 5, the pattern wants [{"numeric": [">", 100]}]'


def test_a_transformer_writes_what_the_template_says(bench: Bench) -> None:
    bench.api("logs", "CreateLogGroup", {"logGroupName": GROUP})
    template = (
        '{"order": <id>, "text": "order <id> of <who> by <aws.events.rule-name>", "all": <aws.events.event.json>}'
    )
    transformer = {"InputPathsMap": {"id": "$.detail.id", "who": "$.detail.who"}, "InputTemplate": template}
    rule = bench.rule("orders", ORDERS, {**LOG_TARGET, "InputTransformer": transformer})
    sent = bench.send({"id": 7, "who": 'Ada "the first"'})
    ended(bench, rule)
    (message,) = messages(bench)
    told = json.loads(message)
    assert told["order"] == 7 and told["text"] == 'order 7 of Ada "the first" by orders'
    assert told["all"]["id"] == sent and told["all"]["detail"] == {"id": 7, "who": 'Ada "the first"'}


def test_an_event_is_handed_on_to_another_bus_once(bench: Bench) -> None:
    bench.api("logs", "CreateLogGroup", {"logGroupName": GROUP})
    for bus in ("second", "third"):
        bench.events("CreateEventBus", Name=bus)
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/"
    first = bench.rule("first", ORDERS, {"Id": "bus", "Arn": f"{arn}second"})
    second = bench.events("PutRule", Name="next", EventBusName="second", EventPattern=json.dumps(ORDERS))["RuleArn"]
    targets = [{"Id": "bus", "Arn": f"{arn}third"}, {**LOG_TARGET, "InputPath": "$.detail"}]
    bench.events("PutTargets", Rule="next", EventBusName="second", Targets=targets)
    bench.send({"n": 1})
    ended(bench, first)
    ended(bench, second)
    matched(bench)
    assert [one.target_id for one in bench.deliveries(second)] == ["log"], "not to a third bus"
    assert messages(bench)[0] == '{"n":1}'


def test_a_target_whose_role_may_not_is_a_dead_letter(bench: Bench) -> None:
    bench.pipeline()
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    role = bench.api("iam", "CreateRole", {"RoleName": "weak", "AssumeRolePolicyDocument": json.dumps(trust)})["Role"]
    rule = bench.rule("orders", ORDERS, {**bench.target(), "RoleArn": role["Arn"]})
    bench.send({})
    (delivery,) = ended(bench, rule, status="Dead")
    assert delivery.error is not None and delivery.error["code"] == "AccessDeniedException"
    assert "sagemaker:StartPipelineExecution" in delivery.error["message"] and delivery.attempts == 1
    with bench.house.stores.database.read() as tx:
        assert [one.id for one in deliveries.dead(tx, ACCOUNT, REGION)] == [delivery.id]
    (line,) = bench.api("logs", "FilterLogEvents", {"logGroupName": "/aws/events/dead-letters"})["events"]
    letter = json.loads(line["message"])
    assert (letter["RULE_ARN"], letter["ERROR_CODE"], letter["RETRY_ATTEMPTS"]) == (rule, "AccessDeniedException", 0)
    failed = bench.api(
        "cloudwatch",
        "GetMetricStatistics",
        {
            "Namespace": "AWS/Events",
            "MetricName": "FailedInvocations",
            "Dimensions": [{"Name": "RuleName", "Value": "orders"}],
            "Period": 86_400,
            "Statistics": ["Sum"],
            "StartTime": "2023-11-14T00:00:00Z",
            "EndTime": "2023-11-15T00:00:00Z",
        },
    )
    assert [one["Sum"] for one in failed["Datapoints"]] == [1.0]


def test_an_operation_that_is_not_there_yet_is_a_dead_letter_at_once(bench: Bench) -> None:
    arn = bench.scheduler(
        "CreateSchedule",
        Name="s",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:scheduler:::aws-sdk:kms:createCustomKeyStore", "RoleArn": ROLE},
    )["ScheduleArn"]
    (delivery,) = ended(bench, arn, status="Dead")
    assert delivery.error is not None and delivery.error["code"] == "NotImplemented" and delivery.attempts == 1


def test_an_event_too_old_for_its_policy_is_given_up(bench: Bench, tmp_path: Any, clock: Any) -> None:
    later = bench_in(tmp_path / "later", clock, started=False)
    later.pipeline()
    target = {**later.target(), "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 3}}
    rule = later.rule("orders", ORDERS, target)
    later.send({})
    EventsEngine(later.house.stores).step()
    clock.advance(61)
    later.house.start()
    (delivery,) = ended(later, rule, status="Dead")
    assert delivery.error == {"exhausted": "MaximumEventAgeInSeconds"} and later.starts() == []
    later.close()


def test_without_rules_the_outbox_costs_no_writes(bench: Bench) -> None:
    engine = EventsEngine(bench.house.stores)
    for number in range(20):
        bench.send({"n": number})
    commits: list[int] = []
    database = bench.house.stores.database
    sa.event.listen(database.engine, "commit", lambda _connection: commits.append(1))
    assert engine.step() is False
    assert commits == []


def test_an_event_matched_twice_is_delivered_once(bench: Bench) -> None:
    """As after a crash between the look at the outbox and the next one."""
    bench.pipeline()
    rule = bench.rule("orders", ORDERS, bench.target())
    bench.send({})
    ended(bench, rule)
    again = EventsEngine(bench.house.stores)
    again._cursor = 0
    again.step()
    assert len(bench.deliveries(rule)) == 1 and bench.starts() == ["hello"]


def test_only_the_newest_deliveries_are_kept(bench: Bench) -> None:
    bench.api("logs", "CreateLogGroup", {"logGroupName": GROUP})
    rule = bench.rule("orders", ORDERS, LOG_TARGET)
    for _ in range(21):
        entries = [{"Source": "shop", "DetailType": "Order", "Detail": "{}"}] * 10
        bench.events("PutEvents", Entries=entries)
    ended(bench, rule, 210)
    with bench.house.stores.database.write() as tx:
        assert deliveries.prune(tx) == 10
    assert len(bench.deliveries(rule)) == deliveries.KEPT


def test_a_target_without_a_role_is_called_as_its_rules(bench: Bench) -> None:
    bench.pipeline()
    target = bench.target()
    target.pop("RoleArn")
    rule = bench.rule("orders", ORDERS, target, RoleArn=ROLE)
    bench.send({})
    ended(bench, rule)
    assert bench.starts() == ["hello"]
