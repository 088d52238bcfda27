"""Kinds of targets that rules and schedules can send to, told from the target's ARN.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

from __future__ import annotations

import re

from ormer.aws import arns

PIPELINE = "pipeline"
DELIVERY = "codepipeline"
BUILD = "build"
LOG_GROUP = "log-group"
TOPIC = "topic"
QUEUE = "queue"
FUNCTION = "function"
STATE_MACHINE = "state-machine"
EVENT_BUS = "event-bus"
API_DESTINATION = "api-destination"
UNIVERSAL = "universal"

# Targets that are called as a role; the others are the account's own, which AWS opens with resource policies.
AS_ROLE = frozenset({PIPELINE, DELIVERY, BUILD, STATE_MACHINE})
UNIVERSAL_PREFIX = ":scheduler:::aws-sdk:"
# Operations that only read are refused as universal targets.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
READING = re.compile(
    r"(?:batch|transact|admin)?(?:get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate)",
    re.IGNORECASE,
)
# AWS's SDK names of services that are called otherwise here.
SDK_NAMES = {
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sagemakerruntime": "sagemaker-runtime",
    "sagemakermetrics": "sagemaker-metrics",
    "sfn": "stepfunctions",
    "codestarconnections": "codestar-connections",
    "applicationautoscaling": "application-autoscaling",
}
REACHED = (
    "SageMaker pipelines, CodePipeline pipelines, CodeBuild projects, Lambda functions, CloudWatch Logs groups, "
    "Step Functions state machines, SNS topics, SQS queues, event buses and API destinations"
)


def kind_of(arn: str) -> str:
    """The kind of a target. Raises ValueError that says what can be reached for an ARN that cannot."""
    if not arns.is_arn(arn):
        raise ValueError("Provided Arn is not in correct format.")
    if UNIVERSAL_PREFIX in arn:
        return UNIVERSAL
    parts = arns.parse(arn)
    found = _kind(parts)
    if found is None:
        raise ValueError(f"{parts.service} targets cannot be delivered here. Targets can be {REACHED}.")
    return found


def _kind(parts: arns.Arn) -> str | None:
    if parts.service == "codepipeline" and "/" not in parts.resource:
        return DELIVERY
    kinds = {
        ("sagemaker", "pipeline"): PIPELINE,
        ("codebuild", "project"): BUILD,
        ("events", "event-bus"): EVENT_BUS,
        ("events", "api-destination"): API_DESTINATION,
    }
    if (parts.service, parts.kind) in kinds and parts.name:
        return kinds[parts.service, parts.kind]
    if parts.service == "lambda" and parts.resource.startswith("function:"):
        return FUNCTION
    if parts.service == "states" and parts.resource.startswith("stateMachine:"):
        return STATE_MACHINE
    if parts.service == "logs" and parts.resource.startswith("log-group:"):
        return LOG_GROUP
    if ":" in parts.resource:
        return None
    return {"sns": TOPIC, "sqs": QUEUE}.get(parts.service)


def universal(arn: str) -> tuple[str, str]:
    """(service, operation) of `arn:aws:scheduler:::aws-sdk:service:operation`, in our names of them.

    Raises ValueError for an ARN of another form and for operations that only read.
    """
    service, _, operation = arn.partition(UNIVERSAL_PREFIX)[2].partition(":")
    if not service or not operation or not operation.isalnum():
        raise ValueError(f"{arn} is not of the form arn:aws:scheduler:::aws-sdk:service:apiAction.")
    if READING.match(operation):
        raise ValueError(f"{operation} only reads; a universal target cannot be a read-only operation.")
    return SDK_NAMES.get(service, service), operation[0].upper() + operation[1:]
