"""What a task's Resource names: a function, an activity, or an operation of a service, and how its end is waited for.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ormer.aws.event_targets import SDK_NAMES
from ormer.aws.models import Models

FUNCTION, ACTIVITY, OPERATION = "function", "activity", "operation"
REQUEST, SYNC, SYNC_JSON, TOKEN = "", "sync", "sync:2", "waitForTaskToken"
LAMBDA = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_$:.-]+")
WORKED = re.compile(r"arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:activity:[^:]+")
SERVICE = re.compile(
    r"arn:aws[a-z-]*:states:[a-z0-9-]*:(?:\d{12})?:(?P<type>(?:aws-sdk:)?[a-z0-9]+):(?P<action>[A-Za-z0-9]+)"
    r"(?:\.(?P<pattern>sync|sync:2|waitForTaskToken))?"
)
SDK = "aws-sdk:"
# Services that Step Functions calls by names of its own.
NAMES = {**SDK_NAMES, "states": "stepfunctions", "http": ""}
# Operations that are waited for, with the statuses of what they begin: `engines/state_machines/integrations`.
WAITED = {
    ("sagemaker", "CreateTrainingJob"): (SYNC,),
    ("sagemaker", "CreateProcessingJob"): (SYNC,),
    ("sagemaker", "CreateTransformJob"): (SYNC,),
    ("sagemaker", "CreateHyperParameterTuningJob"): (SYNC,),
    ("stepfunctions", "StartExecution"): (SYNC, SYNC_JSON),
    ("codebuild", "StartBuild"): (SYNC,),
    ("athena", "StartQueryExecution"): (SYNC,),
}


@dataclass(frozen=True)
class Resource:
    """kind: FUNCTION, ACTIVITY or OPERATION. arn: as it was written. service, operation: in botocore's names.

    type, name: as events call them. pattern: how its end is waited for.
    """

    kind: str
    arn: str
    service: str = ""
    operation: str = ""
    type: str = ""
    name: str = ""
    pattern: str = REQUEST

    @property
    def is_sdk(self) -> bool:
        return self.type.startswith(SDK)


def parse(text: str) -> Resource | None:
    """What a Resource names; None for what is none."""
    if LAMBDA.fullmatch(text):
        return Resource(FUNCTION, text, type="lambda")
    if WORKED.fullmatch(text):
        return Resource(ACTIVITY, text, type="activity")
    found = SERVICE.fullmatch(text)
    if found is None:
        return None
    service = found["type"].removeprefix(SDK)
    action, pattern = found["action"], found["pattern"] or REQUEST
    name = f"{action}.{pattern}" if pattern else action
    operation = action[0].upper() + action[1:]
    return Resource(OPERATION, text, NAMES.get(service, service), operation, found["type"], name, pattern)


def fault_of(text: str, models: Models) -> str:
    """Why a Resource cannot be used here, "" for one that can."""
    found = parse(text)
    if found is None:
        return (
            f"The resource provided {text} is not recognized. The value is not a valid resource ARN, or the resource "
            "is not available in this region."
        )
    if found.kind != OPERATION:
        return ""
    try:
        models.operation(found.service, found.operation)
    except KeyError:
        return f"The resource provided {text} is not recognized: ormer has no such service or operation."
    if found.pattern in (SYNC, SYNC_JSON) and found.pattern not in WAITED.get((found.service, found.operation), ()):
        return f"The resource provided {text} is not recognized: {found.operation} cannot be waited for by .sync."
    if found.pattern in (SYNC, SYNC_JSON) and found.is_sdk:
        return f"The resource provided {text} is not recognized: AWS SDK integrations have no .sync."
    return ""
