"""Errors of operations in the names that Step Functions gives them.

Integrations of its own say `SageMaker.AmazonSageMakerException`, those of the AWS SDK `SageMaker.SageMakerException`;
errors that the operation declares are named themselves.
"""

from __future__ import annotations

import uuid

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.engines.state_machines.language.faults import TASK_FAILED, Fault
from ormer.engines.state_machines.language.integrations import Resource

# Names that are not the service's own less its blanks: (of the SDK's integrations, of Step Functions' own).
NAMES = {
    "stepfunctions": ("Sfn", "StepFunctions"),
    "logs": ("CloudWatchLogs", "CloudWatchLogs"),
    "events": ("EventBridge", "EventBridge"),
    "sns": ("Sns", "SNS"),
    "sqs": ("Sqs", "SQS"),
    "ecr": ("Ecr", "ECR"),
    "kms": ("Kms", "KMS"),
    "iam": ("Iam", "IAM"),
    "sts": ("Sts", "STS"),
    "ssm": ("Ssm", "SSM"),
}
BASES = {"lambda": "AWSLambdaException", "stepfunctions": "AWSStepFunctionsException"}


def fault(error: AwsError, resource: Resource, models: Models) -> Fault:
    """The fault that an operation's error means."""
    if error.status == 501:
        return Fault(TASK_FAILED, error.message)
    model = models.service(resource.service)
    own = str(model.metadata.get("serviceId", resource.service)).replace(" ", "")
    sdk, optimized = NAMES.get(resource.service, (own, own))
    prefix = sdk if resource.is_sdk else optimized
    declared = {shape.name: shape for shape in models.operation(resource.service, resource.operation).error_shapes}
    codes = {shape.metadata.get("error", {}).get("code"): name for name, shape in declared.items()}
    name = error.code if error.code in declared else codes.get(error.code, "")
    if not name:
        name = f"{prefix}Exception" if resource.is_sdk else BASES.get(resource.service, f"Amazon{prefix}Exception")
    elif not name.endswith("Exception"):
        name += "Exception"
    # As the SDK that makes the call writes it.
    where = f"Service: {prefix}; Status Code: {error.status}; Error Code: {error.code}; Request ID: {uuid.uuid4()}"
    return Fault(f"{prefix}.{name}", f"{error.message} ({where})")
