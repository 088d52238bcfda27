"""Monitoring schedules: when a monitor runs. What runs it is the monitors engine.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-scheduling.html
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws import monitoring_times
from ormer.aws.errors import validation
from ormer.aws.monitoring_times import Times
from ormer.services.sagemaker import job_requests
from ormer.services.sagemaker import monitoring_job_definitions as definitions
from ormer.stores import properties, resources
from ormer.stores.database import Tx
from ormer.stores.monitoring import alerts, executions
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

MONITORING_SCHEDULE = Noun(
    "MonitoringSchedule",
    name="MonitoringScheduleName",
    arn="monitoring-schedule/{name}",
    missing=("ResourceNotFound", "Could not find a monitoring schedule with the name {name} ({arn})."),
    taken=(
        "ResourceInUse",
        "Monitoring schedule names must be unique within an AWS account and region, and a schedule with this name "
        "already exists ({arn})",
    ),
)
# What an inline MonitoringJobDefinition is: AWS shows such schedules as DataQuality.
INLINE = "DataQuality"
LISTED = {
    "EndpointName": "EndpointName",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}


def create_monitoring_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Run a monitor again and again, or once.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMonitoringSchedule.html

    Differs: it is Scheduled at once, and runs on the hour without the delay of up to twenty minutes.
    Errors: ResourceInUse for a taken name; ResourceNotFound for a missing job definition; ValidationException.
    """
    config = request["MonitoringScheduleConfig"]
    times = check_config(call, config)
    with call.write() as tx:
        source = _source(call, config)
        row = MONITORING_SCHEDULE.create(
            call,
            request,
            document=_words(config, source),
            status="Scheduled",
            facts={"id": executions.new_id(), "position": call.now, "offsets": _offsets(source)},
        )
        alerts.make(tx, row, call.now)
        if times.is_once:
            _run_now(tx, row, call.now)
    return {"MonitoringScheduleArn": row.arn}


def update_monitoring_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Give a schedule another configuration; runs that are under way keep theirs. With NOW it runs at once.

    One that was stopped is scheduled again by it, as the SDK's tests have it.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateMonitoringSchedule.html

    Errors: ResourceNotFound for a missing schedule or job definition; ValidationException.
    """
    config = request["MonitoringScheduleConfig"]
    with call.write() as tx:
        row = MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"])
        times = check_config(call, config)
        source = _source(call, config)
        words = _words(config, source)
        drop = [name for name in executions.NAMED if name in row.document and name not in words]
        former = monitoring_times.times_of(row.document["MonitoringScheduleConfig"])
        goes_on = former == times and row.status == "Scheduled"
        facts = {"offsets": _offsets(source), **({} if goes_on else {"position": call.now})}
        change = {"MonitoringScheduleConfig": config, **words, "LastModifiedBy": call.actor}
        row = resources.save(tx, row, change, now=call.now, drop=drop, facts=facts, actor=call.identity.arn)
        # Its task looks at the new times.
        resources.advance(tx, row.arn, "Scheduled", now=call.now, expect=[row.status], actor=call.identity.arn)
        if times.is_once:
            _run_now(tx, row, call.now)
    return {"MonitoringScheduleArn": row.arn}


def describe_monitoring_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Answer a schedule with its newest run.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeMonitoringSchedule.html

    Errors: ResourceNotFound.
    """
    with call.read() as tx:
        row = MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"])
        last = executions.latest(tx, row)
    return {**row.document, **({"LastMonitoringExecutionSummary": last.document} if last is not None else {})}


def list_monitoring_schedules(call: Call, request: JsonDict) -> JsonDict:
    """Page through schedules, newest first.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListMonitoringSchedules.html
    """
    rows, more = MONITORING_SCHEDULE.rows(call, request, *having(request, LISTED))
    return {"MonitoringScheduleSummaries": [row.document for row in rows], **more}


def start_monitoring_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Go on with a stopped schedule; run one that is not stopped now, once more.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartMonitoringSchedule.html

    Times that passed while it was stopped are not made up for. A schedule of NOW runs once at each start.
    Differs: starting a schedule that is Scheduled runs it at once, over the data of the last period; AWS does nothing.
    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        row = MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"])
        times = monitoring_times.times_of(row.document["MonitoringScheduleConfig"])
        was = row.status
        if was != "Scheduled":
            moved = resources.advance(
                tx,
                row.arn,
                "Scheduled",
                now=call.now,
                expect=["Stopped", "Failed", "Pending"],
                facts={"position": call.now},
                actor=call.identity.arn,
            )
            assert moved is not None, "the row was read in this transaction"
            row = moved
        if was == "Scheduled" or times.is_once:
            _run_now(tx, row, call.now)
    return {}


def stop_monitoring_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Run a schedule no more until it is started again; a run that is under way goes on.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopMonitoringSchedule.html

    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        row = MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"])
        resources.advance(
            tx, row.arn, "Stopped", now=call.now, expect=["Scheduled", "Pending", "Failed"], actor=call.identity.arn
        )
    return {}


def delete_monitoring_schedule(call: Call, request: JsonDict) -> JsonDict:
    """Delete a schedule and its alert; runs under way are stopped, and the history of its runs stays.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteMonitoringSchedule.html

    Errors: ResourceNotFound.
    """
    with call.write() as tx:
        row = MONITORING_SCHEDULE.get(call, request["MonitoringScheduleName"])
        running = executions.under_way(tx, row)
        alerts.forget(tx, row)
        MONITORING_SCHEDULE.remove(call, row)
        for execution in running:
            # Its task sees that the schedule is gone, and stops the job.
            executions.move(tx, execution.arn, "Stopping", now=call.now)
    return {}


def check_config(call: Call, config: JsonDict) -> Times:
    """The times of a MonitoringScheduleConfig that can run. Raises ValidationException and ResourceNotFound."""
    inline, name = config.get("MonitoringJobDefinition"), config.get("MonitoringJobDefinitionName")
    if (inline is None) == (name is None):
        raise validation("Give either MonitoringJobDefinition, or MonitoringJobDefinitionName with MonitoringType.")
    try:
        times = monitoring_times.check(config)
    except ValueError as error:
        raise validation(str(error)) from None
    if inline is not None:
        definitions.check_application(call, inline["MonitoringAppSpecification"])
        definitions.check_input(call, inline["MonitoringInputs"][0])
        definitions.check_output(inline["MonitoringOutputConfig"])
        job_requests.check_role(call, inline["RoleArn"])
        seconds = inline.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    else:
        seconds = _named(call, config).document["StoppingCondition"]["MaxRuntimeInSeconds"]
    # Below an hour, which AWS does not have, runs may overlap: an hour is what job definitions give them by default.
    most = max(times.period, monitoring_times.HOUR_SECONDS)
    if seconds is not None and not times.is_once and seconds > most:
        raise validation(
            f"MaxRuntimeInSeconds {seconds} must be less than or equal to {int(most)}, the time between two runs of "
            f"the schedule {times.text}."
        )
    return times


def having(request: JsonDict, members: dict[str, str]) -> list[sa.ColumnElement[bool]]:
    """Conditions of a list: {request member: the document's member that must equal it}."""
    return [
        table.c.arn.in_(properties.having(member, request[asked]))
        for asked, member in members.items()
        if asked in request
    ]


def _named(call: Call, config: JsonDict) -> Row:
    monitor = config.get("MonitoringType")
    if not monitor:
        raise validation("MonitoringType is required together with MonitoringJobDefinitionName.")
    return definitions.NOUNS[monitor].get(call, config["MonitoringJobDefinitionName"])


def _source(call: Call, config: JsonDict) -> JsonDict:
    """The EndpointInput or BatchTransformInput of a configuration."""
    inline = config.get("MonitoringJobDefinition")
    if inline is not None:
        return definitions.source_of(inline["MonitoringInputs"][0])
    return definitions.source_of(_named(call, config).document[f"{config['MonitoringType']}JobInput"])


def _words(config: JsonDict, source: JsonDict) -> JsonDict:
    """What a schedule's document says beside its configuration."""
    words = {"MonitoringType": INLINE}
    if "MonitoringJobDefinitionName" in config:
        words = {name: config[name] for name in ("MonitoringType", "MonitoringJobDefinitionName")}
    return {**words, "EndpointName": source["EndpointName"]} if "EndpointName" in source else words


def _offsets(source: JsonDict) -> JsonDict:
    """What of its input decides a run's window. A definition that is in use never changes."""
    return {name: source[name] for name in definitions.OFFSETS if name in source}


def _run_now(tx: Tx, row: Row, now: float) -> None:
    """Begin a run at this moment. Two requests of the same moment are one run."""
    config = row.document["MonitoringScheduleConfig"]
    executions.begin(tx, row, now, monitoring_times.window(config, row.facts["offsets"], now), now)
