"""Targets that are operations: which call a delivery becomes, and as whom it is made."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ormer.aws import arns, event_inputs, event_targets
from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity, root_identity, session_identity
from ormer.engines.events import queues
from ormer.stores import events, resources
from ormer.stores.database import Tx
from ormer.stores.port import Api, Port
from ormer.stores.rules.deliveries import Delivery

JsonDict = dict[str, Any]
# CodePipeline takes these members from a target's input, CodeBuild any of StartBuild's.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-trigger-source-overrides-eventbridge.html
STARTING = ("variables", "sourceRevisions")
SESSION_CHARACTERS_MAX = 64


@dataclass(frozen=True)
class Sending:
    """A delivery on its way: the port as the target's role, the transaction it commits with, the calendar's time."""

    delivery: Delivery
    api: Api
    tx: Tx
    now: float

    @property
    def arn(self) -> arns.Arn:
        return arns.parse(self.delivery.target["Arn"])

    @property
    def token(self) -> str:
        """The same for every attempt of this delivery."""
        key = f"{self.delivery.sender} {self.delivery.target_id} {self.delivery.event_id} {self.delivery.replay}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, key))

    def text(self) -> str:
        return text_of(self.delivery)

    def members(self) -> JsonDict:
        """The JSON object that Input or InputTransformer make; {} for the event itself."""
        target = self.delivery.target
        if not (target.get("Input") or target.get("InputTransformer")):
            return {}
        try:
            made = json.loads(self.text())
        except (ValueError, RecursionError):
            made = None
        if not isinstance(made, dict):
            raise AwsError("InvalidParameter", "The target's input is not a JSON object of the operation's members.")
        return made


def text_of(delivery: Delivery) -> str:
    """What the target is sent."""
    if is_schedule(delivery.sender):
        return _in_context(delivery.target.get("Input") or "{}", delivery)
    assert delivery.event is not None
    return event_inputs.rendered(delivery.target, delivery.event, delivery.sender)


def is_schedule(sender: str) -> bool:
    return arns.parse(sender).service == "scheduler"


def identity_of(delivery: Delivery) -> Identity:
    """The session of the target's role; the account itself for its own log groups, topics and buses.

    The session carries what started it as tags, `ormer:sender` (a rule or schedule) and `ormer:event`.
    """
    sender = arns.parse(delivery.sender)
    role = delivery.target.get("RoleArn")
    if not role:
        return root_identity(sender.account)
    if not arns.is_arn(role) or arns.parse(role).account != sender.account:
        raise AwsError("AccessDeniedException", f"The role {role} is not in the account {sender.account}.")
    service = "AWSScheduler" if sender.service == "scheduler" else "AWSEvents"
    session = f"{service}_{sender.name.rpartition('/')[2]}"[:SESSION_CHARACTERS_MAX]
    tags = (("ormer:sender", delivery.sender), ("ormer:event", delivery.event_id))
    return replace(session_identity(role, session), tags=tags)


def call(sending: Sending) -> JsonDict:
    """Make the call that the target's kind means. Returns what it answered; raises AwsError as it did."""
    return CALLS[event_targets.kind_of(sending.delivery.target["Arn"])](sending)


def _start_pipeline(sending: Sending) -> JsonDict:
    given = sending.delivery.target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", ())
    request: JsonDict = {"PipelineName": str(sending.arn), "ClientRequestToken": sending.token}
    if given:
        values = [{"Name": one["Name"], "Value": _dynamic(one["Value"], sending.delivery)} for one in given]
        request["PipelineParameters"] = values
    return sending.api("sagemaker", "StartPipelineExecution", request)


def _dynamic(value: str, delivery: Delivery) -> str:
    """A parameter's value; `$.detail.key` stands for what the event holds there, a schedule's context for itself."""
    if is_schedule(delivery.sender):
        return _in_context(value, delivery)
    if not value.startswith("$.") or delivery.event is None:
        return value
    try:
        found = event_inputs.found_at(value, delivery.event)
    except ValueError:
        return value
    if found is event_inputs.MISSING:
        raise AwsError("InvalidParameter", f"The event has nothing at {value}, a parameter of the pipeline.")
    return found if isinstance(found, str) else event_inputs.dumped(found)


def _start_delivery(sending: Sending) -> JsonDict:
    members = sending.members()
    more = {name: members[name] for name in STARTING if name in members}
    request = {"name": sending.arn.resource, "clientRequestToken": sending.token, **more}
    return sending.api("codepipeline", "StartPipelineExecution", request)


def _start_build(sending: Sending) -> JsonDict:
    request = {**sending.members(), "projectName": sending.arn.name, "idempotencyToken": sending.token}
    return sending.api("codebuild", "StartBuild", request)


def _put_log(sending: Sending) -> JsonDict:
    group = sending.arn.resource.removeprefix("log-group:").removesuffix(":*")
    where = {"logGroupName": group, "logStreamName": _stream(sending)}
    try:
        with sending.tx.connection.begin_nested():
            sending.api("logs", "CreateLogStream", where)
    except AwsError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise
    line = {"timestamp": int(sending.now * 1000), "message": sending.text()}
    return sending.api("logs", "PutLogEvents", {**where, "logEvents": [line]})


def _stream(sending: Sending) -> str:
    return arns.parse(sending.delivery.sender).name.rpartition("/")[2]


def _invoke(sending: Sending) -> JsonDict:
    request = {"FunctionName": str(sending.arn), "InvocationType": "Event", "Payload": sending.text().encode()}
    return sending.api("lambda", "Invoke", request)


def _run_machine(sending: Sending) -> JsonDict:
    """Its execution is named after the delivery, so that another attempt of it starts nothing more."""
    request = {"stateMachineArn": str(sending.arn), "name": sending.token, "input": sending.text()}
    return sending.api("stepfunctions", "StartExecution", request)


def _publish(sending: Sending) -> JsonDict:
    return sending.api("sns", "Publish", {"TopicArn": str(sending.arn), "Message": sending.text()})


def _send(sending: Sending) -> JsonDict:
    return queues.send(sending.tx, sending.api, sending.delivery, sending.text(), sending.token)


def _forward(sending: Sending) -> JsonDict:
    if is_schedule(sending.delivery.sender):
        return _put_event(sending)
    event, bus = sending.delivery.event, sending.arn
    assert event is not None
    if bus.name != events.DEFAULT_BUS and resources.get(sending.tx, str(bus)) is None:
        raise AwsError("ResourceNotFoundException", f"Event bus {bus.name} does not exist.")
    events.emit(
        sending.tx,
        account=bus.account,
        region=bus.region,
        source=event["source"],
        detail_type=event["detail-type"],
        detail=event["detail"],
        resources=event["resources"],
        now=sending.now,
        # The rule that forwards: an event is handed on once.
        actor=sending.delivery.sender,
        bus=bus.name,
    )
    return {}


def _put_event(sending: Sending) -> JsonDict:
    words = sending.delivery.target.get("EventBridgeParameters", {})
    entry = {"Source": words.get("Source", ""), "DetailType": words.get("DetailType", ""), "Detail": sending.text()}
    answer = sending.api("events", "PutEvents", {"Entries": [{**entry, "EventBusName": str(sending.arn)}]})
    if answer["FailedEntryCount"]:
        (failed,) = answer["Entries"]
        raise AwsError(failed["ErrorCode"], failed["ErrorMessage"])
    return answer


def _universal(sending: Sending) -> JsonDict:
    """Any operation, its request in the schedule's Input."""
    service, operation = event_targets.universal(str(sending.arn))
    try:
        shape = sending.api.port.models.operation(service, operation).input_shape
    except KeyError:
        raise AwsError(
            "NotImplemented", f"AWS has no operation {service}:{operation}, or ormer no such service."
        ) from None
    try:
        members = json.loads(sending.text() or "{}")
    except (ValueError, RecursionError):
        raise AwsError("InvalidParameter", "The schedule's Input is not JSON.") from None
    request = _cased(members, shape) if isinstance(members, dict) and shape is not None else {}
    for name, member in shape.members.items() if shape is not None else ():
        if member.metadata.get("idempotencyToken"):
            request.setdefault(name, sending.token)
    return sending.api(service, operation, request)


def _cased(value: Any, shape: Shape) -> Any:
    """A document whose members are named as the service names them: Input spells them all `LikeThis`."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        known = {name.lower(): name for name in shape.members}
        names = {name: known.get(name.lower(), name) for name in value}
        return {
            names[name]: _cased(inner, shape.members[names[name]]) if names[name] in shape.members else inner
            for name, inner in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_cased(inner, shape.member) for inner in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _cased(inner, shape.value) for key, inner in value.items()}
    return value


def _in_context(text: str, delivery: Delivery) -> str:
    """A schedule's text with its context attributes replaced.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    values = {**(delivery.event or {}), "attempt-number": str(delivery.attempts + 1)}
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", str(value))
    return text


def api_for(port: Port, delivery: Delivery) -> Api:
    """The port as the delivery's identity, in the target's region."""
    region = arns.parse(delivery.target["Arn"]).region or arns.parse(delivery.sender).region
    return port.acting_as(identity_of(delivery), region)


CALLS = {
    event_targets.PIPELINE: _start_pipeline,
    event_targets.DELIVERY: _start_delivery,
    event_targets.BUILD: _start_build,
    event_targets.LOG_GROUP: _put_log,
    event_targets.TOPIC: _publish,
    event_targets.QUEUE: _send,
    event_targets.FUNCTION: _invoke,
    event_targets.STATE_MACHINE: _run_machine,
    event_targets.EVENT_BUS: _forward,
    event_targets.UNIVERSAL: _universal,
}
